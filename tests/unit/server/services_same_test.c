/* Every option of a listener is looked at. */
#include "support/reloads.h"

#include <string.h>

#include "server/services.h"
#include "server/view.h"

static struct reloads wanted;
static struct brink_arena arena;
static struct brink_view view;

static void open_services(struct brink_services *services)
{
    struct brink_groups groups = {0};
    struct brink_message why;
    brink_view_init(&view, &wanted.options);
    assert_int_equal(
        brink_services_open(services, &arena, &view, &groups, &wanted.options, 1, &why).err, 0);
}

/* Whether it is the same as before `change`, which is undone. */
static bool is_same_after(void (*change)(struct brink_listener_options *listener))
{
    struct brink_services before;
    struct brink_services after;
    struct brink_listener_options *listener = &wanted.listeners[0];
    struct brink_listener_options kept = *listener;
    open_services(&before);
    if (change != NULL)
        change(listener);
    open_services(&after);
    bool same = brink_services_same(&before.all[0], &after.all[0]);
    assert_int_equal(brink_services_same(&after.all[0], &before.all[0]), same);
    *listener = kept;
    brink_services_close(&before);
    brink_services_close(&after);
    return same;
}

#define CHANGE(name, statement)                                                                    \
    static void name(struct brink_listener_options *listener)                                      \
    {                                                                                              \
        statement;                                                                                 \
    }

static const char *const one_prefix[] = {"10.0.0.0/8"};
static const char *const other_prefix[] = {"10.0.0.0/9"};
static const struct brink_stream_handler handler;
static int context;

CHANGE(service, listener->service = BRINK_SERVICE_FRAMES)
CHANGE(the_handler, listener->handler = &handler)
CHANGE(the_context, listener->context = &context)
CHANGE(spec_max, listener->spec.request.frame.max = 5)
CHANGE(spec_name, listener->spec.name[0] = 'x')
CHANGE(idle, listener->idle_ms = 5)
CHANGE(first_frame, listener->first_frame_ms = 5)
CHANGE(frame, listener->frame_ms = 5)
CHANGE(half_closed, listener->half_closed_ms = 5)
CHANGE(max_age, listener->max_age_ms = 5)
CHANGE(high, listener->high_bytes = 500)
CHANGE(low, listener->low_bytes = 5)
CHANGE(accept_proxy, listener->accept_proxy = BRINK_PROXY_ACCEPT_REQUIRED)
CHANGE(proxy, listener->proxy_ms = 5)
CHANGE(trusted, listener->trusted = other_prefix)
CHANGE(allow, listener->allow_count = 0)
CHANGE(deny, listener->deny = other_prefix)
CHANGE(max_clients, listener->limits.max_clients = 5)
CHANGE(max_per_source, listener->limits.max_per_source = 5)
CHANGE(bits_v4, listener->limits.source_bits_v4 = 5)
CHANGE(bits_v6, listener->limits.source_bits_v6 = 5)
CHANGE(connections, listener->limits.connections.per_second = 5)
CHANGE(frames, listener->limits.frames.per_second = 5)
CHANGE(bytes, listener->limits.bytes.burst = 5)
CHANGE(client_frames, listener->limits.client_frames.burst = 5)
CHANGE(client_bytes, listener->limits.client_bytes.per_second = 5)
CHANGE(over_rate, listener->limits.over_rate = BRINK_OVER_RATE_CLOSE)
CHANGE(refused, listener->goodbye_refused.size = 2)
CHANGE(drained, listener->goodbye_drained.data = (const uint8_t *)"byx")
CHANGE(oversize, listener->goodbye_oversize.size = 0)

static void (*const changes[])(struct brink_listener_options *listener) = {
    service,        the_handler,  the_context, spec_max,    spec_name, idle,
    first_frame,    frame,        half_closed, max_age,     high,      low,
    accept_proxy,   proxy,        trusted,     allow,       deny,      max_clients,
    max_per_source, bits_v4,      bits_v6,     connections, frames,    bytes,
    client_frames,  client_bytes, over_rate,   refused,     drained,   oversize};

static void prepare(void)
{
    static const struct brink_bytes bye = {(const uint8_t *)"bye", 3};
    reloads_init(&wanted);
    struct brink_listener_options *listener =
        reloads_listener(&wanted, "echo", BRINK_SERVICE_ECHO, "127.0.0.1:0");
    listener->trusted = listener->allow = listener->deny = one_prefix;
    listener->trusted_count = listener->allow_count = listener->deny_count = 1;
    listener->goodbye_refused = listener->goodbye_drained = listener->goodbye_oversize = bye;
    listener->high_bytes = 100;
    listener->low_bytes = 10;
    assert_int_equal(brink_arena_open(&arena).err, 0);
}

static void each_change_is_seen(void **state)
{
    (void)state;
    prepare();
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++)
        if (is_same_after(changes[i]))
            fail_msg("change %zu is not seen", i);
    brink_arena_close(&arena);
}

CHANGE(addresses, listener->listen = one_prefix)

/* Where it listens is another matter. */
static void the_same_is_the_same(void **state)
{
    (void)state;
    prepare();
    assert_true(is_same_after(NULL));
    assert_true(is_same_after(addresses));
    brink_arena_close(&arena);
}

enum { SIZE = 656 }; /* of the options that are compared */

static void no_option_is_forgotten(void **state)
{
    (void)state;
    if (sizeof(struct brink_listener_options) != SIZE)
        fail_msg("the options are %zu bytes now: compare what is new in services_same.c, add it to "
                 "the changes above, and set SIZE",
                 sizeof(struct brink_listener_options));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_change_is_seen),
        cmocka_unit_test(the_same_is_the_same),
        cmocka_unit_test(no_option_is_forgotten),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
