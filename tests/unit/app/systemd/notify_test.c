/* Datagrams as a service manager gets them, at a path and in the abstract namespace. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "app/systemd/notify.h"
#include "unit/app/managed.h"

static brink_result init(struct brink_notify *notify, const char *socket, const char *usec,
                         const char *pid)
{
    struct brink_message why = {""};
    struct brink_notify_environment environment = {socket, usec, pid};
    brink_result result = brink_notify_init(notify, &brink_sys_linux, &environment, 42, &why);
    assert_int_equal(brink_failed(result), why.text[0] != '\0');
    return result;
}

static void a_state_arrives(void **state)
{
    (void)state;
    for (int abstract = 0; abstract < 2; abstract++) {
        struct managed managed;
        struct brink_notify notify;
        managed_open(&managed, abstract != 0);
        assert_int_equal(init(&notify, managed.name, NULL, NULL).err, 0);
        assert_int_equal(brink_notify_send(&notify, "READY=%d\nSTATUS=%s", 1, "good").err, 0);
        managed_expect(&managed, "READY=1\nSTATUS=good");
        managed_expect(&managed, "");
        managed_close(&managed);
        assert_int_equal(brink_notify_send(&notify, "READY=1").err,
                         abstract ? ECONNREFUSED : ENOENT);
    }
}

static void without_a_manager_nothing_is_told(void **state)
{
    (void)state;
    struct brink_notify notify;
    assert_int_equal(init(&notify, NULL, "1000000", NULL).err, 0);
    assert_int_equal(brink_notify_send(&notify, "READY=1").err, 0);
    assert_int_equal(notify.watchdog_ms, 0);
    assert_int_equal(init(&notify, "", NULL, NULL).err, 0);
    assert_int_equal(brink_notify_send(&notify, "READY=1").err, 0);
}

static void what_is_no_socket_is_refused(void **state)
{
    (void)state;
    struct brink_notify notify;
    char lengthy[200];
    memset(lengthy, 'x', sizeof lengthy);
    lengthy[0] = '/';
    lengthy[sizeof lengthy - 1] = '\0';
    assert_int_equal(init(&notify, "here", NULL, NULL).err, EINVAL);
    assert_int_equal(init(&notify, "@", NULL, NULL).err, EINVAL);
    assert_int_equal(init(&notify, lengthy, NULL, NULL).err, EINVAL);
    assert_int_equal(brink_notify_send(&notify, "READY=1").err, 0);
}

static void the_watchdog_is_ours_or_nobodys(void **state)
{
    (void)state;
    struct brink_notify notify;
    static const struct {
        const char *usec;
        const char *pid;
        uint64_t ms;
    } cases[] = {{"30000000", NULL, 30000}, {"30000000", "42", 30000},
                 {"30000000", "43", 0},     {"30000000", "x", 0},
                 {"1999", NULL, 1},         {"0", NULL, 0},
                 {"-1", NULL, 0},           {"1s", NULL, 0},
                 {NULL, "42", 0},           {"99999999999999999999", NULL, 0}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(init(&notify, "/run/x", cases[i].usec, cases[i].pid).err, 0);
        assert_int_equal(notify.watchdog_ms, cases[i].ms);
    }
}

static void what_is_too_long_is_not_sent(void **state)
{
    (void)state;
    struct managed managed;
    struct brink_notify notify;
    managed_open(&managed, true);
    assert_int_equal(init(&notify, managed.name, NULL, NULL).err, 0);
    assert_int_equal(brink_notify_send(&notify, "%*s", 1024, "x").err, EMSGSIZE);
    managed_expect(&managed, "");
    assert_int_equal(brink_notify_send(&notify, "%*s", 1023, "x").err, 0);
    managed_close(&managed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_state_arrives),
        cmocka_unit_test(without_a_manager_nothing_is_told),
        cmocka_unit_test(what_is_no_socket_is_refused),
        cmocka_unit_test(the_watchdog_is_ours_or_nobodys),
        cmocka_unit_test(what_is_too_long_is_not_sent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
