/* Sessions that leave for another process: when they may, and that nobody notices. */
#include "two_rigs.h"

#include <string.h>

#define FRAME "\2\0\0\0hi"

static void exchange(struct rig *rig, int client, int upstream)
{
    rig_send(rig, client, FRAME, 6);
    rig_expect(rig, upstream, FRAME, 6);
    rig_send(rig, upstream, "\1\0\0\0x", 5);
    rig_expect(rig, client, "\1\0\0\0x", 5);
}

static void pair_goes_on(enum brink_arming before, enum brink_arming after)
{
    rigs_init();
    old.options.arming = before;
    young.options.arming = after;
    rigs_start(&brink_pair_kind);
    int client = rig_connect(&old);
    int upstream = rig_accept_upstream(&old);
    exchange(&old, client, upstream);
    hand_over();
    assert_int_equal(brink_counter_read(&old.service.stats.sessions), 0);
    assert_int_equal(brink_counter_read(&old.service.stats.closed[BRINK_REASON_HANDED_OVER]), 1);
    assert_int_equal(old.gone, 1);
    assert_true(rig_logged(&old, "reason=handed-over side=client"));
    exchange(&young, client, upstream);
    leave(&young, client, upstream);
    /* of its whole life */
    assert_true(rig_logged(&young, "client_bytes=12 client_frames=2 upstream_bytes=10 "
                                   "upstream_frames=2"));
    assert_int_equal(brink_counter_read(&young.service.stats.bytes[BRINK_SIDE_CLIENT]), 6);
    assert_int_equal(brink_counter_read(&young.service.stats.accepted), 0);
    assert_int_equal(brink_counter_read(&young.service.stats.probes), 0);
    rigs_stop();
}

static void a_pair_goes_on_elsewhere(void **state)
{
    (void)state;
    pair_goes_on(BRINK_ARM_EDGE, BRINK_ARM_EDGE);
    pair_goes_on(BRINK_ARM_ONESHOT, BRINK_ARM_EDGE);
    pair_goes_on(BRINK_ARM_EDGE, BRINK_ARM_ONESHOT);
    pair_goes_on(BRINK_ARM_ONESHOT, BRINK_ARM_ONESHOT);
}

static void so_does_an_echo(void **state)
{
    (void)state;
    rigs_init();
    rigs_start(&brink_echo_kind);
    int client = rig_connect(&old);
    rig_send(&old, client, FRAME, 6);
    rig_expect(&old, client, FRAME, 6);
    hand_over();
    rig_send(&young, client, FRAME, 6);
    rig_expect(&young, client, FRAME, 6);
    leave(&young, client, -1);
    assert_true(rig_logged(&young, "client_bytes=12 client_frames=2 sent_bytes=12"));
    rigs_stop();
}

static void a_frame_begun_is_finished_first(void **state)
{
    (void)state;
    struct brink_parcel parcel;
    rigs_init();
    rigs_start(&brink_pair_kind);
    int client = rig_connect(&old);
    int upstream = rig_accept_upstream(&old);
    rig_send(&old, client, "\4\0\0\0ab", 6);
    rig_expect(&old, upstream, "\4\0\0\0ab", 6);
    brink_handover_begin(&old.service);
    assert_false(take_one(&old, &parcel));
    rig_send(&old, client, "cd" FRAME, 8); /* the next one is not read here any more */
    rig_expect(&old, upstream, "cd", 2);
    rig_expect_silence(&old, upstream);
    rig_send(&old, upstream, "\2", 1); /* nor is this */
    assert_true(take_one(&old, &parcel));
    take_over(&young, &parcel);
    brink_handover_confirm(&old.service);
    rig_expect(&young, upstream, FRAME, 6);
    rig_send(&young, upstream, "\0\0\0ok", 5);
    rig_expect(&young, client, "\2\0\0\0ok", 6);
    leave(&young, client, upstream);
    rigs_stop();
}

static void a_header_begun_is_finished_first(void **state)
{
    (void)state;
    struct brink_parcel parcel;
    rigs_init();
    rigs_start(&brink_pair_kind);
    int client = rig_connect(&old);
    int upstream = rig_accept_upstream(&old);
    rig_send(&old, client, "\2\0", 2);
    rig_expect_silence(&old, upstream);
    brink_handover_begin(&old.service);
    assert_false(take_one(&old, &parcel));
    rig_send(&old, client, "\0\0hi\1\0", 6);
    rig_expect(&old, upstream, FRAME, 6);
    hand_over();
    rig_send(&young, client, "\0\0z", 3);
    rig_expect(&young, upstream, "\1\0\0\0z", 5);
    leave(&young, client, upstream);
    rigs_stop();
}

