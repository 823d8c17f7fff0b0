/* A server's options, whichever way they were written. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "server/view.h"

static void the_plain_form_is_one_listener(void **state)
{
    (void)state;
    struct brink_server_options options;
    struct brink_view view;
    struct brink_stream_handler handler = {0};
    int context;
    brink_server_options_init(&options);
    options.listen[0] = "127.0.0.1:1";
    options.listen[1] = "127.0.0.1:2";
    options.listen_count = 2;
    options.handler = &handler;
    options.context = &context;
    options.idle_ms = 1;
    options.frame_ms = 2;
    options.high_bytes = 30;
    options.low_bytes = 10;
    assert_int_equal(brink_spec_parse(&options.spec, "u16be", 0, NULL).err, 0);
    brink_view_init(&view, &options);
    assert_int_equal(view.listener_count, 1);
    assert_int_equal(view.upstream_count, 0);
    const struct brink_listener_options *listener = &view.listeners[0];
    assert_string_equal(listener->name, "");
    assert_int_equal(listener->service, BRINK_SERVICE_FRAMES);
    assert_int_equal(listener->listen_count, 2);
    assert_string_equal(listener->listen[1], "127.0.0.1:2");
    assert_ptr_equal(listener->handler, &handler);
    assert_ptr_equal(listener->context, &context);
    assert_int_equal(listener->idle_ms, 1);
    assert_int_equal(listener->frame_ms, 2);
    assert_int_equal(listener->high_bytes, 30);
    assert_int_equal(listener->low_bytes, 10);
    assert_string_equal(listener->spec.name, "u16be");
}

static void a_plain_relay_has_a_group_of_one(void **state)
{
    (void)state;
    struct brink_server_options options;
    struct brink_view view;
    brink_server_options_init(&options);
    options.service = BRINK_SERVICE_RELAY;
    options.listen[0] = "127.0.0.1:1";
    options.listen_count = 1;
    options.upstream = "127.0.0.1:9";
    options.connect_ms = 77;
    brink_view_init(&view, &options);
    const struct brink_upstream_options *upstream =
        brink_view_upstream(&view, view.listeners[0].upstream);
    assert_non_null(upstream);
    assert_int_equal(upstream->server_count, 1);
    assert_string_equal(upstream->servers[0].address, "127.0.0.1:9");
    assert_int_equal(upstream->servers[0].weight, 1);
    assert_int_equal(upstream->connect_ms, 77);
    assert_int_equal(upstream->eject.connect_failures, 0); /* there is no other */
    assert_int_equal(upstream->health.interval_ms, 0);
    assert_false(upstream->rehome);
}

static void lists_are_seen_as_they_are(void **state)
{
    (void)state;
    struct brink_server_options options;
    struct brink_view view;
    struct brink_listener_options listeners[2];
    struct brink_upstream_options upstreams[2] = {{.name = "a"}, {.name = "b"}};
    brink_server_options_init(&options);
    options.listeners = listeners;
    options.listener_count = 2;
    options.upstreams = upstreams;
    options.upstream_count = 2;
    brink_view_init(&view, &options);
    assert_ptr_equal(view.listeners, listeners);
    assert_int_equal(view.listener_count, 2);
    assert_ptr_equal(brink_view_upstream(&view, "b"), &upstreams[1]);
    assert_null(brink_view_upstream(&view, "c"));
    assert_null(brink_view_upstream(&view, NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_plain_form_is_one_listener),
        cmocka_unit_test(a_plain_relay_has_a_group_of_one),
        cmocka_unit_test(lists_are_seen_as_they_are),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
