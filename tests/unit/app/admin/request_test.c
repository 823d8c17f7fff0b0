/* What a query means, and what is no query. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "app/admin/request.h"

static const struct brink_drain_options usual = {.timeout_ms = 7000, .spread_ms = 5};

/* Reads parameters, names and values in turn up to a NULL; "" for what was good. */
static const char *read_all(struct brink_admin_request *request, const char *path,
                            const char *const *parameters)
{
    static struct brink_message why;
    why.text[0] = '\0';
    brink_admin_request_init(request, brink_admin_endpoint_find(path), &usual);
    for (; parameters[0] != NULL; parameters += 2) {
        if (brink_failed(brink_admin_request_take(request, parameters[0], parameters[1], &why)))
            return why.text;
    }
    if (brink_failed(brink_admin_request_finish(request, &why)))
        return why.text;
    return "";
}

#define READ(request, path, ...) read_all(request, path, (const char *[]){__VA_ARGS__, NULL, NULL})

static void assert_tells(const char *told, const char *part)
{
    if (part[0] == '\0' ? told[0] != '\0' : strstr(told, part) == NULL)
        fail_msg("not \"%s\" but \"%s\"", part, told);
}

static void each_path_is_found(void **state)
{
    (void)state;
    assert_int_equal(brink_admin_endpoint_find("/"), BRINK_ADMIN_PAGE);
    assert_int_equal(brink_admin_endpoint_find("/clients.json"), BRINK_ADMIN_CLIENTS);
    assert_int_equal(brink_admin_endpoint_find("/log"), BRINK_ADMIN_LOG);
    assert_int_equal(brink_admin_endpoint_find("/drain/"), BRINK_ADMIN_NOWHERE);
    assert_int_equal(brink_admin_endpoint_find(""), BRINK_ADMIN_NOWHERE);
    assert_false(brink_admin_endpoint_is_command(BRINK_ADMIN_NOWHERE));
    assert_false(brink_admin_endpoint_is_command(BRINK_ADMIN_CLIENTS));
    assert_true(brink_admin_endpoint_is_command(BRINK_ADMIN_DRAIN));
    assert_true(brink_admin_endpoint_is_command(BRINK_ADMIN_LOG));
}

static void drains_are_of_one_thing(void **state)
{
    (void)state;
    struct brink_admin_request request;
    assert_tells(READ(&request, "/drain", NULL), "");
    assert_true(request.plain);
    assert_int_equal(request.drain.timeout_ms, 7000);
    assert_tells(READ(&request, "/drain", "listener", "a b", "policy", "boundary", "timeout", "3s",
                      "spread", "250ms"),
                 "");
    assert_string_equal(request.listener, "a b");
    assert_false(request.plain);
    assert_int_equal(request.drain.policy, BRINK_DRAIN_POLICY_BOUNDARY);
    assert_int_equal(request.drain.timeout_ms, 3000);
    assert_int_equal(request.drain.spread_ms, 250);
    assert_tells(READ(&request, "/drain", "upstream", "u", "server", "s"), "");
    assert_string_equal(request.upstream, "u");
    assert_string_equal(request.server, "s");
    assert_tells(READ(&request, "/drain", "client", "1f", "policy", "now"), "");
    assert_true(request.client.value == 0x1f);
    assert_int_equal(request.drain.policy, BRINK_DRAIN_POLICY_NOW);
    assert_tells(READ(&request, "/drain", "client", "1f", "listener", "l"), "one thing at a time");
    assert_tells(READ(&request, "/drain", "upstream", "u"), "two parameters: upstream and server");
    assert_tells(READ(&request, "/drain", "server", "s"), "two parameters: upstream and server");
    assert_tells(READ(&request, "/undrain", "listener", "l"), "");
    assert_tells(READ(&request, "/undrain", NULL), "undrain what?");
    assert_tells(READ(&request, "/undrain", "client", "1"), "/undrain does not know \"client\"");
}

static void what_is_missing_or_wrong_is_told(void **state)
{
    (void)state;
    struct brink_admin_request request;
    assert_tells(READ(&request, "/weight", "upstream", "u", "server", "s", "weight", "0"), "");
    assert_int_equal(request.weight, 0);
    assert_tells(READ(&request, "/weight", "upstream", "u", "server", "s"), "/weight needs weight");
    assert_tells(READ(&request, "/weight", "upstream", "u", "server", "s", "weight", "257"),
                 "weight: ");
    assert_tells(READ(&request, "/weight", "weight", "1", "weight", "2"), "weight is given twice");
    assert_tells(READ(&request, "/close", "now", NULL), "/close needs client");
    assert_tells(READ(&request, "/close", "client", "a", "now", NULL), "");
    assert_true(request.now);
    assert_tells(READ(&request, "/close", "client", "a", "now", "no"), "");
    assert_false(request.now);
    assert_tells(READ(&request, "/close", "client", "a", "now", "perhaps"), "now: ");
    assert_tells(READ(&request, "/log", "level", "warn"), "");
    assert_int_equal(request.level, BRINK_LOG_WARN);
    assert_tells(READ(&request, "/log", "level", NULL), "level: \"\": unknown level");
    assert_tells(READ(&request, "/drain", "policy", "idel"), "policy: ");
    assert_tells(READ(&request, "/drain", "timeout", "3"), "timeout: ");
    assert_tells(READ(&request, "/drain", "time", "3"),
                 "/drain does not know \"time\"; it takes listener, upstream, server, client, "
                 "policy, timeout, spread");
    assert_tells(READ(&request, "/reload", "x", "y"), "nor any other parameter");
    assert_tells(READ(&request, "/clients.json", "limit", "0"), "limit: ");
    assert_tells(READ(&request, "/clients.json", "limit", "7"), "");
    assert_int_equal(request.limit, 7);
    assert_tells(READ(&request, "/metrics", "x", "y", "x", NULL), ""); /* it means nothing there */
}

static void ids_of_clients_are_read_as_they_are_written(void **state)
{
    (void)state;
    static const uint64_t ids[] = {1, 0xabc, UINT64_MAX};
    static const char *const bad[] = {"", "0", "0x1", "AB", "1 ", "g", "11112222333344445", "000"};
    char text[BRINK_ADMIN_CLIENT_TEXT];
    struct brink_message why;
    brink_stream_id id;
    for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++) {
        (void)brink_admin_client_format((brink_stream_id){ids[i]}, text);
        assert_false(brink_failed(brink_admin_client_parse(text, &id, &why)));
        assert_true(id.value == ids[i]);
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_true(brink_failed(brink_admin_client_parse(bad[i], &id, &why)));
    assert_non_null(strstr(why.text, "is no client's id"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_path_is_found),
        cmocka_unit_test(drains_are_of_one_thing),
        cmocka_unit_test(what_is_missing_or_wrong_is_told),
        cmocka_unit_test(ids_of_clients_are_read_as_they_are_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