static void what_is_queued_is_delivered_first(void **state)
{
    (void)state;
    static uint8_t large[1 << 24];
    struct brink_parcel parcel;
    rigs_init();
    rigs_start(&brink_echo_kind);
    int client = rig_connect(&old);
    size_t size = rig_frame(large, sizeof large - 4, 'l');
    size_t sent = 0;
    for (int tries = 0; tries < 1000; tries++) { /* until nothing moves any more */
        ssize_t n = send(client, large + sent, size - sent, MSG_DONTWAIT);
        sent += n > 0 ? (size_t)n : 0;
        rig_turn(&old);
    }
    assert_true(sent < size);
    brink_handover_begin(&old.service);
    assert_false(take_one(&old, &parcel));
    static uint8_t got[sizeof large];
    size_t have = 0;
    while (have < size) {
        ssize_t n = send(client, large + sent, size - sent, MSG_DONTWAIT);
        sent += n > 0 ? (size_t)n : 0;
        rig_turn(&old);
        n = recv(client, got + have, size - have, MSG_DONTWAIT);
        have += n > 0 ? (size_t)n : 0;
    }
    assert_memory_equal(got, large, size);
    hand_over();
    rig_send(&young, client, FRAME, 6);
    rig_expect(&young, client, FRAME, 6);
    leave(&young, client, -1);
    rigs_stop();
}

static void one_that_has_half_ended_stays_and_goes_on(void **state)
{
    (void)state;
    struct brink_parcel parcel;
    rigs_init();
    rigs_start(&brink_pair_kind);
    int client = rig_connect(&old);
    int upstream = rig_accept_upstream(&old);
    rig_send(&old, client, FRAME, 6);
    rig_expect(&old, upstream, FRAME, 6);
    assert_int_equal(shutdown(client, SHUT_WR), 0);
    rig_expect_end(&old, upstream);
    brink_handover_begin(&old.service);
    assert_false(take_one(&old, &parcel));
    rig_send(&old, upstream, FRAME FRAME, 12);
    rig_expect(&old, client, FRAME FRAME, 12);
    assert_false(take_one(&old, &parcel));
    (void)close(upstream);
    rig_expect_end(&old, client);
    (void)close(client);
    rig_until_gone(&old, 1);
    rigs_stop();
}

static void one_that_half_ends_meanwhile_goes_on(void **state)
{
    (void)state;
    struct brink_parcel parcel;
    rigs_init();
    rigs_start(&brink_pair_kind);
    int client = rig_connect(&old);
    int upstream = rig_accept_upstream(&old);
    rig_send(&old, client, "\2\0", 2);
    brink_handover_begin(&old.service);
    assert_int_equal(shutdown(client, SHUT_WR), 0); /* within a header: it is cut */
    rig_expect_end(&old, upstream);
    rig_send(&old, upstream, FRAME FRAME, 12); /* answers to what was before */
    assert_false(take_one(&old, &parcel));
    rig_expect(&old, client, FRAME FRAME, 12);
    (void)close(upstream);
    rig_expect_end(&old, client);
    (void)close(client);
    rig_until_gone(&old, 1);
    rigs_stop();
}

static void one_that_is_being_connected_is_waited_for(void **state)
{
    (void)state;
    struct brink_parcel parcel;
    rigs_init();
    rigs_start(&brink_pair_kind);
    brink_handover_begin(&old.service);
    int client = rig_connect(&old);
    assert_int_equal(send(client, FRAME, 6, 0), 6);
    assert_false(take_one(&old, &parcel));
    int upstream = rig_accept_upstream(&old);
    for (int i = 0; i < 8; i++)
        rig_turn(&old);
    hand_over();
    rig_expect(&young, upstream, FRAME, 6);
    leave(&young, client, upstream);
    rigs_stop();
}

static void when_it_is_over_all_go_on(void **state)
{
    (void)state;
    rigs_init();
    rigs_start(&brink_pair_kind);
    int client = rig_connect(&old);
    int upstream = rig_accept_upstream(&old);
    exchange(&old, client, upstream);
    brink_handover_begin(&old.service);
    brink_handover_begin(&old.service);
    assert_int_equal(send(client, FRAME, 6, 0), 6);
    rig_expect_silence(&old, upstream);
    brink_handover_end(&old.service);
    brink_handover_end(&old.service);
    rig_expect(&old, upstream, FRAME, 6);
    exchange(&old, client, upstream);
    leave(&old, client, upstream);
    rigs_stop();
}

