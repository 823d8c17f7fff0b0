/* Leaving at frame boundaries. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <sys/socket.h>

#include "support/rig.h"

#include "relay/drain.h"
#include "relay/echo.h"
#include "relay/pair.h"

enum { DRAIN_MS = 20000 };

static struct rig rig;
static int client;
static int upstream;

static void couple(const char *spec)
{
    rig_init(&rig);
    assert_int_equal(brink_spec_parse(&rig.options.spec, spec, 0, NULL).err, 0);
    rig_listen_upstream(&rig);
    rig_start(&rig, &brink_pair_kind);
    client = rig_connect(&rig);
    upstream = rig_accept_upstream(&rig);
    rig_forward(&rig, 1); /* who is connected at the same time is taken for one who came late */
}

static void part(void)
{
    (void)close(client);
    (void)close(upstream);
    rig_until_gone(&rig, 1);
    rig_stop(&rig);
}

static void drain(enum brink_drain_policy policy)
{
    rig_drain(&rig, policy, DRAIN_MS);
}

static void look(void)
{
    for (int i = 0; i < 4; i++)
        rig_drain_look(&rig);
}

/* So much later. */
static void look_after(uint64_t ms)
{
    rig_forward(&rig, ms);
    look();
}

static bool is_closing(void)
{
    return brink_counter_read(&rig.service.stats.closed[BRINK_REASON_DRAINED]) > 0 ||
           brink_counter_read(&rig.service.stats.sessions) == 0;
}

static uint64_t cut(enum brink_side side)
{
    return brink_counter_read(&rig.service.stats.frames_cut[side]);
}

static uint64_t drain_cut(void)
{
    return brink_counter_read(&rig.service.stats.drain_cut);
}

static void ask(void)
{
    rig_send(&rig, client, "\1\0\0\0q", 5);
    rig_expect(&rig, upstream, "\1\0\0\0q", 5);
}

static void answer(void)
{
    rig_send(&rig, upstream, "\1\0\0\0r", 5);
    rig_expect(&rig, client, "\1\0\0\0r", 5);
}

/* --- idle --- */

static void an_idle_pair_leaves_at_once(void **state)
{
    (void)state;
    couple("u32le");
    drain(BRINK_DRAIN_POLICY_IDLE);
    rig_expect_end(&rig, client);
    rig_expect_end(&rig, upstream);
    part();
    assert_true(rig_logged(&rig, "reason=drained"));
}

static void a_reply_that_is_owed_is_waited_for(void **state)
{
    (void)state;
    couple("u32le");
    ask();
    drain(BRINK_DRAIN_POLICY_IDLE);
    look_after(5000);
    rig_expect_silence(&rig, client);
    answer();
    look();
    rig_expect_end(&rig, client);
    part();
    assert_true(rig_logged(&rig, "reason=drained"));
}

/* Also if it begins when the time is nearly over. */
static void a_late_reply_is_passed_on(void **state)
{
    (void)state;
    couple("u32le");
    ask();
    rig_send(&rig, upstream, "\4\0\0\0ab", 6);
    rig_expect(&rig, client, "\4\0\0\0ab", 6);
    drain(BRINK_DRAIN_POLICY_IDLE);
    look_after(DRAIN_MS * 9 / 10);
    rig_send(&rig, upstream, "cd", 2);
    rig_expect(&rig, client, "cd", 2);
    look();
    rig_expect_end(&rig, client);
    part();
    assert_int_equal(drain_cut(), 0);
    assert_int_equal(brink_counter_read(&rig.service.stats.frames[BRINK_SIDE_UPSTREAM]), 1);
}

static void a_request_begun_is_finished_and_the_next_not_read(void **state)
{
    (void)state;
    couple("u32le");
    rig_send(&rig, client, "\4\0\0\0ab", 6);
    rig_expect(&rig, upstream, "\4\0\0\0ab", 6);
    drain(BRINK_DRAIN_POLICY_IDLE);
    rig_send(&rig, client, "cd\1\0\0\0x", 7); /* its end, and another */
    rig_expect(&rig, upstream, "cd", 2);
    rig_expect_silence(&rig, upstream);
    answer();
    look();
    rig_expect_end(&rig, client);
    rig_expect_end(&rig, upstream);
    part();
    assert_int_equal(cut(BRINK_SIDE_CLIENT), 0);
}

static void one_way_traffic_leaves_after_a_quiet_while(void **state)
{
    (void)state;
    couple("u32le");
    ask();
    drain(BRINK_DRAIN_POLICY_IDLE);
    assert_false(is_closing());
    look_after(DRAIN_MS / 2 + 1);
    rig_expect_end(&rig, client);
    part();
    assert_true(rig_logged(&rig, "reason=drained"));
}

