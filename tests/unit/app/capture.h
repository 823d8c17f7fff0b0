/* What a function writes to standard output and standard error. */
#ifndef BRINK_TESTS_CAPTURE_H
#define BRINK_TESTS_CAPTURE_H

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "unit/app/printed.h"

struct capture {
    int saved[2]; /* the real ones */
    FILE *files[2];
    char out[16384];
    char err[16384];
};

static inline void capture_begin(struct capture *capture)
{
    FILE *streams[] = {stdout, stderr};
    for (int i = 0; i < 2; i++) {
        (void)fflush(streams[i]);
        capture->saved[i] = dup(i + 1);
        capture->files[i] = tmpfile();
        assert_non_null(capture->files[i]);
        assert_true(dup2(fileno(capture->files[i]), i + 1) >= 0);
    }
}

static inline void capture_end(struct capture *capture)
{
    FILE *streams[] = {stdout, stderr};
    char *texts[] = {capture->out, capture->err};
    for (int i = 0; i < 2; i++) {
        (void)fflush(streams[i]);
        assert_true(dup2(capture->saved[i], i + 1) >= 0);
        (void)close(capture->saved[i]);
        rewind(capture->files[i]);
        texts[i][fread(texts[i], 1, sizeof capture->out - 1, capture->files[i])] = '\0';
        (void)fclose(capture->files[i]);
    }
}

#endif
