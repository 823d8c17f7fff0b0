/* The poller on the real kernel: what is told, and how often. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "event/poller.h"
#include "support/fake_sys.h"

#define COOKIE UINT64_C(0x123456789abcdef0)

struct fixture {
    struct fake_sys fake;
    struct brink_poller poller;
    int ours;   /* the watched end of a socket pair */
    int theirs; /* -1: closed */
};

static void start(struct fixture *fixture)
{
    int ends[2];
    fake_sys_init(&fixture->fake);
    assert_false(brink_failed(brink_poller_open(&fixture->poller, &fixture->fake.sys)));
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
    fixture->ours = ends[0];
    fixture->theirs = ends[1];
}

static void stop(struct fixture *fixture)
{
    close(fixture->ours);
    if (fixture->theirs >= 0)
        close(fixture->theirs);
    brink_poller_close(&fixture->poller);
    assert_int_equal(fixture->fake.opened, 0);
}

static void watch(struct fixture *fixture, uint8_t interest, enum brink_arming arming)
{
    assert_false(
        brink_failed(brink_poller_add(&fixture->poller, fixture->ours, COOKIE, interest, arming)));
}

static void arm(struct fixture *fixture, uint8_t interest, enum brink_arming arming)
{
    assert_false(
        brink_failed(brink_poller_arm(&fixture->poller, fixture->ours, COOKIE, interest, arming)));
}

static void say(struct fixture *fixture)
{
    assert_int_equal(write(fixture->theirs, "x", 1), 1);
}

/* What a poll tells of our end; 0 for nothing. */
static uint8_t told(struct fixture *fixture)
{
    struct brink_event events[BRINK_POLLER_BATCH];
    int count = -1;
    assert_false(
        brink_failed(brink_poller_wait(&fixture->poller, events, BRINK_POLLER_BATCH, &count, 0)));
    assert_in_range(count, 0, 1);
    if (count == 0)
        return 0;
    assert_true(events[0].cookie == COOKIE);
    return events[0].ready;
}

static void test_edge_is_told_once(void **state)
{
    (void)state;
    struct fixture fixture;
    start(&fixture);
    watch(&fixture, BRINK_READABLE | BRINK_WRITABLE, BRINK_ARM_EDGE);
    assert_int_equal(told(&fixture), BRINK_WRITABLE);
    assert_int_equal(told(&fixture), 0);
    say(&fixture);
    assert_int_equal(told(&fixture), BRINK_READABLE | BRINK_WRITABLE);
    assert_int_equal(told(&fixture), 0); /* although nothing was read */
    say(&fixture);
    assert_int_equal(told(&fixture), BRINK_READABLE | BRINK_WRITABLE);
    stop(&fixture);
}

static void test_oneshot_is_silent_until_armed_again(void **state)
{
    (void)state;
    struct fixture fixture;
    start(&fixture);
    watch(&fixture, BRINK_READABLE, BRINK_ARM_ONESHOT);
    assert_int_equal(told(&fixture), 0);
    say(&fixture);
    assert_int_equal(told(&fixture), BRINK_READABLE);
    say(&fixture);
    assert_int_equal(told(&fixture), 0);
    arm(&fixture, BRINK_READABLE, BRINK_ARM_ONESHOT);
    assert_int_equal(told(&fixture), BRINK_READABLE); /* what came in between is not lost */
    assert_int_equal(told(&fixture), 0);
    close(fixture.theirs);
    fixture.theirs = -1;
    assert_int_equal(told(&fixture), 0); /* not even a hang-up */
    stop(&fixture);
}

static void test_arming_with_no_interest_tells_of_hang_ups_only(void **state)
{
    (void)state;
    struct fixture fixture;
    start(&fixture);
    watch(&fixture, BRINK_READABLE, BRINK_ARM_ONESHOT);
    arm(&fixture, 0, BRINK_ARM_ONESHOT);
    say(&fixture);
    assert_int_equal(told(&fixture), 0);
    close(fixture.theirs);
    fixture.theirs = -1;
    assert_int_equal(told(&fixture), BRINK_READABLE | BRINK_WRITABLE | BRINK_HANGUP);
    assert_int_equal(told(&fixture), 0);
    stop(&fixture);
}

static void test_arming_by_edge_tells_anew(void **state)
{
    (void)state;
    struct fixture fixture;
    start(&fixture);
    say(&fixture);
    watch(&fixture, BRINK_READABLE, BRINK_ARM_ONESHOT);
    assert_int_equal(told(&fixture), BRINK_READABLE);
    arm(&fixture, BRINK_READABLE | BRINK_WRITABLE, BRINK_ARM_EDGE);
    assert_int_equal(told(&fixture), BRINK_READABLE | BRINK_WRITABLE);
    assert_int_equal(told(&fixture), 0);
    say(&fixture);
    assert_int_equal(told(&fixture), BRINK_READABLE | BRINK_WRITABLE);
    stop(&fixture);
}

