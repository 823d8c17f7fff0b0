/* Asking a brink, and nobody. */
#include "unit/app/told.h"

#include <errno.h>
#include <sys/un.h>

#include "app/control/http.h"
#include "unit/app/printed.h"

static void each_kind_of_address_is_asked(void **state)
{
    (void)state;
    char folder[] = "/tmp/brink-http-XXXXXX";
    char file[64];
    char text[BRINK_ADDRESS_TEXT_MAX];
    assert_non_null(mkdtemp(folder));
    (void)snprintf(file, sizeof file, "unix:%s/s", folder);
    const char *addresses[] = {file, "unix:@brink-test/http", "127.0.0.1:0", "[::1]:0"};
    struct brink_admin_options options = {.addresses = addresses, .count = 4};
    struct told told;
    (void)setenv("http_proxy", "http://127.0.0.1:1", 1); /* it is this machine that is asked */
    told_start_with(&told, &options);
    for (size_t i = 0; i < 4; i++) {
        struct brink_control_reply reply;
        struct brink_message why = {""};
        const char *address = brink_admin_address(&told.admin, i, text, sizeof text);
        if (brink_failed(brink_control_ask(address, false, "/healthz", 5000, &reply, &why)))
            fail_msg("%s", why.text);
        assert_int_equal(reply.status, 200);
        assert_string_equal(reply.body, "healthy\n");
        assert_int_equal(reply.size, 8);
        free(reply.body);
    }
    told_stop(&told);
    (void)unsetenv("http_proxy");
    (void)rmdir(folder);
}

static void commands_are_posted(void **state)
{
    (void)state;
    struct told told;
    struct brink_control_reply reply;
    struct brink_message why = {""};
    told_start(&told, "unix:@brink-test/post");
    assert_false(brink_failed(
        brink_control_ask("unix:@brink-test/post", true, "/log?level=debug", 5000, &reply, &why)));
    assert_int_equal(reply.status, 200);
    assert_string_equal(noted.text, "log debug");
    free(reply.body);
    noted.result = brink_fail(EINVAL);
    assert_false(brink_failed(
        brink_control_ask("unix:@brink-test/post", true, "/reload", 5000, &reply, &why)));
    assert_int_equal(reply.status, 409);
    brink_control_error(&reply, &why);
    assert_string_equal(why.text, "it was told to fail");
    free(reply.body);
    told_stop(&told);
}

static void where_nobody_is_that_is_told(void **state)
{
    (void)state;
    struct brink_control_reply reply;
    struct brink_message why = {""};
    assert_int_equal(brink_control_ask("unix:/nowhere/x", false, "/", 1000, &reply, &why).err,
                     ECONNREFUSED);
    assert_has(why.text, "nobody answers at unix:/nowhere/x: No such file or directory. Is brink");
    assert_null(reply.body);
    assert_int_equal(
        brink_control_ask("unix:@brink-test/nobody", false, "/", 1000, &reply, &why).err,
        ECONNREFUSED);
    assert_int_equal(brink_control_ask("fd:3", false, "/", 1000, &reply, &why).err, EINVAL);
}

static void who_does_not_answer_is_not_waited_for(void **state)
{
    (void)state;
    struct brink_control_reply reply;
    struct brink_message why = {""};
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    (void)snprintf(address.sun_path + 1, sizeof address.sun_path - 1, "brink-test/mute");
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&address,
                          (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 16)),
                     0);
    assert_int_equal(listen(fd, 1), 0);
    assert_int_equal(brink_control_ask("unix:@brink-test/mute", false, "/", 100, &reply, &why).err,
                     ETIMEDOUT);
    assert_has(why.text, "does not answer in time");
    (void)close(fd);
}

static void errors_are_read_from_whatever_is_answered(void **state)
{
    (void)state;
    struct brink_message why = {""};
    static char line[] = "only GET\nmore";
    static char json[] = "{\"error\":\"no \\\"x\\\"\"}";
    struct brink_control_reply reply = {.status = 405, .body = line, .size = sizeof line - 1};
    brink_control_error(&reply, &why);
    assert_string_equal(why.text, "only GET (HTTP status 405)");
    reply = (struct brink_control_reply){.status = 404, .body = json, .size = sizeof json - 1};
    brink_control_error(&reply, &why);
    assert_string_equal(why.text, "no \"x\"");
    reply = (struct brink_control_reply){.status = 500};
    brink_control_error(&reply, &why);
    assert_string_equal(why.text, "HTTP status 500");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_kind_of_address_is_asked),
        cmocka_unit_test(commands_are_posted),
        cmocka_unit_test(where_nobody_is_that_is_told),
        cmocka_unit_test(who_does_not_answer_is_not_waited_for),
        cmocka_unit_test(errors_are_read_from_whatever_is_answered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
