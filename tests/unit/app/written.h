/* What something writes to a FILE, as a text. */
#ifndef BRINK_TESTS_APP_WRITTEN_H
#define BRINK_TESTS_APP_WRITTEN_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct written {
    FILE *out;
    char *text;
    size_t size;
};

static inline FILE *written_begin(struct written *written)
{
    *written = (struct written){0};
    written->out = open_memstream(&written->text, &written->size);
    assert_non_null(written->out);
    return written->out;
}

/* The text; to be freed. */
static inline char *written_end(struct written *written)
{
    assert_int_equal(fclose(written->out), 0);
    return written->text;
}

#endif
