/* What is printed to a stream, as a string. */
#ifndef BRINK_TESTS_PRINTED_H
#define BRINK_TESTS_PRINTED_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct printed {
    FILE *file;
    char *text; /* after printed_end */
    size_t size;
};

static inline FILE *printed_begin(struct printed *printed)
{
    printed->file = open_memstream(&printed->text, &printed->size);
    assert_non_null(printed->file);
    return printed->file;
}

/* The text, until printed_free. */
static inline const char *printed_end(struct printed *printed)
{
    (void)fclose(printed->file);
    return printed->text;
}

static inline void printed_free(struct printed *printed)
{
    free(printed->text);
}

static inline void assert_has(const char *text, const char *part)
{
    if (strstr(text, part) == NULL)
        fail_msg("\"%s\" is not in:\n%s", part, text);
}

#endif