static void a_server_that_pushes_is_left_between_frames(void **state)
{
    (void)state;
    couple("u32le");
    rig_send(&rig, upstream, "\4\0\0\0ab", 6);
    rig_expect(&rig, client, "\4\0\0\0ab", 6);
    drain(BRINK_DRAIN_POLICY_IDLE);
    look_after(DRAIN_MS * 7 / 8);
    rig_expect_silence(&rig, client);
    rig_send(&rig, upstream, "cd\4\0\0\0xy", 8);
    rig_expect(&rig, client, "cd", 2);
    look();
    rig_expect_end(&rig, client); /* not a byte of the next */
    part();
    assert_int_equal(cut(BRINK_SIDE_UPSTREAM), 0);
}

/* Its state is in the connection: the next request may be on its way. */
static void a_pinned_pair_leaves_when_quiet(void **state)
{
    (void)state;
    couple("u32le,pin=yes");
    ask();
    answer();
    drain(BRINK_DRAIN_POLICY_IDLE);
    assert_false(is_closing());
    look_after(1001);
    rig_expect_end(&rig, client);
    part();
    assert_true(rig_logged(&rig, "reason=drained"));
}

static void raw_bytes_leave_when_quiet(void **state)
{
    (void)state;
    couple("raw");
    rig_send(&rig, client, "q", 1);
    rig_expect(&rig, upstream, "q", 1);
    drain(BRINK_DRAIN_POLICY_IDLE);
    assert_false(is_closing());
    rig_send(&rig, client, "more", 4);
    rig_expect(&rig, upstream, "more", 4);
    look_after(1001);
    rig_expect_end(&rig, client);
    part();
}

/* Its first request may be on its way already. */
static void who_is_connected_late_is_served_once(void **state)
{
    (void)state;
    rig_init(&rig);
    rig_listen_upstream(&rig);
    rig_start(&rig, &brink_pair_kind);
    client = rig_connect(&rig);
    rig_drain(&rig, BRINK_DRAIN_POLICY_IDLE, DRAIN_MS);
    upstream = rig_accept_upstream(&rig);
    rig_turn(&rig);
    look();
    ask();
    look();
    rig_send(&rig, client, "\1\0\0\0x", 5);
    rig_expect_silence(&rig, upstream);
    answer();
    look();
    rig_expect_end(&rig, client);
    part();
    assert_true(rig_logged(&rig, "reason=drained"));
    assert_int_equal(brink_counter_read(&rig.service.stats.frames[BRINK_SIDE_CLIENT]), 1);
}

static void who_is_connected_late_and_says_nothing_leaves(void **state)
{
    (void)state;
    rig_init(&rig);
    rig_listen_upstream(&rig);
    rig_start(&rig, &brink_pair_kind);
    client = rig_connect(&rig);
    rig_drain(&rig, BRINK_DRAIN_POLICY_IDLE, DRAIN_MS);
    upstream = rig_accept_upstream(&rig);
    rig_turn(&rig);
    look();
    rig_expect_silence(&rig, client);
    look_after(1001);
    rig_expect_end(&rig, client);
    part();
}

/* --- boundary, now --- */

static void at_a_boundary_no_reply_is_waited_for(void **state)
{
    (void)state;
    couple("u32le");
    ask();
    drain(BRINK_DRAIN_POLICY_BOUNDARY);
    rig_expect_end(&rig, client);
    part();
    assert_true(rig_logged(&rig, "reason=drained"));
    assert_int_equal(drain_cut(), 0);
}

static void to_a_boundary_both_sides_are_read(void **state)
{
    (void)state;
    couple("u32le");
    rig_send(&rig, client, "\4\0\0\0ab", 6);
    rig_expect(&rig, upstream, "\4\0\0\0ab", 6);
    rig_send(&rig, upstream, "\4\0\0\0ab", 6);
    rig_expect(&rig, client, "\4\0\0\0ab", 6);
    drain(BRINK_DRAIN_POLICY_BOUNDARY);
    assert_false(is_closing());
    rig_send(&rig, upstream, "cd\4\0\0\0xy", 8);
    rig_expect(&rig, client, "cd", 2);
    look();
    rig_expect_silence(&rig, client);
    rig_send(&rig, client, "cd\1\0\0\0x", 7);
    rig_expect(&rig, upstream, "cd", 2);
    look();
    rig_expect_end(&rig, upstream);
    part();
    assert_int_equal(cut(BRINK_SIDE_CLIENT) + cut(BRINK_SIDE_UPSTREAM), 0);
}

static void now_is_wherever_it_stands(void **state)
{
    (void)state;
    couple("u32le");
    rig_send(&rig, client, "\4\0\0\0ab", 6);
    rig_expect(&rig, upstream, "\4\0\0\0ab", 6);
    drain(BRINK_DRAIN_POLICY_NOW);
    rig_expect_error(&rig, upstream, ECONNRESET);
    part();
    assert_int_equal(drain_cut(), 1);
    assert_int_equal(cut(BRINK_SIDE_CLIENT), 1);
}

