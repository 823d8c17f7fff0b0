/* Parcels that come back: refused, or as the new process has gone. */
#include "by_hand.h"

static void one_that_goes_with_what_it_was_given(void **state)
{
    (void)state;
    struct brink_handover_message message;
    struct succession succession;
    start_old();
    hand_over_to_one_by_hand(&succession);
    for (int i = 0; i < 2; i++)
        receive(&succession, &message, BRINK_HANDOVER_PARCEL);
    served_send(clients[0], FRAME, 6); /* for whoever has it */
    (void)close(succession.ends[1]);
    served_expect(clients[0], FRAME, 6);
    goes_on();
}

static void one_that_refuses(void **state)
{
    (void)state;
    struct brink_handover_message message;
    struct brink_server_stats stats;
    struct succession succession;
    start_old();
    hand_over_to_one_by_hand(&succession);
    for (int i = 0; i < 2; i++) {
        receive(&succession, &message, BRINK_HANDOVER_PARCEL);
        struct brink_handover_message answer = {.kind = BRINK_HANDOVER_REFUSED,
                                                .id = message.parcel.id};
        say(&succession, &answer);
        answer.id = 999; /* one that it was never given */
        say(&succession, &answer);
    }
    for (int i = 0; i < 2; i++) {
        served_expect_end(clients[i]);
        (void)close(clients[i]);
    }
    assert_true(brink_server_wait(old));
    brink_server_stats(old, &stats);
    assert_int_equal(stats.closed[BRINK_REASON_DRAINED], 2);
    assert_int_equal(stats.handed_over, 0);
    brink_server_free(old);
    receive(&succession, &message, BRINK_HANDOVER_DONE);
    (void)close(succession.ends[1]);
}

static void nonsense_does_no_harm(void **state)
{
    (void)state;
    struct succession succession;
    struct brink_handover_message message;
    start_old();
    hand_over_to_one_by_hand(&succession);
    for (int i = 0; i < 3; i++)
        assert_int_equal(brink_sys_linux.ops->send_rights(NULL, succession.ends[1], "\6 what", 6,
                                                          &succession.ends[1], 1),
                         6);
    message = (struct brink_handover_message){.kind = BRINK_HANDOVER_READY, .protocol = 1};
    say(&succession, &message);
    (void)close(succession.ends[1]);
    goes_on();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_that_goes_with_what_it_was_given),
        cmocka_unit_test(one_that_refuses),
        cmocka_unit_test(nonsense_does_no_harm),
    };
    return cmocka_run_group_tests(tests, start_backend, stop_backend);
}
