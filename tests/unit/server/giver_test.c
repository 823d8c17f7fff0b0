/* The old process when the new one fails, or is given all it has. */
#include "by_hand.h"

static void one_that_goes_before_it_was_given_anything(void **state)
{
    (void)state;
    struct succession succession;
    start_old();
    hand_over_to_one_by_hand(&succession);
    (void)close(succession.ends[1]);
    goes_on();
}

/* What it has been sent may be its, and is not ours to go on with. */
static void one_that_never_answers(void **state)
{
    (void)state;
    struct brink_drain_options drain;
    struct brink_message why = {""};
    struct brink_server_stats stats;
    struct succession succession;
    pthread_t thread;
    brink_drain_options_init(&drain);
    drain.timeout_ms = 200;
    start_old();
    succession_open(&succession);
    assert_int_equal(pthread_create(&thread, NULL, play_until_ready, &succession), 0);
    assert_int_equal(brink_server_hand_over(old, succession.ends[0], 10000, &drain, &why).err, 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    (void)brink_server_wait(old);
    brink_server_stats(old, &stats);
    assert_int_equal(stats.handed_over, 2);
    assert_int_equal(stats.clients, 0);
    brink_server_free(old);
    (void)close(succession.ends[1]);
    for (int i = 0; i < 2; i++) {
        served_expect_end(clients[i]); /* the channel had the last of it */
        (void)close(clients[i]);
    }
}

static void one_at_a_time(void **state)
{
    (void)state;
    struct brink_message why = {""};
    struct succession succession;
    start_old();
    hand_over_to_one_by_hand(&succession);
    assert_int_equal(brink_server_hand_over(old, 0, 10, NULL, &why).err, EBUSY);
    (void)close(succession.ends[1]);
    goes_on();
}

static void one_that_stops_hands_nothing_over(void **state)
{
    (void)state;
    struct brink_message why = {""};
    struct succession succession;
    start_old();
    succession_open(&succession);
    brink_server_stop(old, 0);
    assert_int_equal(brink_server_hand_over(old, succession.ends[0], 10, NULL, &why).err, EBUSY);
    (void)brink_server_wait(old);
    brink_server_free(old);
    for (int i = 0; i < 2; i++) {
        (void)close(clients[i]);
        (void)close(succession.ends[i]);
    }
}

/* A stop meanwhile ends it as it would end any server; what the new one has it keeps. */
static void a_stop_meanwhile(void **state)
{
    (void)state;
    struct brink_handover_message message;
    struct succession succession;
    start_old();
    served_send(clients[0], "\4\0\0\0ab", 6); /* it stays */
    served_expect(clients[0], "\4\0\0\0ab", 6);
    hand_over_to_one_by_hand(&succession);
    receive(&succession, &message, BRINK_HANDOVER_PARCEL);
    struct brink_handover_message answer = {.kind = BRINK_HANDOVER_ACCEPTED,
                                            .id = message.parcel.id};
    say(&succession, &answer);
    brink_server_stop(old, 0);
    assert_false(brink_server_wait(old));
    brink_server_free(old);
    receive(&succession, &message, BRINK_HANDOVER_DONE);
    (void)close(succession.ends[1]);
    for (int i = 0; i < 2; i++)
        (void)close(clients[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_that_goes_before_it_was_given_anything),
        cmocka_unit_test(one_that_never_answers),
        cmocka_unit_test(one_at_a_time),
        cmocka_unit_test(one_that_stops_hands_nothing_over),
        cmocka_unit_test(a_stop_meanwhile),
    };
    return cmocka_run_group_tests(tests, start_backend, stop_backend);
}
