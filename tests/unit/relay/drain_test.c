/* Which sessions are let go, when, and those that may stay. */
#include "drain_rig.h"

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
        cmocka_unit_test(a_harsher_one_hardens_the_first),
        cmocka_unit_test(a_milder_one_changes_nothing),
        cmocka_unit_test(leaving_is_spread),
        cmocka_unit_test(who_has_time_is_served),
        cmocka_unit_test(one_is_drained_and_the_other_stays),
        cmocka_unit_test(who_has_not_left_may_stay),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
