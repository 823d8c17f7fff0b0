#include "config/host.h"

#include <errno.h>
#include <glob.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { FIRST_ROOM = 16 * 1024 };

/* Reads to the end into room that doubles: what is read may be a pipe, which has no size. */
static brink_result read_all(FILE *file, struct brink_config_memory *memory, const char **text,
                             size_t *size)
{
    size_t room = FIRST_ROOM;
    size_t used = 0;
    char *bytes = brink_config_memory_take(memory, room);
    while (bytes != NULL) {
        used += fread(bytes + used, 1, room - used, file);
        if (ferror(file))
            return brink_fail(errno != 0 ? errno : EIO);
        if (used > BRINK_CONFIG_FILE_MAX)
            return brink_fail(EFBIG);
        if (used < room) {
            *text = bytes;
            *size = used;
            return brink_ok();
        }
        char *more = brink_config_memory_take(memory, room * 2);
        if (more != NULL)
            memcpy(more, bytes, used);
        bytes = more;
        room *= 2;
    }
    return brink_fail(ENOMEM);
}

/* A FIFO has whoever opens it wait for a writer, who may never come. Those under /dev and /proc are
 * descriptors that the shell has passed, as in -c <(command). */
static bool would_wait(const char *path)
{
    struct stat about;
    bool passed = strncmp(path, "/dev/", 5) == 0 || strncmp(path, "/proc/", 6) == 0;
    return !passed && stat(path, &about) == 0 && S_ISFIFO(about.st_mode);
}

static brink_result load(void *context, const char *path, struct brink_config_memory *memory,
                         const char **text, size_t *size)
{
    (void)context;
    bool standard = strcmp(path, "-") == 0;
    if (!standard && would_wait(path))
        return brink_fail(EOPNOTSUPP);
    FILE *file = standard ? stdin : fopen(path, "re");
    if (file == NULL)
        return brink_fail(errno);
    errno = 0;
    brink_result result = read_all(file, memory, text, size);
    if (!standard)
        (void)fclose(file);
    return result;
}

static brink_result copy_paths(const glob_t *found, struct brink_config_memory *memory,
                               const char *const **paths, size_t *count)
{
    const char **list = brink_config_memory_array(memory, found->gl_pathc, sizeof *list);
    if (list == NULL)
        return brink_fail(ENOMEM);
    for (size_t i = 0; i < found->gl_pathc; i++) {
        list[i] = brink_config_memory_copy(memory, found->gl_pathv[i], strlen(found->gl_pathv[i]));
        if (list[i] == NULL)
            return brink_fail(ENOMEM);
    }
    *paths = list;
    *count = found->gl_pathc;
    return brink_ok();
}

static brink_result match(void *context, const char *pattern, struct brink_config_memory *memory,
                          const char *const **paths, size_t *count)
{
    (void)context;
    glob_t found = {0};
    int failed = glob(pattern, 0, NULL, &found);
    if (failed == GLOB_NOMATCH) {
        *paths = NULL;
        *count = 0;
        return brink_ok();
    }
    if (failed != 0)
        return brink_fail(failed == GLOB_NOSPACE ? ENOMEM : EIO);
    brink_result result = copy_paths(&found, memory, paths, count);
    globfree(&found);
    return result;
}

static const char *variable(void *context, const char *name)
{
    (void)context;
    return getenv(name);
}

const struct brink_config_host brink_config_host_system = {
    .load = load, .match = match, .variable = variable};
