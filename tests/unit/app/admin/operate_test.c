/* Each command calls what does it, and says how it went. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>

#include "app/admin/operate.h"
#include "unit/app/actions.h"

static struct brink_admin_request wanted(enum brink_admin_endpoint endpoint,
                                         const struct brink_admin_actions *actions)
{
    struct brink_admin_request request;
    brink_admin_request_init(&request, endpoint, &actions->drain_options);
    return request;
}

static void assert_replies(const struct brink_admin_actions *actions,
                           const struct brink_admin_request *request, unsigned status,
                           const char *body)
{
    struct brink_admin_reply reply = {0};
    brink_admin_operate(actions, NULL, request, &reply);
    assert_non_null(reply.body);
    assert_int_equal(reply.size, strlen(reply.body));
    if (reply.status != status || strstr(reply.body, body) == NULL)
        fail_msg("not %u %s but %u %s", status, body, reply.status, reply.body);
    free(reply.body);
}

static void a_drain_is_of_what_is_named(void **state)
{
    (void)state;
    struct brink_admin_actions actions = noted_actions();
    struct brink_admin_request request = wanted(BRINK_ADMIN_DRAIN, &actions);
    assert_replies(&actions, &request, 200, "{\"done\":\"draining\"}\n");
    assert_string_equal(noted.text, "drain all as configured");
    assert_string_equal(noted.told, "drain 200");
    request.plain = false;
    request.drain.policy = BRINK_DRAIN_POLICY_BOUNDARY;
    assert_replies(&actions, &request, 200, "draining");
    assert_string_equal(noted.text, "drain all policy=1 timeout=5000 spread=0");
    request.listener = "front";
    assert_replies(&actions, &request, 200, "draining");
    assert_string_equal(noted.text, "drain listener front policy=1 timeout=5000 spread=0");
    request = wanted(BRINK_ADMIN_DRAIN, &actions);
    request.upstream = "u";
    request.server = "s";
    assert_replies(&actions, &request, 200, "draining");
    assert_string_equal(noted.text, "drain server u/s policy=0 timeout=5000 spread=0");
    request = wanted(BRINK_ADMIN_DRAIN, &actions);
    request.client.value = 0xc;
    request.drain.spread_ms = 3;
    assert_replies(&actions, &request, 200, "draining");
    assert_string_equal(noted.text, "drain client c policy=0 timeout=5000 spread=3");
}

static void so_are_the_others(void **state)
{
    (void)state;
    struct brink_admin_actions actions = noted_actions();
    struct brink_admin_request request = wanted(BRINK_ADMIN_UNDRAIN, &actions);
    request.listener = "front";
    assert_replies(&actions, &request, 200, "undrained");
    assert_string_equal(noted.text, "undrain listener front");
    request.listener = NULL;
    request.upstream = "u";
    request.server = "s";
    assert_replies(&actions, &request, 200, "undrained");
    assert_string_equal(noted.text, "undrain server u/s");
    request.endpoint = BRINK_ADMIN_WEIGHT;
    request.weight = 17;
    assert_replies(&actions, &request, 200, "weight set");
    assert_string_equal(noted.text, "weight u/s 17");
    request = wanted(BRINK_ADMIN_CLOSE, &actions);
    request.client.value = 0xab;
    request.drain.spread_ms = 3;
    assert_replies(&actions, &request, 200, "closing");
    assert_string_equal(noted.text, "drain client ab policy=0 timeout=5000 spread=0");
    request.now = true;
    assert_replies(&actions, &request, 200, "closing");
    assert_string_equal(noted.text, "drain client ab policy=2 timeout=5000 spread=0");
    request = wanted(BRINK_ADMIN_RELOAD, &actions);
    assert_replies(&actions, &request, 200, "reloaded");
    assert_string_equal(noted.text, "reload");
    request = wanted(BRINK_ADMIN_UPGRADE, &actions);
    assert_replies(&actions, &request, 200, "upgraded");
    assert_string_equal(noted.text, "upgrade");
    request = wanted(BRINK_ADMIN_LOG, &actions);
    request.level = BRINK_LOG_DEBUG;
    assert_replies(&actions, &request, 200, "log level set");
    assert_string_equal(noted.text, "log debug");
}

static void what_fails_says_why(void **state)
{
    (void)state;
    static const struct {
        int err;
        unsigned status; /* of a drain */
        unsigned large;  /* of a reload */
    } cases[] = {{EINVAL, 400, 409}, {ENOENT, 404, 409}, {EBUSY, 409, 409},
                 {ENOMEM, 503, 503}, {EPIPE, 503, 503},  {ETIMEDOUT, 409, 409}};
    struct brink_admin_actions actions = noted_actions();
    struct brink_admin_request drain = wanted(BRINK_ADMIN_DRAIN, &actions);
    struct brink_admin_request reload = wanted(BRINK_ADMIN_RELOAD, &actions);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        noted.result = brink_fail(cases[i].err);
        assert_replies(&actions, &drain, cases[i].status, "{\"error\":\"it was told to fail\"}\n");
        assert_replies(&actions, &reload, cases[i].large, "{\"error\":\"it was told to fail\"}\n");
    }
    assert_string_equal(noted.told, "reload 409");
}

static void what_the_program_does_not_do_is_told(void **state)
{
    (void)state;
    struct brink_admin_actions none = {0};
    for (int i = BRINK_ADMIN_CLIENTS; i < BRINK_ADMIN_ENDPOINTS; i++) {
        struct brink_admin_request request = wanted((enum brink_admin_endpoint)i, &none);
        assert_replies(&none, &request, 501, "this program cannot do that");
        request.listener = "l";
        assert_replies(&none, &request, 501, "this program cannot do that");
        request.listener = NULL;
        request.server = "s";
        assert_replies(&none, &request, 501, "this program cannot do that");
        request.server = NULL;
        request.client.value = 1;
        assert_replies(&none, &request, 501, "this program cannot do that");
    }
    struct brink_admin_request errors = wanted(BRINK_ADMIN_ERRORS, &none);
    assert_replies(&none, &errors, 200, "{\"errors\":[]}\n");
}

static void lists_are_given(void **state)
{
    (void)state;
    struct brink_admin_actions actions = noted_actions();
    struct brink_admin_request errors = wanted(BRINK_ADMIN_ERRORS, &actions);
    struct brink_admin_request clients = wanted(BRINK_ADMIN_CLIENTS, &actions);
    assert_replies(&actions, &errors, 200, "{\"errors\":[{\"event\":\"x\"}]}\n");
    noted.clients = 2;
    assert_replies(&actions, &clients, 200, "],\"count\":2}\n");
    assert_string_equal(noted.text, "each-client - 100");
    clients.listener = "x\"y";
    noted.result = brink_fail(ENOENT);
    assert_replies(&actions, &clients, 404,
                   "{\"error\":\"there is no listener \\\"x\\\"y\\\"\"}\n");
    noted.result = brink_fail(EPIPE);
    assert_replies(&actions, &clients, 503, "{\"error\":\"Broken pipe\"}\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_drain_is_of_what_is_named),
        cmocka_unit_test(so_are_the_others),
        cmocka_unit_test(what_fails_says_why),
        cmocka_unit_test(what_the_program_does_not_do_is_told),
        cmocka_unit_test(lists_are_given),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
