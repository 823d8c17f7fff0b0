/* Servers, choices and times of an upstream. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "written.h"

static void servers(void **state)
{
    (void)state;
    struct brink_config *config = assert_good(
        LISTENER("") "upstream \"u\" { server = 10.0.0.1:1, h:2; server \"c\" { address = unix:/x; "
                     "weight = 9; max-connections = 5; backup = yes }\n"
                     "server = h:4; server { address = h:5 } }");
    const struct brink_upstream_options *upstream = &config->server.upstreams[0];
    assert_string_equal(upstream->name, "u");
    assert_int_equal(upstream->server_count, 5);
    assert_string_equal(upstream->servers[0].address, "10.0.0.1:1");
    assert_null(upstream->servers[1].name);
    assert_int_equal(upstream->servers[1].weight, 1);
    assert_string_equal(upstream->servers[2].name, "c");
    assert_int_equal(upstream->servers[2].weight, 9);
    assert_int_equal(upstream->servers[2].max_connections, 5);
    assert_true(upstream->servers[2].backup);
    assert_string_equal(upstream->servers[4].address, "h:5");
    brink_config_free(config);
}

static void options(void **state)
{
    (void)state;
    struct brink_config *config = assert_good(
        LISTENER("") UPSTREAM("dns = a:1; srv = _a._b.c; file = /f; dns-min = 2s; dns-max = 3s; "
                              "resolvers = 127.0.0.1:53, [::1]:54;"
                              "balance = source; connect-timeout = 1s;"
                              "tries = 2; queue = 5; queue-timeout = 7s; keepalive = 8s; "
                              "user-timeout = 9s; slow-start = 10s;"
                              "when-down = boundary; rehome = yes; send-proxy = v2;"
                              "health { interval = 1s; timeout = 500ms; rise = 4; fall = 5 };"
                              "eject { connect-failures = 1; resets = 2; reply-timeout = 3s; time "
                              "= 4s; time-max = 5s; percent = 6% }"));
    const struct brink_upstream_options *upstream = &config->server.upstreams[0];
    assert_string_equal(upstream->dns, "a:1");
    assert_string_equal(upstream->srv, "_a._b.c");
    assert_string_equal(upstream->file, "/f");
    assert_string_equal(upstream->resolvers, "127.0.0.1:53,[::1]:54");
    assert_int_equal(upstream->dns_min_ms, 2000);
    assert_int_equal(upstream->dns_max_ms, 3000);
    assert_int_equal(upstream->balance, BRINK_BALANCE_SOURCE);
    assert_int_equal(upstream->connect_ms, 1000);
    assert_int_equal(upstream->tries, 2);
    assert_int_equal(upstream->queue_max, 5);
    assert_int_equal(upstream->queue_ms, 7000);
    assert_int_equal(upstream->keepalive_ms, 8000);
    assert_int_equal(upstream->user_timeout_ms, 9000);
    assert_int_equal(upstream->slow_start_ms, 10000);
    assert_int_equal(upstream->when_down, BRINK_WHEN_DOWN_BOUNDARY);
    assert_int_equal(upstream->send_proxy, BRINK_PROXY_SEND_V2);
    assert_true(upstream->rehome);
    assert_int_equal(upstream->health.interval_ms, 1000);
    assert_int_equal(upstream->health.timeout_ms, 500);
    assert_int_equal(upstream->health.rise, 4);
    assert_int_equal(upstream->health.fall, 5);
    assert_int_equal(upstream->eject.connect_failures, 1);
    assert_int_equal(upstream->eject.resets, 2);
    assert_int_equal(upstream->eject.reply_ms, 3000);
    assert_int_equal(upstream->eject.base_ms, 4000);
    assert_int_equal(upstream->eject.max_ms, 5000);
    assert_int_equal(upstream->eject.max_percent, 6);
    brink_config_free(config);
}

static void a_health_section_means_checks(void **state)
{
    (void)state;
    struct brink_config *config = assert_good(LISTENER("") UPSTREAM("health { }"));
    assert_int_equal(config->server.upstreams[0].health.interval_ms, 5000);
    brink_config_free(config);
    config = assert_good(LISTENER("") UPSTREAM(""));
    assert_int_equal(config->server.upstreams[0].health.interval_ms, 0);
    brink_config_free(config);
}

static void a_file_is_relative_to_the_configuration(void **state)
{
    (void)state;
    const char *const files[] = {"/d/main", LISTENER("") UPSTREAM("file = s.txt"), NULL};
    struct written written = {files, NULL};
    struct brink_config_host host = written_host(&written);
    struct brink_config *config;
    assert_false(brink_failed(brink_config_read(&config, &host, "/d/main")));
    assert_string_equal(config->server.upstreams[0].file, "/d/s.txt");
    brink_config_free(config);
}

static void mistakes(void **state)
{
    (void)state;
    assert_tells("upstream \"u\" { }", "the upstream has no servers");
    assert_tells(UPSTREAM("server = 10.0.0.1:1"), "the server 10.0.0.1:1 stands twice");
    assert_tells(UPSTREAM("server \"a\" { address = b:1 }; server \"a\" { address = c:1 }"),
                 "two servers are called \"a\"");
    assert_tells(UPSTREAM("server \"a\" { }"), "the server lacks an address");
    assert_tells(UPSTREAM("server = x"), "server: \"x\" lacks a port");
    assert_tells(UPSTREAM("server \"a\" { address = b:1; weight = 257 }"), "weight: \"257\"");
    assert_tells(UPSTREAM("resolvers = ns.example.org:53"), "no address of a DNS server");
    assert_tells(UPSTREAM("dns-min = 2s; dns-max = 1s"), "dns-min is longer than dns-max");
    assert_tells(UPSTREAM("eject { time = 2s; time-max = 1s }"), "time is longer than time-max");
    assert_tells("upstream \"u\" { server \"a\" { address = b:1; weight = 0 } }",
                 "warning: all servers have the weight 0");
    assert_tells("upstream { server = b:1 }", "upstream needs a name");
}

static void servers_have_a_bound(void **state)
{
    (void)state;
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    (void)fprintf(out, "upstream \"u\" {\n");
    for (int i = 0; i < BRINK_UPSTREAM_SERVERS_MAX + 1; i++)
        (void)fprintf(out, "server = 10.0.%d.%d:1\n", i / 256, i % 256);
    (void)fprintf(out, "}\n");
    (void)fclose(out);
    assert_tells(text, "conf:1026: more than 1024 servers");
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(servers),
        cmocka_unit_test(options),
        cmocka_unit_test(a_health_section_means_checks),
        cmocka_unit_test(a_file_is_relative_to_the_configuration),
        cmocka_unit_test(mistakes),
        cmocka_unit_test(servers_have_a_bound),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
