/* The defaults of a listener. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "brink/listener.h"

static void by_default_a_listener_relays_without_limits(void **state)
{
    (void)state;
    struct brink_listener_options options;
    brink_listener_options_init(&options);
    assert_int_equal(options.service, BRINK_SERVICE_RELAY);
    assert_int_equal(options.idle_ms, 60000);
    assert_int_equal(options.accept_proxy, BRINK_PROXY_ACCEPT_NONE);
    assert_int_equal(options.limits.client_bytes.per_second, 0);
    assert_false(brink_spec_raw(&options.spec));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(by_default_a_listener_relays_without_limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
