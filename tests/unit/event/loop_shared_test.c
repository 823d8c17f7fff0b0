/* A loop that several threads turn, as one of them sees it: the others are what the test does to
 * claims in between. */
#include "probe.h"

static void start_shared(struct fixture *fixture)
{
    start(fixture);
    brink_loop_share(&fixture->loop);
}

static void claim(struct probe *probe)
{
    assert_true(brink_loop_claim(&probe->fixture->loop, &probe->source));
}

static void release(struct probe *probe)
{
    brink_loop_release(&probe->fixture->loop, &probe->source);
}

static void end(struct fixture *fixture, struct probe *probe)
{
    probe_close(probe);
    turn(fixture);
    assert_int_equal(probe->reclaims, 1);
    stop(fixture);
}

static void what_is_claimed_is_claimed_once(void **state)
{
    (void)state;
    struct fixture fixture;
    struct probe probe;
    start_shared(&fixture);
    probe_add(&fixture, &probe, BRINK_ARM_ONESHOT);
    claim(&probe);
    assert_false(brink_loop_claim(&fixture.loop, &probe.source));
    release(&probe);
    claim(&probe);
    release(&probe);
    end(&fixture, &probe);
}

static void a_loop_of_one_thread_needs_no_claims(void **state)
{
    (void)state;
    struct fixture fixture;
    struct probe probe;
    start(&fixture);
    probe_add(&fixture, &probe, BRINK_ARM_EDGE);
    claim(&probe);
    claim(&probe);
    say(&probe, "x");
    turn(&fixture);
    assert_int_equal(probe.runs, 1);
    end(&fixture, &probe);
}

static void an_event_waits_for_the_release(void **state)
{
    (void)state;
    struct fixture fixture;
    struct probe probe;
    start_shared(&fixture);
    probe_add(&fixture, &probe, BRINK_ARM_ONESHOT);
    claim(&probe);
    say(&probe, "x");
    turn(&fixture);
    turn(&fixture);
    assert_int_equal(probe.runs, 0);
    assert_int_equal(probe.source.ready, 0); /* nothing that its owner could clear unseen */
    release(&probe);
    turn(&fixture);
    assert_int_equal(probe.runs, 1);
    assert_true(probe.seen & BRINK_READABLE);
    end(&fixture, &probe);
}

static void who_is_ready_waits_for_the_release(void **state)
{
    (void)state;
    struct fixture fixture;
    struct probe probe;
    start_shared(&fixture);
    probe_add(&fixture, &probe, BRINK_ARM_ONESHOT);
    probe.budget = 1;
    say(&probe, "xy");
    turn(&fixture);
    assert_int_equal(probe.runs, 1); /* and stands on the ready list */
    claim(&probe);
    turn(&fixture);
    assert_int_equal(probe.runs, 1);
    release(&probe);
    turn(&fixture);
    assert_int_equal(probe.runs, 2);
    end(&fixture, &probe);
}

/* Another thread is told of more while this one runs: that must outlive what the run clears. */
static void tell_more(struct probe *probe)
{
    probe->also = NULL;
    fake_sys_tell(&probe->fixture->fake, cookie_of(probe), EPOLLIN | EPOLLRDHUP);
    say(probe, "y");
    assert_false(brink_failed(brink_loop_turn(&probe->fixture->loop, 0)));
    assert_true(probe->source.place == BRINK_PLACE_RUNNING);
    probe->source.ready &= (uint8_t)~BRINK_READABLE;
}

static void what_is_told_in_a_run_is_seen_after_it(void **state)
{
    (void)state;
    struct fixture fixture;
    struct probe probe;
    start_shared(&fixture);
    probe_add(&fixture, &probe, BRINK_ARM_ONESHOT);
    probe.also = tell_more;
    say(&probe, "x");
    turn(&fixture);
    assert_int_equal(probe.runs, 1);
    turn(&fixture);
    assert_int_equal(probe.runs, 2);
    assert_true(probe.seen & BRINK_HANGUP);
    end(&fixture, &probe);
}

