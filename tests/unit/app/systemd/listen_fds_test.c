/* Passed sockets by number and by name. Descriptors 3 to 5 are the test's own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "app/systemd/listen_fds.h"

enum { PASSED = 3 };

static int open_three(void **state)
{
    (void)state;
    for (int fd = 3; fd < 3 + PASSED; fd++)
        if (dup2(STDERR_FILENO, fd) != fd)
            return -1;
    (void)close(3 + PASSED);
    return 0;
}

static brink_result init(struct brink_listen_fds *fds, const char *pid, const char *count,
                         const char *names)
{
    struct brink_message why = {""};
    struct brink_listen_fds_environment environment = {pid, count, names, false};
    brink_result result = brink_listen_fds_init(fds, &environment, 42, &why);
    assert_int_equal(brink_failed(result), why.text[0] != '\0');
    return result;
}

static void those_for_us_are_taken(void **state)
{
    (void)state;
    struct brink_listen_fds fds;
    assert_int_equal(init(&fds, "42", "3", NULL).err, 0);
    assert_int_equal(fds.count, 3);
    for (int fd = 3; fd < 3 + PASSED; fd++)
        assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
    assert_int_equal(init(&fds, "43", "3", NULL).err, 0);
    assert_int_equal(fds.count, 0);
    assert_int_equal(init(&fds, NULL, "3", NULL).err, 0);
    assert_int_equal(fds.count, 0);
    assert_int_equal(init(&fds, "42", NULL, NULL).err, 0);
    assert_int_equal(fds.count, 0);
}

static void those_of_a_program_that_is_taken_over_are_not_looked_for(void **state)
{
    (void)state;
    struct brink_message why = {""};
    struct brink_listen_fds fds;
    struct brink_listen_fds_environment environment = {"42", "9", "web", true};
    assert_int_equal(brink_listen_fds_init(&fds, &environment, 42, &why).err, 0);
    assert_int_equal(fds.count, 9);
    assert_string_equal(fds.names, "web");
}

static void nonsense_is_refused(void **state)
{
    (void)state;
    struct brink_listen_fds fds;
    assert_int_equal(init(&fds, "me", "3", NULL).err, EINVAL);
    assert_int_equal(init(&fds, "42", "many", NULL).err, EINVAL);
    assert_int_equal(init(&fds, "42", "-1", NULL).err, EINVAL);
    assert_int_equal(init(&fds, "42", "257", NULL).err, EINVAL);
    assert_int_equal(init(&fds, "42", "4", NULL).err, EBADF);
    assert_int_equal(fds.count, 0);
}

static void assert_name(const struct brink_listen_fds *fds, int index, const char *wanted)
{
    const char *name;
    size_t length = brink_listen_fds_name(fds, index, &name);
    assert_int_equal(length, strlen(wanted));
    assert_memory_equal(name, wanted, length);
}

static void names_stand_between_colons(void **state)
{
    (void)state;
    struct brink_listen_fds fds = {4, "web:dns.socket::"};
    assert_name(&fds, 0, "web");
    assert_name(&fds, 1, "dns.socket");
    assert_name(&fds, 3, "unknown");
    assert_name(&fds, 9, "unknown");
    fds.names = NULL;
    assert_name(&fds, 0, "unknown");
}

static struct brink_listen_fds_options resolved;

static brink_result resolve(const char *names, const struct brink_server_options *from,
                            const char *told)
{
    struct brink_listen_fds fds = {PASSED, names};
    struct brink_message why = {""};
    brink_result result = brink_listen_fds_resolve(&fds, from, &resolved, &why);
    if (strstr(why.text, told) == NULL)
        fail_msg("\"%s\" is not in: %s", told, why.text);
    return result;
}

static void a_name_becomes_all_its_numbers(void **state)
{
    (void)state;
    struct brink_server_options options;
    brink_server_options_init(&options);
    options.listen[options.listen_count++] = "127.0.0.1:0";
    options.listen[options.listen_count++] = "fd:web";
    options.listen[options.listen_count++] = "fd:7";
    assert_int_equal(resolve("web:dns:web", &options, "").err, 0);
    assert_int_equal(resolved.server.listen_count, 4);
    assert_string_equal(resolved.server.listen[0], "127.0.0.1:0");
    assert_string_equal(resolved.server.listen[1], "fd:3");
    assert_string_equal(resolved.server.listen[2], "fd:5");
    assert_string_equal(resolved.server.listen[3], "fd:7");
    assert_true(resolved.used[0] && !resolved.used[1] && resolved.used[2]);
    assert_null(resolved.server.listeners);
}

static void each_listener_gets_its_own(void **state)
{
    (void)state;
    const char *one[] = {"fd:dns"};
    const char *two[] = {":1", "fd:5"};
    struct brink_listener_options listeners[2];
    struct brink_server_options options;
    brink_server_options_init(&options);
    for (int i = 0; i < 2; i++)
        brink_listener_options_init(&listeners[i]);
    listeners[0].listen = one;
    listeners[0].listen_count = 1;
    listeners[0].idle_ms = 7;
    listeners[1].listen = two;
    listeners[1].listen_count = 2;
    options.listeners = listeners;
    options.listener_count = 2;
    assert_int_equal(resolve("web:dns:web", &options, "").err, 0);
    assert_int_equal(resolved.server.listener_count, 2);
    assert_int_equal(resolved.server.listeners[0].listen_count, 1);
    assert_string_equal(resolved.server.listeners[0].listen[0], "fd:4");
    assert_int_equal(resolved.server.listeners[0].idle_ms, 7);
    assert_int_equal(resolved.server.listeners[1].listen_count, 2);
    assert_string_equal(resolved.server.listeners[1].listen[1], "fd:5");
    assert_true(!resolved.used[0] && resolved.used[1] && resolved.used[2]);
}

static void a_name_that_nobody_has_is_told(void **state)
{
    (void)state;
    struct brink_server_options options;
    brink_server_options_init(&options);
    options.listen[options.listen_count++] = "fd:we";
    assert_int_equal(resolve("web:dns:web", &options, "name \"we\" was passed (3 were)").err,
                     EINVAL);
    while (options.listen_count < BRINK_LISTEN_MAX)
        options.listen[options.listen_count++] = "127.0.0.1:0";
    options.listen[0] = "fd:web";
    assert_int_equal(resolve("web:dns:web", &options, "more than 16 addresses").err, EINVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(those_for_us_are_taken, open_three),
        cmocka_unit_test(those_of_a_program_that_is_taken_over_are_not_looked_for),
        cmocka_unit_test_setup(nonsense_is_refused, open_three),
        cmocka_unit_test(names_stand_between_colons),
        cmocka_unit_test(a_name_becomes_all_its_numbers),
        cmocka_unit_test(each_listener_gets_its_own),
        cmocka_unit_test(a_name_that_nobody_has_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
