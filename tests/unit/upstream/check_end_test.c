/* How a check hangs up. */
#include "unit/upstream/one_check.h"

static void what_comes_after_the_verdict_is_discarded(void **state)
{
    (void)state;
    start();
    begin();
    expect_result(BRINK_CHECK_PASSED, "");
    int fd = checked_accept(&one.wire, one.listener);
    checked_send(fd, "220 a greeting\r\n", 16); /* it meets an open socket */
    checked_forward(&one.wire, 10);
    checked_send(fd, "more", 4);
    expect_fin(fd);
    stop();
}

static void so_is_what_comes_behind_the_answer(void **state)
{
    (void)state;
    start_asking();
    int fd = begin_and_accept();
    checked_expect(&one.wire, fd, ping, sizeof ping);
    checked_send(fd, pong, sizeof pong);
    checked_send(fd, ping, sizeof ping);
    expect_result(BRINK_CHECK_PASSED, "");
    checked_send(fd, ping, sizeof ping);
    checked_forward(&one.wire, 10);
    expect_result(BRINK_CHECK_PASSED, "");
    expect_fin(fd);
    stop();
}

static void who_does_not_hang_up_is_reset(void **state)
{
    (void)state;
    start();
    begin();
    expect_result(BRINK_CHECK_PASSED, "");
    int fd = checked_accept(&one.wire, one.listener);
    assert_int_equal(checked_next(&one.wire, fd), 0);
    checked_forward(&one.wire, BRINK_CHECK_GRACE_MS - 1);
    checked_send(fd, "x", 1); /* it is still there */
    checked_forward(&one.wire, 0);
    assert_int_equal(one.idles, 0);
    checked_forward(&one.wire, 1);
    assert_int_equal(one.idles, 1);
    expect_reset_after_fin(fd);
    assert_int_equal(one.results, 1);
    stop();
}

static void who_is_in_a_hurry_does_not_wait_for_that(void **state)
{
    (void)state;
    start();
    brink_check_hurry(&one.check); /* nothing to do */
    begin();
    brink_check_hurry(&one.check); /* a check that has no result yet goes on */
    expect_result(BRINK_CHECK_PASSED, "");
    int fd = checked_accept(&one.wire, one.listener);
    assert_int_equal(checked_next(&one.wire, fd), 0);
    brink_check_hurry(&one.check);
    wire_turn(&one.wire);
    assert_int_equal(one.idles, 1);
    expect_reset_after_fin(fd);
    stop();
}

static void given_up_there_is_no_result(void **state)
{
    (void)state;
    start_asking();
    brink_check_give_up(&one.check); /* nothing to do */
    begin();
    brink_check_give_up(&one.check); /* while it connects */
    brink_check_give_up(&one.check);
    expect_idle();
    (void)close(checked_accept(&one.wire, one.listener));
    int fd = begin_and_accept();
    checked_expect(&one.wire, fd, ping, sizeof ping);
    brink_check_give_up(&one.check); /* while it waits for the answer */
    wire_until(&one.wire, &one.idles, 2);
    assert_int_equal(checked_next(&one.wire, fd), 0);
    checked_forward(&one.wire, 10000);
    assert_int_equal(one.results, 0);
    (void)close(fd);
    stop();
}

static void it_may_be_given_up_with_its_result(void **state)
{
    (void)state;
    start_asking();
    one.gives_up = true;
    int fd = begin_and_accept();
    checked_send(fd, pong, sizeof pong);
    expect_result(BRINK_CHECK_PASSED, "");
    expect_idle();
    (void)close(fd);
    stop();
}

static void one_after_the_other(void **state)
{
    (void)state;
    start_asking();
    for (unsigned i = 1; i <= 3; i++) {
        int fd = begin_and_accept();
        checked_expect(&one.wire, fd, ping, sizeof ping);
        checked_send(fd, i == 2 ? ping : pong, sizeof pong);
        wire_until(&one.wire, &one.results, i);
        assert_int_equal(one.outcome, i == 2 ? BRINK_CHECK_FAILED : BRINK_CHECK_PASSED);
        (void)close(fd);
        wire_until(&one.wire, &one.idles, i);
    }
    stop();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_comes_after_the_verdict_is_discarded),
        cmocka_unit_test(so_is_what_comes_behind_the_answer),
        cmocka_unit_test(who_does_not_hang_up_is_reset),
        cmocka_unit_test(who_is_in_a_hurry_does_not_wait_for_that),
        cmocka_unit_test(given_up_there_is_no_result),
        cmocka_unit_test(it_may_be_given_up_with_its_result),
        cmocka_unit_test(one_after_the_other),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