static void what_is_claimed_is_not_reclaimed(void **state)
{
    (void)state;
    struct fixture fixture;
    struct probe probe;
    start_shared(&fixture);
    probe_add(&fixture, &probe, BRINK_ARM_ONESHOT);
    claim(&probe);
    probe_close(&probe);
    turn(&fixture);
    turn(&fixture);
    assert_int_equal(probe.reclaims, 0);
    release(&probe);
    turn(&fixture);
    assert_int_equal(probe.reclaims, 1);
    stop(&fixture);
}

static struct probe group[2];

static struct brink_source *first_of_group(struct brink_source *source)
{
    (void)source;
    return &group[0].source;
}

static const struct brink_source_ops group_ops = {probe_run, probe_reclaim, first_of_group};

static void a_group_is_claimed_as_a_whole(void **state)
{
    (void)state;
    struct fixture fixture;
    start_shared(&fixture);
    for (int i = 0; i < 2; i++) {
        probe_open(&fixture, &group[i]);
        group[i].source.ops = &group_ops;
        assert_false(
            brink_failed(brink_loop_add(&fixture.loop, &group[i].source, BRINK_ARM_ONESHOT)));
    }
    claim(&group[1]);
    assert_false(brink_loop_claim(&fixture.loop, &group[0].source));
    say(&group[0], "x");
    say(&group[1], "x");
    turn(&fixture);
    assert_int_equal(group[0].runs + group[1].runs, 0);
    release(&group[0]);
    turn(&fixture);
    assert_int_equal(group[0].runs, 1);
    assert_int_equal(group[1].runs, 1);
    probe_close(&group[1]);
    turn(&fixture);
    assert_int_equal(group[1].reclaims, 1);
    release(&group[1]); /* the reclaim of a part of it ends with that */
    end(&fixture, &group[0]);
}

static void what_could_not_be_armed_waits_for_the_release(void **state)
{
    (void)state;
    struct fixture fixture;
    struct probe probe;
    start_shared(&fixture);
    probe_add(&fixture, &probe, BRINK_ARM_ONESHOT);
    fixture.fake.fail_ctls = 2;
    fixture.fake.ctl_errno = ENOMEM;
    say(&probe, "x");
    turn(&fixture); /* it runs, and is not armed again */
    assert_int_equal(probe.runs, 1);
    claim(&probe);
    say(&probe, "y");
    turn(&fixture);
    assert_int_equal(probe.runs, 1);
    release(&probe);
    turn(&fixture); /* armed, */
    turn(&fixture); /* and told */
    assert_int_equal(probe.runs, 2);
    end(&fixture, &probe);
}

static unsigned signals(const struct fixture *fixture)
{
    return fixture->fake.signals;
}

static void one_that_waits_is_called_when_there_is_more_to_do(void **state)
{
    (void)state;
    struct fixture fixture;
    struct probe probes[3];
    start_shared(&fixture);
    for (int i = 0; i < 3; i++)
        probe_add(&fixture, &probes[i], BRINK_ARM_ONESHOT);
    for (int i = 0; i < 3; i++)
        say(&probes[i], "x");
    turn(&fixture);
    assert_int_equal(signals(&fixture), 0); /* nobody waits */
    for (int i = 0; i < 3; i++)
        say(&probes[i], "x");
    fixture.loop.waiting = 1;
    turn(&fixture);
    assert_int_equal(signals(&fixture), 1); /* and one call is enough */
    fixture.loop.waiting = 0;
    for (int i = 0; i < 3; i++) {
        assert_int_equal(probes[i].runs, 2);
        probe_close(&probes[i]);
    }
    turn(&fixture);
    turn(&fixture);
    assert_false(fixture.loop.woken);
    stop(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_claimed_is_claimed_once),
        cmocka_unit_test(a_loop_of_one_thread_needs_no_claims),
        cmocka_unit_test(an_event_waits_for_the_release),
        cmocka_unit_test(who_is_ready_waits_for_the_release),
        cmocka_unit_test(what_is_told_in_a_run_is_seen_after_it),
        cmocka_unit_test(what_is_claimed_is_not_reclaimed),
        cmocka_unit_test(a_group_is_claimed_as_a_whole),
        cmocka_unit_test(what_could_not_be_armed_waits_for_the_release),
        cmocka_unit_test(one_that_waits_is_called_when_there_is_more_to_do),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
