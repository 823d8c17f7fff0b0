/* Names that are meant, options that do not go together. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "written.h"

static void a_relay_has_an_upstream(void **state)
{
    (void)state;
    assert_tells("listener \"l\" { address = :1 }", "a relay needs an upstream");
    assert_tells(LISTENER("") "upstream \"v\" { server = a:1 }", "no upstream is called \"u\"");
    assert_tells("listener \"l\" { address = :1; upstream = databse }\nupstream \"database\" { "
                 "server = a:1 }",
                 "did you mean \"database\"?");
    assert_tells(LISTENER("service = echo") UPSTREAM(""), "echo has no upstream");
    assert_tells("listener \"e\" { address = :1; service = echo; accept-proxy = required }",
                 "PROXY headers are accepted by relays only");
    assert_tells("listener \"l\" { upstream = u }" UPSTREAM(""), "the listener has no address");
}

static void what_is_missing_is_told_beside_other_mistakes(void **state)
{
    (void)state;
    struct brink_config *config =
        written_config("listener \"l\" { frame = nonsense; idle-timeout = x }");
    assert_int_equal(config->problems.errors, 4); /* those, the address, and the upstream */
    brink_config_free(config);
    config = written_config("listener \"l\" { adress = :1; upstream = , }\n" UPSTREAM(""));
    assert_int_equal(config->problems.errors, 2); /* it is misspelt, not missing */
    brink_config_free(config);
}

static void an_upstream_that_nobody_uses_is_a_warning(void **state)
{
    (void)state;
    struct brink_config *config =
        written_config(LISTENER("") UPSTREAM("") "upstream \"v\" { server = a:1 }");
    assert_int_equal(config->problems.errors, 0);
    assert_int_equal(config->problems.warnings, 1);
    assert_non_null(strstr(config->problems.list[0].what.text, "no listener uses upstream \"v\""));
    brink_config_free(config);
}

static void clients_are_not_moved_where_frames_have_state(void **state)
{
    (void)state;
    assert_tells(LISTENER("frame = postgres") UPSTREAM("rehome = yes"),
                 "keeps state per connection");
    assert_tells(LISTENER("frame = raw") UPSTREAM("rehome = yes"), "raw bytes have no boundary");
    brink_config_free(assert_good(LISTENER("frame = dns") UPSTREAM("rehome = yes")));
}

static void watermarks(void **state)
{
    (void)state;
    assert_tells(LISTENER("queue-high = 1KiB; queue-low = 1KiB") UPSTREAM(""),
                 "queue-low (1024 bytes) must be below");
    assert_tells(LISTENER("queue-high = 3") UPSTREAM(""),
                 "queue-high is 3 bytes, but a header of \"u32le\" has 4");
    assert_tells("buffer-memory = 1KiB\n" LISTENER("queue-high = 2KiB") UPSTREAM(""),
                 "more than buffer-memory");
    assert_tells("buffer-memory = 0\n" LISTENER("") UPSTREAM(""), "buffer-memory is 0");
    brink_config_free(assert_good(LISTENER("queue-high = 4") UPSTREAM("")));
}

static void what_has_no_effect_is_a_warning(void **state)
{
    (void)state;
    assert_tells(LISTENER("trusted = ::1") UPSTREAM(""), "warning: trusted has no effect");
    assert_tells(LISTENER("accept-proxy = optional") UPSTREAM(""),
                 "warning: accept-proxy = optional believes any");
    assert_tells("max-clients = 5\n" LISTENER("limits { clients = 6 }") UPSTREAM(""),
                 "warning: limits allow more");
    assert_tells(LISTENER("frame = raw; frame-timeout = 1s") UPSTREAM(""),
                 "warning: frame-timeout has no effect");
    assert_tells(LISTENER("frame = raw; first-frame-timeout = 1s") UPSTREAM(""),
                 "warning: first-frame-timeout has no effect");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_relay_has_an_upstream),
        cmocka_unit_test(what_is_missing_is_told_beside_other_mistakes),
        cmocka_unit_test(an_upstream_that_nobody_uses_is_a_warning),
        cmocka_unit_test(clients_are_not_moved_where_frames_have_state),
        cmocka_unit_test(watermarks),
        cmocka_unit_test(what_has_no_effect_is_a_warning),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
