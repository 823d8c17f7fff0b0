/* What a drain's deadline does, and what is told of it. */
#include "drain_rig.h"

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

static void what_is_closing_anyway_loses_nothing(void **state)
{
    (void)state;
    couple("u32le");
    drain(BRINK_DRAIN_POLICY_IDLE);
    rig_expect_end(&rig, client); /* it waits for ours now */
    look_after(DRAIN_MS);
    part();
    assert_int_equal(drain_cut(), 0);
    assert_int_equal(cut(BRINK_SIDE_CLIENT) + cut(BRINK_SIDE_UPSTREAM), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_deadline_cuts_what_is_left),
        cmocka_unit_test(what_is_queued_then_is_lost_and_counted),
        cmocka_unit_test(an_idle_one_is_not_counted_as_cut),
        cmocka_unit_test(what_is_closing_anyway_loses_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
