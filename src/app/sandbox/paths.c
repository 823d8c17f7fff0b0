#include "app/sandbox/paths.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/message.h"

/* --- the list --- */

static brink_result grow(struct brink_paths *paths)
{
    size_t room = paths->room == 0 ? 16 : paths->room * 2;
    struct brink_path *all = realloc(paths->all, room * sizeof *all);
    if (all == NULL)
        return brink_fail(ENOMEM);
    paths->all = all;
    paths->room = room;
    return brink_ok();
}

brink_result brink_paths_add(struct brink_paths *paths, const char *name, unsigned uses)
{
    char real[PATH_MAX];
    if (realpath(name, real) == NULL)
        return brink_ok();
    for (size_t i = 0; i < paths->count; i++) {
        if (strcmp(paths->all[i].name, real) == 0) {
            paths->all[i].uses |= uses;
            return brink_ok();
        }
    }
    if (paths->count == paths->room && brink_failed(grow(paths)))
        return brink_fail(ENOMEM);
    char *copy = strdup(real);
    if (copy == NULL)
        return brink_fail(ENOMEM);
    paths->all[paths->count++] = (struct brink_path){copy, uses};
    return brink_ok();
}

brink_result brink_paths_join(struct brink_paths *paths, const struct brink_paths *others)
{
    brink_result added = brink_ok();
    for (size_t i = 0; others != NULL && i < others->count && !brink_failed(added); i++)
        added = brink_paths_add(paths, others->all[i].name, others->all[i].uses);
    return added;
}

void brink_paths_free(struct brink_paths *paths)
{
    for (size_t i = 0; i < paths->count; i++)
        free(paths->all[i].name);
    free(paths->all);
    *paths = (struct brink_paths){0};
}

/* --- folders --- */

static brink_result add_parent(struct brink_paths *paths, const char *file, unsigned uses)
{
    char folder[PATH_MAX];
    const char *slash = strrchr(file, '/');
    if (slash == NULL)
        return brink_paths_add(paths, ".", uses);
    size_t length = (size_t)(slash - file);
    if (length == 0)
        return brink_paths_add(paths, file, uses & (BRINK_PATH_READ | BRINK_PATH_WRITE));
    if (length >= sizeof folder)
        return brink_ok();
    memcpy(folder, file, length);
    folder[length] = '\0';
    return brink_paths_add(paths, folder, uses);
}

brink_result brink_paths_add_folder(struct brink_paths *paths, const char *file, unsigned uses)
{
    char real[PATH_MAX];
    brink_result added = add_parent(paths, file, uses);
    if (!brink_failed(added) && realpath(file, real) != NULL)
        added = add_parent(paths, real, uses);
    return added;
}

/* --- what they are for --- */

brink_result brink_paths_add_system(struct brink_paths *paths)
{
    /* Some of them are links into /run, where they are written anew. */
    static const char *const files[] = {"/etc/resolv.conf", "/etc/hosts", "/etc/nsswitch.conf",
                                        "/etc/host.conf", "/etc/gai.conf"};
    static const char *const others[] = {"/proc/self", "/sys/devices/system/cpu",
                                         "/usr/share/zoneinfo", "/dev/null", "/dev/urandom"};
    brink_result added = brink_paths_add(paths, "/etc", BRINK_PATH_READ);
    for (size_t i = 0; i < sizeof files / sizeof files[0] && !brink_failed(added); i++)
        added = brink_paths_add_folder(paths, files[i], BRINK_PATH_READ);
    for (size_t i = 0; i < sizeof others / sizeof others[0] && !brink_failed(added); i++)
        added = brink_paths_add(paths, others[i], BRINK_PATH_READ);
    if (!brink_failed(added))
        added = brink_paths_add(paths, "/dev/null", BRINK_PATH_WRITE);
    return added;
}

/* A terminal or a pipe is not moved away, and its folder is not the program's. */
brink_result brink_paths_add_log(struct brink_paths *paths, const char *file)
{
    struct stat about;
    if (file == NULL)
        return brink_ok();
    if (stat(file, &about) == 0 && !S_ISREG(about.st_mode))
        return brink_paths_add(paths, file, BRINK_PATH_WRITE);
    brink_result added = brink_paths_add_folder(paths, file, BRINK_PATH_WRITE | BRINK_PATH_CREATE);
    if (!brink_failed(added))
        added = brink_paths_add(paths, file, BRINK_PATH_WRITE | BRINK_PATH_OWN);
    return added;
}

brink_result brink_paths_add_listen(struct brink_paths *paths, const char *address)
{
    static const char unix_path[] = "unix:/";
    if (address == NULL || strncmp(address, unix_path, sizeof unix_path - 1) != 0)
        return brink_ok();
    const char *file = address + sizeof unix_path - 2; /* at the slash */
    brink_result added = add_parent(paths, file, BRINK_PATH_SOCKET);
    if (!brink_failed(added))
        added = brink_paths_add(paths, file, BRINK_PATH_OWN);
    return added;
}

brink_result brink_paths_add_server(struct brink_paths *paths,
                                    const struct brink_server_options *options)
{
    brink_result added = brink_ok();
    for (size_t i = 0; i < options->listen_count && !brink_failed(added); i++)
        added = brink_paths_add_listen(paths, options->listen[i]);
    for (size_t i = 0; i < options->listener_count; i++) {
        const struct brink_listener_options *listener = &options->listeners[i];
        for (size_t j = 0; j < listener->listen_count && !brink_failed(added); j++)
            added = brink_paths_add_listen(paths, listener->listen[j]);
    }
    for (size_t i = 0; i < options->upstream_count && !brink_failed(added); i++)
        if (options->upstreams[i].file != NULL)
            added = brink_paths_add_folder(paths, options->upstreams[i].file, BRINK_PATH_READ);
    return added;
}

/* --- telling whether that is enough --- */

static bool is_below(const char *name, const char *folder)
{
    size_t length = strlen(folder);
    if (strncmp(name, folder, length) != 0)
        return false;
    return name[length] == '\0' || name[length] == '/' || (length > 0 && folder[length - 1] == '/');
}

/* Which of the uses are allowed nowhere. */
static unsigned lacking(const struct brink_paths *allowed, const struct brink_path *wanted)
{
    unsigned uses = wanted->uses & ~(unsigned)BRINK_PATH_OWN;
    for (size_t i = 0; i < allowed->count; i++)
        if (is_below(wanted->name, allowed->all[i].name))
            uses &= ~allowed->all[i].uses;
    return uses;
}

bool brink_paths_cover(const struct brink_paths *allowed, const struct brink_paths *wanted,
                       struct brink_message *why)
{
    for (size_t i = 0; i < wanted->count; i++) {
        unsigned uses = lacking(allowed, &wanted->all[i]);
        if (uses == 0)
            continue;
        (void)brink_message_set(why,
                                "%.180s needs a restart or an upgrade: the sandbox lets brink %s "
                                "only where it did so at its start",
                                wanted->all[i].name,
                                uses == BRINK_PATH_READ     ? "read"
                                : uses == BRINK_PATH_SOCKET ? "make sockets"
                                                            : "write");
        return false;
    }
    return true;
}
