#include "app/sandbox/landlock.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <stddef.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/message.h"

/* Since version 3, 5 and 6, which <linux/landlock.h> of Debian 12 does not know. */
enum { FS_TRUNCATE = 1 << 14, FS_IOCTL_DEV = 1 << 15, SCOPE_SIGNAL = 1 << 1 };

/* struct landlock_ruleset_attr of version 6; the kernel takes the head of it that it knows. */
struct ruleset {
    uint64_t handled_access_fs;
    uint64_t handled_access_net;
    uint64_t scoped;
};

enum { FILE_RIGHTS = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE };

/* All that a version can deny. */
static struct ruleset everything(unsigned version)
{
    struct ruleset all = {.handled_access_fs = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1};
    if (version >= 2)
        all.handled_access_fs |= LANDLOCK_ACCESS_FS_REFER;
    if (version >= 3)
        all.handled_access_fs |= FS_TRUNCATE;
    if (version >= 5)
        all.handled_access_fs |= FS_IOCTL_DEV;
    if (version >= 6)
        all.scoped = SCOPE_SIGNAL;
    return all;
}

static size_t size_for(unsigned version)
{
    if (version >= 6)
        return sizeof(struct ruleset);
    return offsetof(struct ruleset, handled_access_net); /* nothing of the net is used */
}

static uint64_t rights_of(unsigned uses)
{
    uint64_t rights = 0;
    if (uses & BRINK_PATH_READ)
        rights |= LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR;
    if (uses & BRINK_PATH_WRITE)
        rights |= LANDLOCK_ACCESS_FS_WRITE_FILE;
    if (uses & BRINK_PATH_CREATE)
        rights |= LANDLOCK_ACCESS_FS_MAKE_REG;
    if (uses & BRINK_PATH_SOCKET)
        rights |= LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_REMOVE_FILE;
    return rights;
}

/* What cannot be added stays denied; nothing else is lost by that. */
static void allow(int ruleset, const struct brink_path *path)
{
    struct stat about;
    struct landlock_path_beneath_attr rule = {.allowed_access = rights_of(path->uses)};
    if (rule.allowed_access == 0)
        return;
    rule.parent_fd = open(path->name, O_PATH | O_CLOEXEC);
    if (rule.parent_fd < 0)
        return;
    if (fstat(rule.parent_fd, &about) == 0 && !S_ISDIR(about.st_mode))
        rule.allowed_access &= FILE_RIGHTS;
    (void)syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
    (void)close(rule.parent_fd);
}

static unsigned refused(struct brink_message *why)
{
    (void)brink_message_set(why, "the kernel has no landlock, or refuses it: %s", strerror(errno));
    return 0;
}

static unsigned enter(const struct brink_paths *paths, unsigned newest, struct brink_message *why)
{
    long known = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    if (known <= 0)
        return refused(why);
    unsigned version = (unsigned)known < newest ? (unsigned)known : newest;
    struct ruleset all = everything(version);
    int ruleset = (int)syscall(SYS_landlock_create_ruleset, &all, size_for(version), 0);
    if (ruleset < 0)
        return refused(why);
    (void)fcntl(ruleset, F_SETFD, FD_CLOEXEC);
    for (size_t i = 0; i < paths->count; i++)
        allow(ruleset, &paths->all[i]);
    if (syscall(SYS_landlock_restrict_self, ruleset, 0) != 0)
        version = refused(why);
    (void)close(ruleset);
    return version;
}

void brink_landlock_enter(const struct brink_paths *paths, unsigned newest, unsigned *version,
                          struct brink_message *why)
{
    *version = enter(paths, newest, why);
}
