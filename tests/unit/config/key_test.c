/* What a table makes of a section: values, unknown keys, keys that stand twice. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "written.h"

static void values_reach_their_fields(void **state)
{
    (void)state;
    struct brink_config *config = assert_good(
        "workers = 3\ndispatch = shared; max-clients = 7\nbuffer-memory = 1MiB\n"
        "drain-timeout = 5s; upgrade-timeout = 2m; log-level = debug; log-format = json\n"
        "user = brink; group = adm; sandbox = no\n"
        "log-file = \"logs/my log\"\n" LISTENER("") UPSTREAM(""));
    assert_int_equal(config->server.workers, 3);
    assert_int_equal(config->server.dispatch, BRINK_DISPATCH_SHARED);
    assert_int_equal(config->server.max_clients, 7);
    assert_int_equal(config->server.buffer_memory, 1 << 20);
    assert_int_equal(config->drain.timeout_ms, 5000);
    assert_int_equal(config->upgrade_ms, 120000);
    assert_int_equal(config->log_level, BRINK_LOG_DEBUG);
    assert_int_equal(config->log_format, BRINK_LOG_FORMAT_JSON);
    assert_string_equal(config->log_file, "logs/my log");
    assert_string_equal(config->user, "brink");
    assert_string_equal(config->group, "adm");
    assert_false(config->sandbox);
    brink_config_free(config);
}

static void unknown_keys_are_told_with_their_section(void **state)
{
    (void)state;
    assert_tells("workrs = 1",
                 "conf:1: unknown key \"workrs\" in the top level; did you mean \"workers\"?");
    assert_tells("\nlistener \"x\" {\nlimits { client = 1 } }",
                 "conf:3: unknown key \"client\" in limits; did you mean \"clients\"?");
    assert_tells("listner \"x\" { }",
                 "unknown section \"listner\" in the top level; did you mean \"listener\"?");
    assert_tells("upstream \"x\" { xyzzy = 1 }",
                 "unknown key \"xyzzy\" in upstream \"x\"; brink.conf(5)");
    assert_tells("workers { }", "workers is a key, not a section");
    assert_tells("upstream \"x\" { health = 1 }", "health is a section, not a key");
}

static void a_key_stands_once_but_lists_grow(void **state)
{
    (void)state;
    assert_tells("workers = 1\nworkers = 2",
                 "conf:2: workers stands twice in the top level, first at conf:1");
    struct brink_config *config =
        assert_good(LISTENER("allow = ::1\nallow = 10.0.0.1, 10.0.0.2") UPSTREAM(""));
    const struct brink_listener_options *listener = &config->server.listeners[0];
    assert_int_equal(listener->allow_count, 3);
    assert_string_equal(listener->allow[0], "::1");
    assert_string_equal(listener->allow[2], "10.0.0.2");
    brink_config_free(config);
}

static void values_are_refused_with_their_key(void **state)
{
    (void)state;
    assert_tells("workers = 65", "workers: \"65\": write a whole number from 0 to 64");
    assert_tells("workers = 1, 2", "workers takes one value");
    assert_tells("buffer-memory = 1XB", "buffer-memory: \"1XB\": unknown unit");
    assert_tells("drain-timeout = 5", "drain-timeout: \"5\": the unit is missing");
    assert_tells("log-format = xml", "log-format: \"xml\": write logfmt or json");
    assert_tells("log-file = \"\"", "log-file needs a path");
    assert_tells("user = \"\"", "user: \"\": no name; write one");
    assert_tells("group = adm", "group without user; write user = NAME, too");
    assert_tells("sandbox = maybe", "sandbox: \"maybe\"");
    assert_tells("log-level = loud", "log-level: \"loud\": write error, warn, info or debug");
    assert_tells(LISTENER("allow = ::1, x"), "allow: \"x\" is no prefix");
    assert_tells(LISTENER("address = :2,:3,:4,:5,:6,:7,:8,:9,:10,:11,:12,:13,:14,:15,:16,:17"),
                 "address has more than 16 values");
    assert_tells(UPSTREAM("file = \"\""), "file needs a path");
    assert_tells("listener \"l\" { upstream = \"\" }", "upstream: it is empty");
    assert_tells(UPSTREAM("dns-min = 0"), "dns-min: \"0\" is too short");
    assert_tells(UPSTREAM("rehome = maybe"), "rehome: \"maybe\": write yes or no");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_reach_their_fields),
        cmocka_unit_test(unknown_keys_are_told_with_their_section),
        cmocka_unit_test(a_key_stands_once_but_lists_grow),
        cmocka_unit_test(values_are_refused_with_their_key),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