/* --- the deadline --- */

static void the_deadline_cuts_what_is_left(void **state)
{
    (void)state;
    couple("u32le");
    rig_send(&rig, client, "\4\0\0\0ab", 6);
    rig_expect(&rig, upstream, "\4\0\0\0ab", 6);
    drain(BRINK_DRAIN_POLICY_IDLE);
    look_after(DRAIN_MS - 1000);
    assert_int_equal(drain_cut(), 0);
    look_after(1000);
    rig_expect_error(&rig, upstream, ECONNRESET);
    assert_int_equal(drain_cut(), 1);
    assert_int_equal(cut(BRINK_SIDE_CLIENT), 1);
    rig_until_gone(&rig, 1);
    assert_true(rig_logged(&rig, "client_missing=2 upstream_missing=0 client_undelivered=0 "
                                 "upstream_undelivered=0 unanswered=0"));
    assert_true(rig_logged(&rig, "reason=drain-deadline"));
    part();
}

/* Whole as they are, their receiver has not got them. */
static void what_is_queued_then_is_lost_and_counted(void **state)
{
    (void)state;
    enum { PAYLOAD = 65532, FRAMES = 128 };
    static uint8_t frame[PAYLOAD + 4];
    couple("u32le");
    rig.service.io.high_bytes = 12 << 20;
    size_t size = rig_frame(frame, PAYLOAD, 'r');
    for (int i = 0; i < FRAMES; i++) /* the client does not read */
        rig_send(&rig, upstream, frame, size);
    rig_forward(&rig, 1);
    drain(BRINK_DRAIN_POLICY_IDLE);
    look_after(DRAIN_MS);
    assert_int_equal(drain_cut(), 1);
    assert_int_equal(cut(BRINK_SIDE_UPSTREAM), 1);
    assert_true(rig_logged(&rig, "client_missing=0 upstream_missing=0 client_undelivered=0 "));
    assert_false(rig_logged(&rig, "upstream_undelivered=0"));
    assert_true(rig_logged(&rig, "side=upstream missing=0 undelivered="));
    (void)close(client);
    (void)close(upstream);
    rig_until_gone(&rig, 1);
    rig_stop(&rig);
}

static void an_idle_one_is_not_counted_as_cut(void **state)
{
    (void)state;
    couple("u32le");
    rig_drain(&rig, BRINK_DRAIN_POLICY_IDLE, 0);
    rig_expect_end(&rig, client);
    assert_int_equal(drain_cut(), 0);
    part();
}

/* --- which, when, and the end of it --- */

static void a_harsher_one_hardens_the_first(void **state)
{
    (void)state;
    couple("u32le");
    ask();
    drain(BRINK_DRAIN_POLICY_IDLE);
    assert_false(is_closing());
    drain(BRINK_DRAIN_POLICY_BOUNDARY);
    rig_expect_end(&rig, client);
    part();
}

static void a_milder_one_changes_nothing(void **state)
{
    (void)state;
    couple("u32le");
    ask();
    rig_drain(&rig, BRINK_DRAIN_POLICY_IDLE, DRAIN_MS);
    rig_drain(&rig, BRINK_DRAIN_POLICY_IDLE, 3 * DRAIN_MS);
    rig_send(&rig, upstream, "\4\0\0\0ab", 6);
    look_after(DRAIN_MS);
    assert_int_equal(drain_cut(), 1);
    rig_expect(&rig, client, "\4\0\0\0ab", 6);
    part();
}

static void drain_with_spread(uint32_t spread_ms)
{
    struct brink_drain_options options;
    brink_drain_options_init(&options);
    options.spread_ms = spread_ms;
    options.timeout_ms = DRAIN_MS;
    struct brink_drain_terms terms = brink_drain_terms_of(&options, rig.loop.now_ms);
    brink_drain_service(&rig.service, &terms);
}

/* Each at a time of its own; until then it is served. */
static void leaving_is_spread(void **state)
{
    (void)state;
    enum { COUNT = 64, STEPS = 8, SPREAD_MS = 8000 };
    int clients[COUNT];
    uint64_t most = 0;
    uint64_t before = 0;
    rig_init(&rig);
    rig_stop_clock(&rig);
    rig.options.seed = 4711;
    rig_start(&rig, &brink_echo_kind);
    for (int i = 0; i < COUNT; i++)
        clients[i] = rig_connect(&rig);
    drain_with_spread(SPREAD_MS);
    for (int i = 0; i < STEPS; i++) {
        look_after(SPREAD_MS / STEPS);
        uint64_t now = brink_counter_read(&rig.service.stats.closed[BRINK_REASON_DRAINED]);
        most = now - before > most ? now - before : most;
        before = now;
    }
    look_after(SPREAD_MS / STEPS);
    for (int i = 0; i < COUNT; i++) {
        rig_expect_end(&rig, clients[i]);
        (void)close(clients[i]);
    }
    rig_until_gone(&rig, COUNT);
    rig_stop(&rig);
    assert_true(most < COUNT / 2);
}

