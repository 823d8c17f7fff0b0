/* Becoming another user, in a child; most of it can only be tried by root. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <seccomp.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "app/sandbox/user.h"
#include "unit/app/sandbox/confined.h"

static const struct brink_paths no_paths = {0};

static void only_root(void)
{
    if (geteuid() != 0)
        skip();
}

/* --- finding --- */

static void who_is_not_there_is_told(void **state)
{
    (void)state;
    struct brink_user user;
    struct brink_message why;
    assert_int_equal(brink_user_find(&user, "no-such-user", NULL, &why).err, ENOENT);
    assert_non_null(strstr(why.text, "no user \"no-such-user\""));
    assert_int_equal(brink_user_find(&user, "root", "no-such-group", &why).err, ENOENT);
    assert_non_null(strstr(why.text, "no group \"no-such-group\""));
}

static void the_group_is_the_user_s_own_unless_it_is_named(void **state)
{
    (void)state;
    struct brink_user user;
    struct brink_message why;
    only_root();
    const struct passwd *daemon = getpwnam("daemon");
    assert_non_null(daemon);
    assert_int_equal(brink_user_find(&user, "daemon", NULL, &why).err, 0);
    assert_int_equal(user.uid, daemon->pw_uid);
    assert_int_equal(user.gid, daemon->pw_gid);
    assert_int_equal(brink_user_find(&user, "daemon", "sys", &why).err, 0);
    assert_int_equal(user.gid, getgrnam("sys")->gr_gid);
}

static void nobody_is_who_the_process_is(void **state)
{
    (void)state;
    struct brink_user user;
    struct brink_message why;
    char text[64];
    assert_int_equal(brink_user_find(&user, NULL, NULL, &why).err, 0);
    assert_null(user.name);
    assert_int_equal(user.uid, geteuid());
    assert_string_equal(brink_user_self(text, sizeof text), getpwuid(geteuid())->pw_name);
}

static int find_as_another(void)
{
    struct brink_user user;
    struct brink_message why = {""};
    const struct passwd *nobody = getpwnam("nobody");
    char text[64];
    MUST(nobody != NULL && setresgid(nobody->pw_gid, nobody->pw_gid, nobody->pw_gid) == 0);
    MUST(setresuid(nobody->pw_uid, nobody->pw_uid, nobody->pw_uid) == 0);
    MUST(brink_user_find(&user, "daemon", NULL, &why).err == EPERM);
    MUST(strstr(why.text, "only root can become the user \"daemon\"") != NULL);
    MUST(strstr(why.text, "run by \"nobody\"") != NULL);
    MUST(brink_user_find(&user, "nobody", NULL, &why).err == 0);
    MUST(brink_user_become(&user, &no_paths, &why).err == 0);
    MUST(strcmp(brink_user_self(text, sizeof text), "nobody") == 0);
    user = (struct brink_user){"daemon", 1, 1};
    MUST(brink_user_become(&user, &no_paths, &why).err == EPERM);
    MUST(strstr(why.text, "cannot become the user \"daemon\"") != NULL);
    return 0;
}

static void only_root_becomes_another(void **state)
{
    (void)state;
    only_root();
    assert_int_equal(confined(find_as_another), 0);
}

static int number_only(void)
{
    char text[64];
    MUST(setresuid(54321, 54321, 54321) == 0);
    MUST(strcmp(brink_user_self(text, sizeof text), "54321") == 0);
    return 0;
}

static void who_has_no_name_is_a_number(void **state)
{
    (void)state;
    only_root();
    assert_int_equal(confined(number_only), 0);
}

/* --- becoming --- */

static uint64_t capabilities(void)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct sets[2] = {{0}};
    MUST(syscall(SYS_capget, &header, sets) == 0);
    MUST(sets[0].permitted == sets[0].effective && sets[0].inheritable == 0);
    return (uint64_t)sets[1].permitted << 32 | sets[0].permitted;
}

static int nobody_from_root(void)
{
    struct brink_user user;
    struct brink_message why = {""};
    gid_t groups[8];
    uid_t uid[3];
    gid_t gid[3];
    MUST(brink_user_find(&user, "nobody", NULL, &why).err == 0);
    MUST(brink_user_become(&user, &no_paths, &why).err == 0);
    MUST(getresuid(&uid[0], &uid[1], &uid[2]) == 0 && getresgid(&gid[0], &gid[1], &gid[2]) == 0);
    for (int i = 0; i < 3; i++)
        MUST(uid[i] == user.uid && gid[i] == user.gid);
    MUST(getgroups(8, groups) == 1 && groups[0] == user.gid);
    MUST(capabilities() == UINT64_C(1) << CAP_NET_BIND_SERVICE);
    MUST(syscall(SYS_setuid, 0) != 0 && syscall(SYS_setgroups, 0, NULL) != 0);
    MUST(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1);
    MUST(open("/etc/shadow", O_RDONLY | O_CLOEXEC) < 0);
    return 0;
}

