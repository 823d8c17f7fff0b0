/* Going through the table for some of its sources, and waiting for those that others have claimed.
 */
#include "probe.h"

static struct probe probe;
static unsigned yields;

/* Whoever had claimed it lets it go, or closes it before. */
static void (*meanwhile)(void);

static void sleep_a_while(void *kernel, unsigned milliseconds)
{
    (void)kernel;
    (void)milliseconds;
    yields++;
    meanwhile();
}

static void let_go(void)
{
    brink_loop_release(&probe.fixture->loop, &probe.source);
}

static void close_it(void)
{
    probe_close(&probe);
}

static bool is_probe(const struct brink_source *source)
{
    return source->ops->run == probe_run;
}

static void start_claimed(struct fixture *fixture)
{
    start(fixture);
    fixture->fake.ops.sleep_ms = sleep_a_while;
    brink_loop_share(&fixture->loop);
    probe_add(fixture, &probe, BRINK_ARM_ONESHOT);
    assert_true(brink_loop_claim(&fixture->loop, &probe.source));
    yields = 0;
}

static void stop_released(struct fixture *fixture)
{
    brink_loop_release(&fixture->loop, &probe.source);
    probe_close(&probe);
    turn(fixture);
    stop(fixture);
}

static void it_is_waited_for(void **state)
{
    (void)state;
    struct fixture fixture;
    start_claimed(&fixture);
    meanwhile = let_go;
    assert_ptr_equal(brink_loop_claim_at(&fixture.loop, probe.source.index, is_probe),
                     &probe.source);
    assert_int_equal(yields, 1);
    assert_false(brink_loop_claim(&fixture.loop, &probe.source)); /* it is claimed */
    stop_released(&fixture);
}

static void one_that_goes_meanwhile_is_not(void **state)
{
    (void)state;
    struct fixture fixture;
    start_claimed(&fixture);
    meanwhile = close_it;
    assert_null(brink_loop_claim_at(&fixture.loop, probe.source.index, is_probe));
    assert_int_equal(yields, 1);
    stop_released(&fixture);
}

static void others_are_passed_over(void **state)
{
    (void)state;
    struct fixture fixture;
    start_claimed(&fixture);
    uint32_t wakeup = fixture.loop.wakeup.index;
    assert_null(brink_loop_claim_at(&fixture.loop, wakeup, is_probe));
    assert_null(brink_loop_claim_at(&fixture.loop, probe.source.index + 1, is_probe));
    assert_int_equal(yields, 0);
    stop_released(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_waited_for),
        cmocka_unit_test(one_that_goes_meanwhile_is_not),
        cmocka_unit_test(others_are_passed_over),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