static void test_end_of_one_direction_is_told_as_hang_up(void **state)
{
    (void)state;
    struct fixture fixture;
    start(&fixture);
    watch(&fixture, BRINK_READABLE, BRINK_ARM_EDGE);
    assert_int_equal(shutdown(fixture.theirs, SHUT_WR), 0);
    assert_int_equal(told(&fixture), BRINK_READABLE | BRINK_HANGUP);
    stop(&fixture);
}

static void test_kernels_bits_become_readiness(void **state)
{
    (void)state;
    static const struct {
        uint32_t events;
        uint8_t ready;
    } cases[] = {
        {EPOLLIN, BRINK_READABLE},
        {EPOLLOUT, BRINK_WRITABLE},
        {EPOLLRDHUP, BRINK_READABLE | BRINK_HANGUP},
        {EPOLLPRI, BRINK_READABLE | BRINK_HANGUP},
        {EPOLLHUP, BRINK_READABLE | BRINK_WRITABLE | BRINK_HANGUP},
        {EPOLLERR, BRINK_READABLE | BRINK_WRITABLE | BRINK_HANGUP},
    };
    struct fixture fixture;
    start(&fixture);
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        fake_sys_tell(&fixture.fake, COOKIE, cases[i].events);
        assert_int_equal(told(&fixture), cases[i].ready);
    }
    stop(&fixture);
}

static void test_removed_descriptor_is_not_told_of(void **state)
{
    (void)state;
    struct fixture fixture;
    start(&fixture);
    watch(&fixture, BRINK_READABLE, BRINK_ARM_EDGE);
    say(&fixture);
    brink_poller_remove(&fixture.poller, fixture.ours);
    brink_poller_remove(&fixture.poller, fixture.ours);
    assert_int_equal(told(&fixture), 0);
    stop(&fixture);
}

static void test_refusals_are_told(void **state)
{
    (void)state;
    struct fixture fixture;
    start(&fixture);
    brink_result armed =
        brink_poller_arm(&fixture.poller, fixture.ours, COOKIE, BRINK_READABLE, BRINK_ARM_EDGE);
    assert_int_equal(armed.err, ENOENT);
    fixture.fake.fail_ctls = 1;
    fixture.fake.ctl_errno = ENOSPC;
    brink_result added =
        brink_poller_add(&fixture.poller, fixture.ours, COOKIE, BRINK_READABLE, BRINK_ARM_EDGE);
    assert_int_equal(added.err, ENOSPC);
    say(&fixture);
    assert_int_equal(told(&fixture), 0);
    stop(&fixture);
}

static void test_refused_arming_leaves_the_old_one(void **state)
{
    (void)state;
    struct fixture fixture;
    start(&fixture);
    watch(&fixture, BRINK_READABLE, BRINK_ARM_ONESHOT);
    fixture.fake.fail_ctls = 1;
    fixture.fake.ctl_errno = ENOMEM;
    brink_result armed =
        brink_poller_arm(&fixture.poller, fixture.ours, COOKIE, BRINK_WRITABLE, BRINK_ARM_ONESHOT);
    assert_int_equal(armed.err, ENOMEM);
    assert_int_equal(told(&fixture), 0);
    say(&fixture);
    assert_int_equal(told(&fixture), BRINK_READABLE);
    stop(&fixture);
}

static void test_signal_is_no_failure_but_other_errors_are(void **state)
{
    (void)state;
    struct fixture fixture;
    struct brink_event events[BRINK_POLLER_BATCH];
    int count = -1;
    start(&fixture);
    fixture.fake.wait_errno = EINTR;
    assert_false(
        brink_failed(brink_poller_wait(&fixture.poller, events, BRINK_POLLER_BATCH, &count, -1)));
    assert_int_equal(count, 0);
    count = -1;
    fixture.fake.wait_errno = EBADF;
    brink_result waited =
        brink_poller_wait(&fixture.poller, events, BRINK_POLLER_BATCH, &count, -1);
    assert_int_equal(waited.err, EBADF);
    assert_int_equal(count, 0);
    stop(&fixture);
}

static void test_opening_without_descriptors_fails(void **state)
{
    (void)state;
    struct fake_sys fake;
    struct brink_poller poller;
    fake_sys_init(&fake);
    fake.fail_creation = 1;
    brink_result opened = brink_poller_open(&poller, &fake.sys);
    assert_int_equal(opened.err, EMFILE);
    assert_int_equal(fake.opened, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_edge_is_told_once),
        cmocka_unit_test(test_oneshot_is_silent_until_armed_again),
        cmocka_unit_test(test_arming_with_no_interest_tells_of_hang_ups_only),
        cmocka_unit_test(test_arming_by_edge_tells_anew),
        cmocka_unit_test(test_end_of_one_direction_is_told_as_hang_up),
        cmocka_unit_test(test_kernels_bits_become_readiness),
        cmocka_unit_test(test_removed_descriptor_is_not_told_of),
        cmocka_unit_test(test_refusals_are_told),
        cmocka_unit_test(test_refused_arming_leaves_the_old_one),
        cmocka_unit_test(test_signal_is_no_failure_but_other_errors_are),
        cmocka_unit_test(test_opening_without_descriptors_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
