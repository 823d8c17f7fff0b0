/* A logger to a pipe, and what has come out of it. */
#ifndef BRINK_TESTS_LOGGED_H
#define BRINK_TESTS_LOGGED_H

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "app/log/logger.h"

enum { TEXT_SIZE = 1 << 17 };

struct fixture {
    int pipe[2];
    struct brink_logger logger;
};

static inline void start(struct fixture *fixture, enum brink_log_level level)
{
    assert_int_equal(pipe2(fixture->pipe, O_NONBLOCK), 0);
    brink_logger_init(&fixture->logger, fixture->pipe[1], level);
}

static inline void stop(struct fixture *fixture)
{
    (void)close(fixture->pipe[0]);
    (void)close(fixture->pipe[1]);
}

/* What has been written since. */
static inline char *written(struct fixture *fixture)
{
    static char text[TEXT_SIZE];
    ssize_t got = read(fixture->pipe[0], text, sizeof text - 1);
    text[got > 0 ? got : 0] = '\0';
    return text;
}

/* Opens as a service does; standard error is the pipe until `restore`. */
static inline int open_on_stderr(struct fixture *fixture,
                                 const struct brink_logger_settings *settings)
{
    struct brink_message why;
    int saved = dup(STDERR_FILENO);
    assert_int_equal(pipe2(fixture->pipe, O_NONBLOCK), 0);
    assert_true(dup2(fixture->pipe[1], STDERR_FILENO) >= 0);
    assert_int_equal(brink_logger_open(&fixture->logger, settings, &why).err, 0);
    return saved;
}

static inline void restore(struct fixture *fixture, int saved)
{
    (void)dup2(saved, STDERR_FILENO);
    (void)close(saved);
    brink_logger_close(&fixture->logger);
    stop(fixture);
}

static inline void assert_file(const char *path, const char *part)
{
    char text[512] = "";
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    size_t got = fread(text, 1, sizeof text - 1, file);
    text[got] = '\0';
    (void)fclose(file);
    if (strstr(text, part) == NULL)
        fail_msg("\"%s\" is not in: %s", part, text);
}

#endif