static void who_has_time_is_served(void **state)
{
    (void)state;
    couple("u32le");
    drain_with_spread(DRAIN_MS / 2);
    look();
    if (!is_closing()) { /* by chance it could be the first */
        ask();
        answer();
    }
    look_after(DRAIN_MS / 2 + 1);
    rig_expect_end(&rig, client);
    part();
}

struct search {
    uint16_t port;
    struct brink_session *found;
};

static void match(struct brink_session *session, void *arg)
{
    struct search *search = arg;
    if (session->peer.port == search->port)
        search->found = session;
}

static struct brink_session *session_of(int fd)
{
    struct sockaddr_in address;
    socklen_t length = sizeof address;
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &length), 0);
    struct search search = {.port = ntohs(address.sin_port)};
    for (uint32_t i = 0; i < rig.loop.slots.room; i++)
        brink_sessions_visit(&rig.loop, i, match, &search);
    assert_non_null(search.found);
    return search.found;
}

static void one_is_drained_and_the_other_stays(void **state)
{
    (void)state;
    couple("u32le");
    int other = rig_connect(&rig);
    int its_upstream = rig_accept_upstream(&rig);
    rig_turn(&rig);
    struct brink_drain_options options;
    brink_drain_options_init(&options);
    struct brink_drain_terms terms = brink_drain_terms_of(&options, rig.loop.now_ms);
    assert_int_equal(brink_drain_session(session_of(client), &terms).err, 0);
    bool all = false;
    assert_true(brink_drain_has_work(&rig.service, &all));
    assert_false(all);
    look();
    rig_expect_end(&rig, client);
    rig_send(&rig, other, "\1\0\0\0q", 5);
    rig_expect(&rig, its_upstream, "\1\0\0\0q", 5);
    (void)close(client);
    (void)close(upstream);
    rig_until_gone(&rig, 1);
    brink_drain_tidy(&rig.service, 0);
    assert_false(brink_drain_has_work(&rig.service, &all));
    client = other;
    upstream = its_upstream;
    (void)close(client);
    (void)close(upstream);
    rig_until_gone(&rig, 2);
    rig_stop(&rig);
}

static void who_has_not_left_may_stay(void **state)
{
    (void)state;
    couple("u32le");
    ask();
    drain(BRINK_DRAIN_POLICY_IDLE);
    rig_send(&rig, client, "\1\0\0\0x", 5);
    rig_expect_silence(&rig, upstream);
    brink_drain_end_service(&rig.service);
    rig_expect(&rig, upstream, "\1\0\0\0x", 5);
    look();
    assert_false(is_closing());
    drain(BRINK_DRAIN_POLICY_BOUNDARY); /* once more */
    rig_expect_end(&rig, client);
    part();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_idle_pair_leaves_at_once),
        cmocka_unit_test(a_reply_that_is_owed_is_waited_for),
        cmocka_unit_test(a_late_reply_is_passed_on),
        cmocka_unit_test(a_request_begun_is_finished_and_the_next_not_read),
        cmocka_unit_test(one_way_traffic_leaves_after_a_quiet_while),
        cmocka_unit_test(a_server_that_pushes_is_left_between_frames),
        cmocka_unit_test(a_pinned_pair_leaves_when_quiet),
        cmocka_unit_test(raw_bytes_leave_when_quiet),
        cmocka_unit_test(who_is_connected_late_is_served_once),
        cmocka_unit_test(who_is_connected_late_and_says_nothing_leaves),
        cmocka_unit_test(at_a_boundary_no_reply_is_waited_for),
        cmocka_unit_test(to_a_boundary_both_sides_are_read),
        cmocka_unit_test(now_is_wherever_it_stands),
        cmocka_unit_test(the_deadline_cuts_what_is_left),
        cmocka_unit_test(what_is_queued_then_is_lost_and_counted),
        cmocka_unit_test(an_idle_one_is_not_counted_as_cut),
        cmocka_unit_test(a_harsher_one_hardens_the_first),
        cmocka_unit_test(a_milder_one_changes_nothing),
        cmocka_unit_test(leaving_is_spread),
        cmocka_unit_test(who_has_time_is_served),
        cmocka_unit_test(one_is_drained_and_the_other_stays),
        cmocka_unit_test(who_has_not_left_may_stay),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
