/* What a new program finds: written and read again, taken by name, closed if nobody wants it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "app/upgrade/inheritance.h"

#define THREE "\nadmin=4:a\nadmin=4:a\nadmin=4:a"
#define NINE  THREE THREE THREE

static struct brink_inheritance read_text(const char *text)
{
    struct brink_inheritance inheritance;
    struct brink_message why = {""};
    if (brink_failed(brink_inheritance_read(&inheritance, text, &why)))
        fail_msg("%s: %s", text, why.text);
    return inheritance;
}

static void what_is_written_is_read_again(void **state)
{
    (void)state;
    char text[BRINK_INHERITANCE_TEXT];
    struct brink_inheritance inheritance = {.channel = 3};
    assert_string_equal(brink_inheritance_write(&inheritance, text), "channel=3");
    const char *names[] = {"unix:/run/my sockets/admin.sock", "127.0.0.1:9599", "fd:7", "[::1]:1"};
    for (int i = 0; i < 4; i++)
        assert_false(brink_failed(brink_inheritance_add(&inheritance, 4 + i, names[i], NULL)));
    assert_string_equal(brink_inheritance_write(&inheritance, text),
                        "channel=3\nadmin=4:unix:/run/my sockets/admin.sock\n"
                        "admin=5:127.0.0.1:9599\nadmin=6:fd:7\nadmin=7:[::1]:1");
    struct brink_inheritance again = read_text(text);
    assert_int_equal(again.channel, 3);
    assert_int_equal(again.count, 4);
    for (int i = 0; i < 4; i++) {
        assert_string_equal(again.names[i].text, names[i]);
        assert_int_equal(again.sockets[i], 4 + i);
    }
}

static void the_longest_fits(void **state)
{
    (void)state;
    char text[BRINK_INHERITANCE_TEXT];
    char name[BRINK_INHERITANCE_NAME + 1];
    struct brink_inheritance inheritance = {.channel = 9999999};
    memset(name, 'x', sizeof name);
    name[BRINK_INHERITANCE_NAME - 1] = '\0';
    for (int i = 0; i < BRINK_INHERITANCE_SOCKETS; i++)
        assert_false(brink_failed(brink_inheritance_add(&inheritance, 9999999, name, NULL)));
    struct brink_inheritance again = read_text(brink_inheritance_write(&inheritance, text));
    assert_int_equal(again.count, BRINK_INHERITANCE_SOCKETS);
    assert_string_equal(again.names[BRINK_INHERITANCE_SOCKETS - 1].text, name);
}

static void what_cannot_be_written_is_not_added(void **state)
{
    (void)state;
    struct brink_inheritance inheritance = {.channel = 3};
    struct brink_message why;
    char name[BRINK_INHERITANCE_NAME + 1];
    memset(name, 'x', sizeof name);
    name[BRINK_INHERITANCE_NAME] = '\0';
    const char *bad[] = {"", name, "a\nadmin=9:b", "\x7f", "a\tb"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(brink_inheritance_add(&inheritance, 4, bad[i], &why).err, EINVAL);
    assert_int_equal(inheritance.count, 0);
    for (int i = 0; i < BRINK_INHERITANCE_SOCKETS; i++)
        assert_false(brink_failed(brink_inheritance_add(&inheritance, 4, "ok", &why)));
    assert_int_equal(brink_inheritance_add(&inheritance, 4, "ok", &why).err, ENOSPC);
    assert_non_null(strstr(why.text, "more than 8"));
}

static void what_makes_no_sense_is_told(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "x",
        "channel=",
        "channel=x",
        "channel=2",
        "channel=-3",
        "channel=12345678",
        "channel=3 ",
        "channel=3\n",
        "channel=3\nadmin=4",
        "channel=3\nadmin=4:",
        "channel=3\nadmin=2:x",
        "channel=3\nadmin=4:x\n",
        "channel=3\nadmin=4:\tx",
        "channel=3" NINE,
    };
    struct brink_inheritance inheritance;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct brink_message why = {""};
        inheritance.channel = 7;
        if (brink_inheritance_read(&inheritance, bad[i], &why).err != EINVAL)
            fail_msg("\"%s\" was understood", bad[i]);
        assert_non_null(strstr(why.text, "unset it"));
        assert_int_equal(inheritance.channel, 0);
        assert_int_equal(inheritance.count, 0);
    }
    assert_int_equal(read_text(NULL).channel, 0);
}

static void it_is_claimed_once(void **state)
{
    (void)state;
    char text[64];
    struct brink_inheritance inheritance;
    struct brink_message why;
    int fds[2];
    assert_int_equal(pipe(fds), 0);
    (void)snprintf(text, sizeof text, "channel=%d\nadmin=%d:here", fds[0], fds[1]);
    assert_int_equal(setenv(BRINK_INHERITANCE_VARIABLE, text, 1), 0);
    assert_false(brink_failed(brink_inheritance_claim(&inheritance, &why)));
    assert_int_equal(inheritance.channel, fds[0]);
    for (int i = 0; i < 2; i++)
        assert_true((fcntl(fds[i], F_GETFD) & FD_CLOEXEC) != 0);
    assert_null(getenv(BRINK_INHERITANCE_VARIABLE));
    assert_false(brink_failed(brink_inheritance_claim(&inheritance, &why)));
    assert_int_equal(inheritance.channel, 0);
    (void)close(fds[0]);
    (void)close(fds[1]);
    assert_int_equal(setenv(BRINK_INHERITANCE_VARIABLE, text, 1), 0);
    assert_int_equal(brink_inheritance_claim(&inheritance, &why).err, EBADF);
    assert_null(getenv(BRINK_INHERITANCE_VARIABLE));
    assert_int_equal(inheritance.channel, 0);
}

static void a_socket_is_taken_by_its_name(void **state)
{
    (void)state;
    struct brink_inheritance inheritance = read_text("channel=3\nadmin=44:a\nadmin=45:b");
    assert_int_equal(brink_inheritance_take(&inheritance, "c"), -1);
    assert_int_equal(brink_inheritance_take(&inheritance, "b"), 45);
    assert_int_equal(brink_inheritance_take(&inheritance, "b"), -1);
    assert_int_equal(brink_inheritance_take(&inheritance, "a"), 44);
}

static int listen_at(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    (void)snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    (void)unlink(path);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    return fd;
}

static void what_nobody_takes_is_closed_and_removed(void **state)
{
    (void)state;
    char path[64];
    char name[80];
    struct brink_inheritance inheritance = {.channel = 3};
    (void)snprintf(path, sizeof path, "/tmp/brink-inheritance-%ld", (long)getpid());
    (void)snprintf(name, sizeof name, "unix:%s", path);
    int fd = listen_at(path);
    int other = dup(fd);
    assert_false(brink_failed(brink_inheritance_add(&inheritance, fd, name, NULL)));
    assert_false(brink_failed(brink_inheritance_add(&inheritance, other, "127.0.0.1:9", NULL)));
    assert_int_equal(brink_inheritance_take(&inheritance, "127.0.0.1:9"), other);
    assert_int_equal(access(path, F_OK), 0);
    brink_inheritance_drop(&inheritance);
    assert_int_equal(access(path, F_OK), -1);
    assert_int_equal(fcntl(fd, F_GETFD), -1);
    assert_true(fcntl(other, F_GETFD) >= 0); /* taken */
    brink_inheritance_drop(&inheritance);
    (void)close(other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read_again),
        cmocka_unit_test(the_longest_fits),
        cmocka_unit_test(what_cannot_be_written_is_not_added),
        cmocka_unit_test(what_makes_no_sense_is_told),
        cmocka_unit_test(it_is_claimed_once),
        cmocka_unit_test(a_socket_is_taken_by_its_name),
        cmocka_unit_test(what_nobody_takes_is_closed_and_removed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