static void root_becomes_another_for_good(void **state)
{
    (void)state;
    only_root();
    assert_int_equal(confined(nobody_from_root), 0);
}

static int root_stays(void)
{
    struct brink_user user;
    struct brink_message why = {""};
    MUST(brink_user_find(&user, NULL, NULL, &why).err == 0);
    MUST(brink_user_become(&user, &no_paths, &why).err == 0);
    MUST(geteuid() == 0 && prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1);
    uint64_t most = UINT64_C(1) << CAP_NET_BIND_SERVICE | UINT64_C(1) << CAP_DAC_OVERRIDE;
    MUST((capabilities() & ~most) == 0);
    /* Not by the C library, which asks it of all threads: a sanitizer has one of its own. */
    MUST(syscall(SYS_setgroups, 0, NULL) != 0 && errno == EPERM);
    return 0;
}

static void root_that_stays_has_little_left(void **state)
{
    (void)state;
    only_root();
    assert_int_equal(confined(root_stays), 0);
}

/* As under a service manager that has done it all, and whose filter denies the calls for it. */
static int nothing_to_drop(void)
{
    struct brink_user user;
    struct brink_message why = {""};
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
    MUST(filter != NULL && setresuid(65534, 65534, 65534) == 0);
    MUST(seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(capset), 0) == 0);
    int refused = seccomp_load(filter);
    seccomp_release(filter);
    if (refused != 0)
        return CONFINED_LACKS;
    MUST(brink_user_find(&user, NULL, NULL, &why).err == 0);
    MUST(brink_user_become(&user, &no_paths, &why).err == 0);
    return 0;
}

static void who_has_no_rights_drops_none(void **state)
{
    (void)state;
    only_root();
    assert_confined(nothing_to_drop);
}

/* --- what is given along --- */

static char root[] = "/tmp/brink-user-XXXXXX";

static const char *in(const char *name)
{
    static char path[2][128];
    static int turn;
    turn = !turn;
    (void)snprintf(path[turn], sizeof path[turn], "%s/%s", root, name);
    return path[turn];
}

static const char *const names[] = {"own", "linked", "another's", "unmarked"};

static int give_files(void)
{
    struct brink_user user;
    struct brink_message why = {""};
    struct brink_paths paths = {0};
    for (size_t i = 0; i < 4; i++) {
        unsigned uses = i < 3 ? BRINK_PATH_OWN : BRINK_PATH_WRITE;
        MUST(!brink_failed(brink_paths_add(&paths, in(names[i]), uses)));
    }
    MUST(!brink_failed(brink_paths_add(&paths, root, BRINK_PATH_OWN))); /* no folder */
    MUST(brink_user_find(&user, "nobody", NULL, &why).err == 0);
    MUST(brink_user_become(&user, &paths, &why).err == 0);
    brink_paths_free(&paths);
    return 0;
}

static uid_t owner(const char *name)
{
    struct stat about;
    assert_int_equal(lstat(in(name), &about), 0);
    return about.st_uid;
}

static void make(const char *name)
{
    int fd = open(in(name), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    (void)close(fd);
}

static void only_its_own_files_are_given(void **state)
{
    (void)state;
    only_root();
    uid_t nobody = getpwnam("nobody")->pw_uid;
    for (size_t i = 0; i < 4; i++)
        make(names[i]);
    assert_int_equal(chown(in("another's"), 1, 1), 0);
    assert_int_equal(link(in("linked"), in("second")), 0);
    assert_int_equal(confined(give_files), 0);
    assert_int_equal(owner("own"), nobody);
    assert_int_equal(owner("linked"), 0); /* it may be anything */
    assert_int_equal(owner("another's"), 1);
    assert_int_equal(owner("unmarked"), 0);
    assert_int_equal(owner("."), 0);
}

static int set_up(void **state)
{
    (void)state;
    assert_non_null(mkdtemp(root));
    return 0;
}

static int take_down(void **state)
{
    (void)state;
    for (size_t i = 0; i < 4; i++)
        (void)unlink(in(names[i]));
    (void)unlink(in("second"));
    return rmdir(root);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_is_not_there_is_told),
        cmocka_unit_test(the_group_is_the_user_s_own_unless_it_is_named),
        cmocka_unit_test(nobody_is_who_the_process_is),
        cmocka_unit_test(only_root_becomes_another),
        cmocka_unit_test(who_has_no_name_is_a_number),
        cmocka_unit_test(root_becomes_another_for_good),
        cmocka_unit_test(root_that_stays_has_little_left),
        cmocka_unit_test(who_has_no_rights_drops_none),
        cmocka_unit_test(only_its_own_files_are_given),
    };
    return cmocka_run_group_tests(tests, set_up, take_down);
}
