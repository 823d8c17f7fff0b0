/* Configurations as strings: files and variables of a test's own. */
#ifndef BRINK_TESTS_WRITTEN_H
#define BRINK_TESTS_WRITTEN_H

#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/config.h"
#include "config/tree.h"

/* Pairs of names and contents, up to a NULL. */
struct written {
    const char *const *files;
    const char *const *variables;
};

static inline const char *written_find(const char *const *pairs, const char *name)
{
    for (; pairs != NULL && pairs[0] != NULL; pairs += 2) {
        if (strcmp(pairs[0], name) == 0)
            return pairs[1];
    }
    return NULL;
}

static inline brink_result written_load(void *context, const char *path,
                                        struct brink_config_memory *memory, const char **text,
                                        size_t *size)
{
    const struct written *written = context;
    const char *found = written_find(written->files, path);
    if (found == NULL)
        return brink_fail(ENOENT);
    *size = strlen(found);
    *text = brink_config_memory_copy(memory, found, *size);
    return *text != NULL ? brink_ok() : brink_fail(ENOMEM);
}

static inline brink_result written_match(void *context, const char *pattern,
                                         struct brink_config_memory *memory,
                                         const char *const **paths, size_t *count)
{
    const struct written *written = context;
    const char **list = brink_config_memory_array(memory, 64, sizeof *list);
    *count = 0;
    *paths = list;
    for (const char *const *pair = written->files; list != NULL && pair[0] != NULL; pair += 2) {
        if (fnmatch(pattern, pair[0], FNM_PATHNAME) == 0 && *count < 64)
            list[(*count)++] = pair[0];
    }
    return list != NULL ? brink_ok() : brink_fail(ENOMEM);
}

static inline const char *written_variable(void *context, const char *name)
{
    const struct written *written = context;
    return written_find(written->variables, name);
}

static inline struct brink_config_host written_host(struct written *written)
{
    return (struct brink_config_host){written, written_load, written_match, written_variable};
}

/* A configuration that is one file, called "conf". To be freed with brink_config_free. */
static inline struct brink_config *written_config(const char *text)
{
    const char *const files[] = {"conf", text, NULL};
    struct written written = {files, NULL};
    struct brink_config_host host = written_host(&written);
    struct brink_config *config = NULL;
    brink_result result = brink_config_read(&config, &host, "conf");
    assert_non_null(config);
    assert_int_equal(brink_failed(result), config->problems.errors > 0);
    return config;
}

/* All that is told of it, a line each. To be freed. */
static inline char *written_told(const struct brink_config_problems *problems)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    brink_config_problems_print(problems, out);
    (void)fclose(out);
    return text;
}

/* `part` stands in what is told of `text`. */
static inline void assert_tells(const char *text, const char *part)
{
    struct brink_config *config = written_config(text);
    char *told = written_told(&config->problems);
    if (strstr(told, part) == NULL)
        fail_msg("\"%s\" is not told of\n%s\nbut\n%s", part, text, told);
    free(told);
    brink_config_free(config);
}

/* Nothing at all is told of `text`. */
static inline struct brink_config *assert_good(const char *text)
{
    struct brink_config *config = written_config(text);
    char *told = written_told(&config->problems);
    if (told[0] != '\0')
        fail_msg("of\n%s\nis told\n%s", text, told);
    free(told);
    return config;
}

#define LISTENER(text) "listener \"l\" { address = :1; upstream = u; " text " }\n"
#define UPSTREAM(text) "upstream \"u\" { server = 10.0.0.1:1; " text " }\n"

static inline char *written_dump(const struct brink_config *config)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    brink_config_dump(config, out);
    (void)fclose(out);
    return text;
}

#endif
