/* One check of one server, over sockets of loopback, and what is made of its answer. */
#include "unit/upstream/one_check.h"

static void to_connect_is_enough_if_nothing_is_sent(void **state)
{
    (void)state;
    start();
    begin();
    assert_false(brink_check_is_idle(&one.check));
    expect_result(BRINK_CHECK_PASSED, "");
    expect_fin(checked_accept(&one.wire, one.listener));
    stop();
}

static void the_right_answer_passes(void **state)
{
    (void)state;
    start_asking();
    int fd = begin_and_accept();
    checked_expect(&one.wire, fd, ping, sizeof ping);
    assert_int_equal(one.results, 0);
    checked_send(fd, pong, sizeof pong);
    expect_result(BRINK_CHECK_PASSED, "");
    expect_fin(fd);
    stop();
}

static void an_answer_may_come_byte_by_byte(void **state)
{
    (void)state;
    start_asking();
    int fd = begin_and_accept();
    checked_expect(&one.wire, fd, ping, sizeof ping);
    for (size_t i = 0; i < sizeof pong; i++) {
        assert_int_equal(one.results, 0);
        checked_send(fd, pong + i, 1);
        checked_forward(&one.wire, 10);
    }
    expect_result(BRINK_CHECK_PASSED, "");
    expect_fin(fd);
    stop();
}

static void a_long_answer_is_read_to_its_end(void **state)
{
    (void)state;
    enum { PAYLOAD = 1000000 };
    static uint8_t frame[4 + PAYLOAD] = {PAYLOAD & 255, PAYLOAD >> 8 & 255, PAYLOAD >> 16};
    start_asking();
    one.options.expect = NULL;
    int fd = begin_and_accept();
    for (size_t sent = 0; sent < sizeof frame; wire_turn(&one.wire)) {
        ssize_t n = send(fd, frame + sent, sizeof frame - sent, MSG_DONTWAIT | MSG_NOSIGNAL);
        assert_true(n > 0 || errno == EAGAIN);
        sent += n > 0 ? (size_t)n : 0;
        assert_true(one.results == 0 || sent == sizeof frame);
    }
    expect_result(BRINK_CHECK_PASSED, "");
    checked_expect(&one.wire, fd, ping, sizeof ping);
    expect_fin(fd);
    stop();
}

static void a_wrong_answer_fails(void **state)
{
    (void)state;
    start_asking();
    int fd = begin_and_accept();
    checked_send(fd, ping, sizeof ping);
    expect_result(BRINK_CHECK_FAILED, "reply differs at byte 5: 0x69, expected 0x6f");
    checked_expect(&one.wire, fd, ping, sizeof ping);
    expect_fin(fd);
    stop();
}

static void garbage_fails(void **state)
{
    (void)state;
    start_asking();
    int fd = begin_and_accept();
    checked_send(fd, "SSH-2.0-OpenSSH_9.2p1\r\n", 23);
    expect_result(BRINK_CHECK_FAILED, "reply is not a frame: too-large, begins with 5353482d: "
                                      "this looks like SSH");
    checked_expect(&one.wire, fd, ping, sizeof ping);
    expect_fin(fd);
    stop();
}

static void no_answer_in_time_fails(void **state)
{
    (void)state;
    start_asking();
    int fd = begin_and_accept();
    checked_expect(&one.wire, fd, ping, sizeof ping);
    expect_sleep();
    checked_forward(&one.wire, 1999);
    assert_int_equal(one.results, 0);
    checked_forward(&one.wire, 1);
    expect_result(BRINK_CHECK_FAILED, "no answer in 2000 ms");
    expect_fin(fd);
    stop();
}

static void a_part_of_an_answer_is_not_enough(void **state)
{
    (void)state;
    start_asking();
    int fd = begin_and_accept();
    checked_expect(&one.wire, fd, ping, sizeof ping);
    checked_send(fd, pong, 5);
    checked_forward(&one.wire, 2000);
    expect_result(BRINK_CHECK_FAILED, "no whole answer in 2000 ms: 5 bytes came");
    expect_fin(fd);
    stop();
}

static void without_a_timeout_the_interval_is_one(void **state)
{
    (void)state;
    start_asking();
    one.options.timeout_ms = 0;
    int fd = begin_and_accept();
    checked_expect(&one.wire, fd, ping, sizeof ping);
    checked_forward(&one.wire, 5000);
    expect_result(BRINK_CHECK_FAILED, "no answer in 5000 ms");
    expect_fin(fd);
    stop();
}

static void a_refusal_fails(void **state)
{
    (void)state;
    start();
    (void)close(one.listener);
    begin();
    expect_result(BRINK_CHECK_FAILED, "refused");
    wire_turn(&one.wire);
    stop();
}