static void raw_bytes_have_boundaries_everywhere(void **state)
{
    (void)state;
    rigs_init();
    assert_int_equal(brink_spec_parse(&old.options.spec, "raw", 0, NULL).err, 0);
    young.options.spec = old.options.spec;
    rigs_start(&brink_pair_kind);
    int client = rig_connect(&old);
    int upstream = rig_accept_upstream(&old);
    rig_send(&old, client, "abc", 3);
    rig_expect(&old, upstream, "abc", 3);
    hand_over();
    rig_send(&young, client, "def", 3);
    rig_expect(&young, upstream, "def", 3);
    leave(&young, client, upstream);
    rigs_stop();
}

static void it_comes_back_where_it_is_not_wanted(void **state)
{
    (void)state;
    struct brink_parcel parcel;
    rigs_init();
    rigs_start(&brink_pair_kind);
    int client = rig_connect(&old);
    int upstream = rig_accept_upstream(&old);
    exchange(&old, client, upstream);
    brink_handover_begin(&old.service);
    assert_int_equal(send(client, FRAME, 6, 0), 6);
    assert_true(take_one(&old, &parcel));
    assert_int_equal(brink_counter_read(&old.service.stats.sessions), 1); /* it is counted still */
    struct brink_session *session;
    assert_int_equal(brink_adopt(&old.service, &parcel, &session).err, 0);
    brink_adopt_go_on(session);
    rig_expect_silence(&old, upstream); /* as long as sessions are handed over */
    brink_handover_end(&old.service);
    rig_expect(&old, upstream, FRAME, 6);
    leave(&old, client, upstream);
    assert_int_equal(brink_counter_read(&old.service.stats.closed[BRINK_REASON_HANDED_OVER]), 0);
    rigs_stop();
}

static void one_that_leaves_anyway_is_left_alone(void **state)
{
    (void)state;
    struct brink_parcel parcel;
    rigs_init();
    old.options.max_age_ms = 1000;
    rigs_start(&brink_pair_kind);
    int client = rig_connect(&old);
    int upstream = rig_accept_upstream(&old);
    rig_send(&old, client, FRAME, 6);
    rig_expect(&old, upstream, FRAME, 6);
    rig_forward(&old, 1002);
    brink_handover_begin(&old.service);
    assert_false(take_one(&old, &parcel));
    rig_send(&old, upstream, FRAME, 6); /* which it has waited for */
    rig_expect(&old, client, FRAME, 6);
    rig_forward(&old, 11);
    rig_expect_end(&old, client);
    rig_expect_end(&old, upstream);
    (void)close(client);
    (void)close(upstream);
    rig_until_gone(&old, 1);
    rigs_stop();
}

static void a_name_that_does_not_fit_keeps_it_here(void **state)
{
    (void)state;
    static char name[BRINK_PARCEL_NAME_MAX + 1];
    struct brink_parcel parcel;
    memset(name, 'n', BRINK_PARCEL_NAME_MAX);
    rigs_init();
    old.options.name = name;
    rigs_start(&brink_echo_kind);
    int client = rig_connect(&old);
    brink_handover_begin(&old.service);
    assert_false(take_one(&old, &parcel));
    brink_handover_end(&old.service);
    leave(&old, client, -1);
    rigs_stop();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_pair_goes_on_elsewhere),
        cmocka_unit_test(so_does_an_echo),
        cmocka_unit_test(a_frame_begun_is_finished_first),
        cmocka_unit_test(a_header_begun_is_finished_first),
        cmocka_unit_test(what_is_queued_is_delivered_first),
        cmocka_unit_test(one_that_has_half_ended_stays_and_goes_on),
        cmocka_unit_test(one_that_half_ends_meanwhile_goes_on),
        cmocka_unit_test(one_that_is_being_connected_is_waited_for),
        cmocka_unit_test(when_it_is_over_all_go_on),
        cmocka_unit_test(raw_bytes_have_boundaries_everywhere),
        cmocka_unit_test(it_comes_back_where_it_is_not_wanted),
        cmocka_unit_test(one_that_leaves_anyway_is_left_alone),
        cmocka_unit_test(a_name_that_does_not_fit_keeps_it_here),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
