/* A session as its legs see it: who is blamed, how it ends, what it costs. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <sys/socket.h>

#include "support/rig.h"

#include "relay/echo.h"
#include "relay/endpoint.h"
#include "relay/pair.h"

static struct rig rig;

/* The one session of the rig, found as the drain finds it. */
static struct brink_session *the_session(void)
{
    for (uint32_t i = 0; i < rig.loop.slots.room; i++) {
        struct brink_source *source = brink_slots_get(&rig.loop.slots, i);
        if (source != NULL && source->ops->reclaim == brink_leg_reclaim)
            return brink_session_of(brink_stream_of_source(source));
    }
    fail_msg("there is no session");
    return NULL;
}

static void the_first_blame_stands(void **state)
{
    (void)state;
    rig_init(&rig);
    rig_start(&rig, &brink_echo_kind);
    int client = rig_connect(&rig);
    struct brink_session *session = the_session();
    brink_session_blame(session, BRINK_REASON_CLIENT_CLOSED, BRINK_SIDE_CLIENT, 0);
    brink_session_blame(session, BRINK_REASON_UPSTREAM_CLOSED, BRINK_SIDE_UPSTREAM, 5);
    brink_session_close(session, BRINK_REASON_NONE, BRINK_SIDE_UPSTREAM, 0);
    brink_session_close(session, BRINK_REASON_IDLE_TIMEOUT, BRINK_SIDE_UPSTREAM, 0);
    rig_expect_end(&rig, client);
    (void)close(client);
    rig_until_gone(&rig, 1);
    assert_true(rig_logged(&rig, "reason=client-closed side=client"));
    rig_stop(&rig);
}

static void a_pairs_legs_know_each_other(void **state)
{
    (void)state;
    rig_init(&rig);
    rig_listen_upstream(&rig);
    rig_start(&rig, &brink_pair_kind);
    int client = rig_connect(&rig);
    int upstream = rig_accept_upstream(&rig);
    rig_turn(&rig);
    struct brink_session *session = the_session();
    struct brink_leg *first = brink_session_leg(session, 0);
    struct brink_leg *second = brink_session_leg(session, 1);
    assert_ptr_equal(brink_session_other(session, first), second);
    assert_ptr_equal(brink_session_other(session, second), first);
    assert_ptr_equal(brink_session_of(&first->stream), session);
    assert_ptr_equal(brink_session_of(&second->stream), session);
    assert_int_equal(brink_leg_side(first), BRINK_SIDE_CLIENT);
    assert_int_equal(brink_leg_side(second), BRINK_SIDE_UPSTREAM);
    (void)close(client);
    (void)close(upstream);
    rig_until_gone(&rig, 1);
    rig_stop(&rig);
}

static void cutting_loses_what_is_queued_and_resets(void **state)
{
    (void)state;
    static uint8_t piece[65536];
    rig_init(&rig);
    rig_listen_upstream(&rig);
    rig_start(&rig, &brink_pair_kind);
    int client = rig_connect(&rig);
    int upstream = rig_accept_upstream(&rig);
    rig_send(&rig, client, "\xfc\xff\xff\0", 4);
    for (int i = 0; i < 200; i++) {
        while (send(client, piece, sizeof piece, MSG_DONTWAIT) > 0)
            continue;
        rig_turn(&rig);
    }
    assert_true(brink_counter_read(&rig.service.io.buffers->segments.in_use) > 0);
    brink_session_cut(the_session(), BRINK_REASON_DRAIN_DEADLINE);
    rig_turn(&rig);
    assert_int_equal(rig.gone, 1);
    assert_int_equal(brink_counter_read(&rig.service.io.buffers->segments.in_use), 0);
    ssize_t n;
    do
        n = recv(upstream, piece, sizeof piece, MSG_DONTWAIT);
    while (n > 0);
    assert_int_equal(errno, ECONNRESET);
    (void)close(client);
    (void)close(upstream);
    rig_stop(&rig);
}

/* With its timer and its slots in the loop's table an idle connection has a budget of memory. */
static void an_idle_connection_is_small(void **state)
{
    (void)state;
    size_t each = brink_timer_size() + sizeof(uintptr_t);
    size_t echo = brink_echo_kind.session_size + each;
    size_t pair = brink_pair_kind.session_size + each + sizeof(uintptr_t);
    print_message("bytes: echo %zu, pair %zu, endpoint %zu\n", echo, pair,
                  brink_endpoint_kind.session_size + each);
    assert_true(echo <= 184);
    assert_true(pair <= 352);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_blame_stands),
        cmocka_unit_test(a_pairs_legs_know_each_other),
        cmocka_unit_test(cutting_loses_what_is_queued_and_resets),
        cmocka_unit_test(an_idle_connection_is_small),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
