/* Which files may be opened, in a child, with each version of the kernel's interface. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "app/sandbox/landlock.h"
#include "unit/app/sandbox/confined.h"

static char root[] = "/tmp/brink-landlock-XXXXXX";
static unsigned newest;

static const char *in(const char *name)
{
    static char path[2][128];
    static int turn;
    turn = !turn;
    (void)snprintf(path[turn], sizeof path[turn], "%s/%s", root, name);
    return path[turn];
}

static int try_open(const char *name, int flags)
{
    int fd = open(in(name), flags | O_CLOEXEC, 0600);
    if (fd < 0)
        return errno;
    (void)close(fd);
    return 0;
}

static int try_bind(const char *name)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    (void)snprintf(address.sun_path, sizeof address.sun_path, "%s", in(name));
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int failed = bind(fd, (struct sockaddr *)&address, sizeof address) == 0 ? 0 : errno;
    (void)close(fd);
    return failed;
}

static int enter(void)
{
    struct brink_paths paths = {0};
    struct brink_message why = {""};
    unsigned version;
    MUST(!brink_failed(brink_paths_add(&paths, in("conf"), BRINK_PATH_READ)));
    MUST(!brink_failed(brink_paths_add(&paths, in("run"), BRINK_PATH_SOCKET)));
    MUST(!brink_failed(brink_paths_add_log(&paths, in("log/brink.log"))));
    MUST(!brink_failed(brink_paths_add(&paths, in("one"), BRINK_PATH_READ | BRINK_PATH_SOCKET)));
    no_new_rights();
    brink_landlock_enter(&paths, newest, &version, &why);
    brink_paths_free(&paths);
    MUST(version > 0 || why.text[0] != '\0');
    MUST(version <= newest);
    return version > 0 ? 0 : CONFINED_LACKS;
}

static int reading(void)
{
    int lacks = enter();
    if (lacks != 0)
        return lacks;
    MUST(try_open("conf/brink.conf", O_RDONLY) == 0);
    MUST(try_open("conf", O_RDONLY | O_DIRECTORY) == 0);
    MUST(try_open("one", O_RDONLY) == 0);
    MUST(try_open("two", O_RDONLY) == EACCES);
    MUST(try_open("run", O_RDONLY | O_DIRECTORY) == EACCES);
    MUST(try_open("../../etc/passwd", O_RDONLY) == EACCES);
    MUST(try_open("conf/brink.conf", O_RDWR) == EACCES);
    MUST(try_open("conf/new", O_WRONLY | O_CREAT) == EACCES);
    return 0;
}

static int writing(void)
{
    int lacks = enter();
    if (lacks != 0)
        return lacks;
    MUST(try_open("log/brink.log", O_WRONLY | O_APPEND | O_CREAT) == 0);
    MUST(try_open("log/another", O_WRONLY | O_APPEND | O_CREAT) == 0);
    MUST(try_open("log/brink.log", O_RDONLY) == EACCES);
    MUST(unlink(in("log/brink.log")) != 0 && errno == EACCES);
    MUST(rename(in("log/brink.log"), in("run/brink.log")) != 0);
    MUST(mkdir(in("log/folder"), 0700) != 0 && errno == EACCES);
    MUST(symlink("/etc", in("log/link")) != 0 && errno == EACCES);
    return 0;
}

static int binding(void)
{
    int lacks = enter();
    if (lacks != 0)
        return lacks;
    MUST(try_bind("run/socket") == 0);
    MUST(unlink(in("run/socket")) == 0);
    MUST(try_bind("log/socket") == EACCES);
    MUST(try_open("run/file", O_WRONLY | O_CREAT) == EACCES);
    return 0;
}

/* The sixth version knows of those outside. */
static int signalling(void)
{
    int lacks = enter();
    if (lacks != 0)
        return lacks;
    MUST(kill(getpid(), 0) == 0);
    MUST(kill(getppid(), 0) == 0 || errno == EPERM);
    return kill(getppid(), 0) == 0 ? 2 : 3;
}

static void with_each_version(int (*part)(void))
{
    for (newest = 1; newest < BRINK_LANDLOCK_NEWEST; newest++)
        assert_confined(part);
    newest = BRINK_LANDLOCK_NEWEST;
    assert_confined(part);
}

static void nothing_else_is_read(void **state)
{
    (void)state;
    with_each_version(reading);
}

static void a_log_can_be_made_anew(void **state)
{
    (void)state;
    with_each_version(writing);
}

static void sockets_are_made_and_removed_in_their_folder(void **state)
{
    (void)state;
    with_each_version(binding);
}

static void others_get_no_signals(void **state)
{
    (void)state;
    newest = 5;
    int before = confined(signalling);
    if (before == CONFINED_LACKS)
        skip();
    assert_int_equal(before, 2);
    newest = BRINK_LANDLOCK_NEWEST;
    int since = confined(signalling);
    assert_true(since == 3 || since == 2); /* an old kernel */
}

static int without_no_new_rights(void)
{
    struct brink_paths paths = {0};
    struct brink_message why = {""};
    unsigned version;
    MUST(setresuid(65534, 65534, 65534) == 0);
    brink_landlock_enter(&paths, BRINK_LANDLOCK_NEWEST, &version, &why);
    MUST(version == 0 && strstr(why.text, "landlock") != NULL);
    return 0;
}

static void a_refusal_is_told(void **state)
{
    (void)state;
    if (geteuid() != 0)
        skip();
    assert_int_equal(confined(without_no_new_rights), 0);
}

static void make(const char *name)
{
    int fd = open(in(name), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    (void)close(fd);
}

static int set_up(void **state)
{
    (void)state;
    assert_non_null(mkdtemp(root));
    assert_int_equal(mkdir(in("conf"), 0700), 0);
    assert_int_equal(mkdir(in("log"), 0700), 0);
    assert_int_equal(mkdir(in("run"), 0700), 0);
    make("conf/brink.conf");
    make("log/brink.log");
    make("one");
    make("two");
    return 0;
}

static int take_down(void **state)
{
    static const char *const names[] = {"conf/brink.conf", "log/brink.log", "log/another", "one",
                                        "two"};
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        (void)unlink(in(names[i]));
    (void)rmdir(in("conf"));
    (void)rmdir(in("log"));
    (void)rmdir(in("run"));
    return rmdir(root);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_else_is_read),
        cmocka_unit_test(a_log_can_be_made_anew),
        cmocka_unit_test(sockets_are_made_and_removed_in_their_folder),
        cmocka_unit_test(others_get_no_signals),
        cmocka_unit_test(a_refusal_is_told),
    };
    return cmocka_run_group_tests(tests, set_up, take_down);
}