static void no_connection_in_time_fails(void **state)
{
    (void)state;
    int others[2];
    start_backlog(0); /* takes one, and then no more */
    for (int i = 0; i < 2; i++) {
        others[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        assert_int_equal(connect(others[i], &one.address.sock.any, one.address.length), -1);
        assert_int_equal(errno, EINPROGRESS);
    }
    begin();
    checked_forward(&one.wire, 1999);
    assert_int_equal(one.results, 0);
    checked_forward(&one.wire, 1);
    expect_result(BRINK_CHECK_FAILED, "no connection in 2000 ms");
    expect_idle();
    for (int i = 0; i < 2; i++)
        (void)close(others[i]);
    stop();
}

static void who_hangs_up_at_once_fails(void **state)
{
    (void)state;
    start_asking();
    int fd = begin_and_accept();
    checked_expect(&one.wire, fd, ping, sizeof ping);
    (void)close(fd);
    expect_result(BRINK_CHECK_FAILED, "it hung up without an answer");
    expect_idle();
    stop();
}

static void who_hangs_up_in_the_middle_fails(void **state)
{
    (void)state;
    start_asking();
    int fd = begin_and_accept();
    checked_expect(&one.wire, fd, ping, sizeof ping);
    checked_send(fd, pong, 7);
    (void)close(fd);
    expect_result(BRINK_CHECK_FAILED, "it hung up after 7 bytes of an answer");
    expect_idle();
    stop();
}

static void a_reset_fails(void **state)
{
    (void)state;
    start_asking();
    int fd = begin_and_accept();
    checked_expect(&one.wire, fd, ping, sizeof ping);
    checked_reset(fd);
    expect_result(BRINK_CHECK_FAILED, "it reset the connection");
    expect_idle();
    stop();
}

static void an_answer_right_before_the_end_counts(void **state)
{
    (void)state;
    start_asking();
    int fd = begin_and_accept();
    checked_expect(&one.wire, fd, ping, sizeof ping);
    checked_send(fd, pong, sizeof pong);
    (void)close(fd);
    expect_result(BRINK_CHECK_PASSED, "");
    expect_idle();
    stop();
}

static void a_server_may_speak_first(void **state)
{
    (void)state;
    start();
    one.options.expect = pong;
    one.options.expect_size = 6;
    int fd = begin_and_accept();
    checked_send(fd, pong, sizeof pong);
    expect_result(BRINK_CHECK_PASSED, "");
    expect_fin(fd);
    stop();
}

static void the_greeting_goes_first(void **state)
{
    (void)state;
    start_asking();
    one.plan.greeting = (const uint8_t *)"PROXY UNKNOWN\r\n";
    one.plan.greeting_size = 15;
    int fd = begin_and_accept();
    checked_expect(&one.wire, fd, "PROXY UNKNOWN\r\n\4\0\0\0ping", 23);
    checked_send(fd, pong, sizeof pong);
    expect_result(BRINK_CHECK_PASSED, "");
    expect_fin(fd);
    stop();
}

static void the_greeting_goes_also_if_that_is_all(void **state)
{
    (void)state;
    start();
    one.plan.greeting = (const uint8_t *)"PROXY UNKNOWN\r\n";
    one.plan.greeting_size = 15;
    int fd = begin_and_accept();
    checked_expect(&one.wire, fd, "PROXY UNKNOWN\r\n", 15);
    expect_result(BRINK_CHECK_PASSED, "");
    expect_fin(fd);
    stop();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(to_connect_is_enough_if_nothing_is_sent),
        cmocka_unit_test(the_right_answer_passes),
        cmocka_unit_test(an_answer_may_come_byte_by_byte),
        cmocka_unit_test(a_long_answer_is_read_to_its_end),
        cmocka_unit_test(a_wrong_answer_fails),
        cmocka_unit_test(garbage_fails),
        cmocka_unit_test(no_answer_in_time_fails),
        cmocka_unit_test(a_part_of_an_answer_is_not_enough),
        cmocka_unit_test(without_a_timeout_the_interval_is_one),
        cmocka_unit_test(a_refusal_fails),
        cmocka_unit_test(no_connection_in_time_fails),
        cmocka_unit_test(who_hangs_up_at_once_fails),
        cmocka_unit_test(who_hangs_up_in_the_middle_fails),
        cmocka_unit_test(a_reset_fails),
        cmocka_unit_test(an_answer_right_before_the_end_counts),
        cmocka_unit_test(a_server_may_speak_first),
        cmocka_unit_test(the_greeting_goes_first),
        cmocka_unit_test(the_greeting_goes_also_if_that_is_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
