#include "app/sandbox/reads.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

static brink_result load(void *context, const char *path, struct brink_config_memory *memory,
                         const char **text, size_t *size)
{
    if (strcmp(path, "-") != 0) {
        brink_result noted = brink_paths_add_folder(context, path, BRINK_PATH_READ);
        if (brink_failed(noted))
            return noted;
    }
    return brink_config_host_system.load(NULL, path, memory, text, size);
}

/* The folder before the first part that has a pattern. */
static brink_result match(void *context, const char *pattern, struct brink_config_memory *memory,
                          const char *const **paths, size_t *count)
{
    char folder[PATH_MAX] = ".";
    size_t length = strcspn(pattern, "*?[");
    while (length > 0 && pattern[length - 1] != '/')
        length--;
    if (length > 0)
        (void)snprintf(folder, sizeof folder, "%.*s", (int)length, pattern);
    brink_result noted = brink_paths_add(context, folder, BRINK_PATH_READ);
    if (brink_failed(noted))
        return noted;
    return brink_config_host_system.match(NULL, pattern, memory, paths, count);
}

static const char *variable(void *context, const char *name)
{
    (void)context;
    return brink_config_host_system.variable(NULL, name);
}

struct brink_config_host brink_reads_host(struct brink_paths *paths)
{
    return (struct brink_config_host){paths, load, match, variable};
}
