#include "app/sandbox/user.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/message.h"

enum { RECORD_MAX = 64 * 1024, CAPABILITY_BITS = 32 };

/* --- looking up --- */

static brink_result not_found(const char *what, const char *name, int err,
                              struct brink_message *why)
{
    if (err == 0)
        (void)brink_message_set(why, "there is no %s \"%.80s\"; make it, or name another", what,
                                name);
    else
        (void)brink_message_set(why, "%s \"%.80s\" cannot be looked up: %s", what, name,
                                strerror(err));
    return brink_fail(err != 0 ? err : ENOENT);
}

static brink_result find_user(struct brink_user *user, struct brink_message *why)
{
    char record[RECORD_MAX];
    struct passwd entry;
    struct passwd *found;
    int err = getpwnam_r(user->name, &entry, record, sizeof record, &found);
    if (found == NULL)
        return not_found("user", user->name, err, why);
    user->uid = found->pw_uid;
    user->gid = found->pw_gid;
    return brink_ok();
}

static brink_result find_group(struct brink_user *user, const char *name, struct brink_message *why)
{
    char record[RECORD_MAX];
    struct group entry;
    struct group *found;
    int err = getgrnam_r(name, &entry, record, sizeof record, &found);
    if (found == NULL)
        return not_found("group", name, err, why);
    user->gid = found->gr_gid;
    return brink_ok();
}

static bool is_self(const struct brink_user *user)
{
    return user->uid == getuid() && user->uid == geteuid() && user->gid == getgid() &&
           user->gid == getegid();
}

brink_result brink_user_find(struct brink_user *user, const char *name, const char *group,
                             struct brink_message *why)
{
    char self[64];
    *user = (struct brink_user){name, geteuid(), getegid()};
    if (name == NULL)
        return brink_ok();
    brink_result found = find_user(user, why);
    if (!brink_failed(found) && group != NULL)
        found = find_group(user, group, why);
    if (brink_failed(found) || is_self(user) || geteuid() == 0)
        return found;
    (void)brink_message_set(why,
                            "only root can become the user \"%.80s\"; start brink as root, or "
                            "without user: it is run by \"%s\"",
                            name, brink_user_self(self, sizeof self));
    return brink_fail(EPERM);
}

const char *brink_user_self(char *text, size_t size)
{
    char record[RECORD_MAX];
    struct passwd entry;
    struct passwd *found = NULL;
    (void)getpwuid_r(geteuid(), &entry, record, sizeof record, &found);
    if (found != NULL)
        (void)snprintf(text, size, "%s", found->pw_name);
    else
        (void)snprintf(text, size, "%u", (unsigned)geteuid());
    return text;
}

/* --- becoming --- */

/* Who may write to the folder may have put another file in the place of ours: not one of another
 * owner, nor one that has a second name elsewhere, is given away. */
static void give(const struct brink_user *user, const char *name)
{
    struct stat about;
    int fd = open(name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return;
    if (fstat(fd, &about) == 0 && about.st_uid == geteuid() && about.st_nlink == 1 &&
        (S_ISREG(about.st_mode) || S_ISSOCK(about.st_mode)))
        (void)fchownat(fd, "", user->uid, user->gid, AT_EMPTY_PATH);
    (void)close(fd);
}

static bool change(const struct brink_user *user)
{
    return prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) == 0 && initgroups(user->name, user->gid) == 0 &&
           setresgid(user->gid, user->gid, user->gid) == 0 &&
           setresuid(user->uid, user->uid, user->uid) == 0;
}

/* False if there was nothing to be dropped. */
static bool keep_only(struct __user_cap_data_struct sets[2], uint64_t kept)
{
    bool changed = false;
    for (int i = 0; i < 2; i++) {
        uint32_t permitted = sets[i].permitted & (uint32_t)(kept >> (CAPABILITY_BITS * i));
        changed |= permitted != sets[i].permitted || permitted != sets[i].effective;
        sets[i].permitted = permitted;
        sets[i].effective = permitted;
        sets[i].inheritable = 0;
    }
    return changed;
}

static bool drop_capabilities(void)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct sets[2] = {{0}};
    uint64_t kept = UINT64_C(1) << CAP_NET_BIND_SERVICE;
    if (geteuid() == 0)
        kept |= UINT64_C(1) << CAP_DAC_OVERRIDE;
    (void)prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
    if (syscall(SYS_capget, &header, sets) != 0)
        return false;
    /* A service manager that has dropped them may also deny this call. */
    return !keep_only(sets, kept) || syscall(SYS_capset, &header, sets) == 0;
}

brink_result brink_user_become(const struct brink_user *user, const struct brink_paths *paths,
                               struct brink_message *why)
{
    bool same = user->name == NULL || is_self(user);
    for (size_t i = 0; i < paths->count && !same; i++)
        if (paths->all[i].uses & BRINK_PATH_OWN)
            give(user, paths->all[i].name);
    if (!same && !change(user)) {
        int err = errno;
        (void)brink_message_set(why, "this process cannot become the user \"%.80s\": %s",
                                user->name, strerror(err));
        return brink_fail(err);
    }
    if (!drop_capabilities() || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
        int err = errno;
        (void)brink_message_set(why, "rights cannot be dropped: %s", strerror(err));
        return brink_fail(err);
    }
    return brink_ok();
}
