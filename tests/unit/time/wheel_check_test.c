/* brink_wheel_check sees a wheel that is not as it should be: what the other tests trust it for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "time/wheel.h"

enum { NOW_MS = 1000, SOON_MS = 1005, LATER_MS = 6000 };

/* One timer on the lowest level, one above it, and one that is due. */
struct fixture {
    struct brink_arena arena;
    struct brink_slab_pool pool;
    struct brink_wheel wheel;
    struct brink_timer *soon, *later, *past;
    struct brink_link *soon_slot; /* the list that `soon` is in */
};

static void ignore(void *arg, uint64_t now_ms)
{
    (void)arg;
    (void)now_ms;
}

static struct brink_timer *armed(struct fixture *fixture, uint64_t deadline_ms)
{
    struct brink_timer *timer = brink_timer_new(&fixture->wheel, ignore, NULL);
    assert_non_null(timer);
    brink_timer_arm(&fixture->wheel, timer, deadline_ms);
    return timer;
}

static void start(struct fixture *fixture)
{
    assert_false(brink_failed(brink_arena_open(&fixture->arena)));
    brink_slab_init(&fixture->pool, &fixture->arena, "timers", brink_timer_size());
    brink_wheel_init(&fixture->wheel, &fixture->pool, NOW_MS);
    fixture->soon = armed(fixture, SOON_MS);
    fixture->later = armed(fixture, LATER_MS);
    fixture->past = armed(fixture, NOW_MS - 1);
    fixture->soon_slot = &fixture->wheel.slots[0][SOON_MS % BRINK_WHEEL_SLOTS];
    assert_false(brink_list_empty(fixture->soon_slot));
    assert_true(brink_wheel_check(&fixture->wheel));
}

/* Undoes nothing itself: the test has put back what it broke. */
static void stop(struct fixture *fixture)
{
    assert_true(brink_wheel_check(&fixture->wheel));
    brink_timer_free(&fixture->wheel, fixture->soon);
    brink_timer_free(&fixture->wheel, fixture->later);
    brink_timer_free(&fixture->wheel, fixture->past);
    brink_slab_destroy(&fixture->pool);
    brink_arena_close(&fixture->arena);
}

static void sees_a_wrong_count(void **state)
{
    (void)state;
    struct fixture fixture;
    start(&fixture);
    fixture.wheel.armed++;
    assert_false(brink_wheel_check(&fixture.wheel));
    fixture.wheel.armed--;
    stop(&fixture);
}

static void sees_a_wrong_bit(void **state)
{
    (void)state;
    struct fixture fixture;
    start(&fixture);
    fixture.wheel.occupied[0] ^= UINT64_C(1) << SOON_MS % BRINK_WHEEL_SLOTS;
    assert_false(brink_wheel_check(&fixture.wheel));
    fixture.wheel.occupied[0] ^= UINT64_C(1) << SOON_MS % BRINK_WHEEL_SLOTS;
    fixture.wheel.occupied[2] |= 1;
    assert_false(brink_wheel_check(&fixture.wheel));
    fixture.wheel.occupied[2] &= ~UINT64_C(1);
    stop(&fixture);
}

static void sees_a_timer_whose_time_has_passed(void **state)
{
    (void)state;
    struct fixture fixture;
    start(&fixture);
    fixture.wheel.now_ms = SOON_MS;
    assert_false(brink_wheel_check(&fixture.wheel));
    fixture.wheel.now_ms = NOW_MS;
    stop(&fixture);
}

static void sees_a_timer_that_is_not_armed(void **state)
{
    (void)state;
    struct fixture fixture;
    start(&fixture);
    struct brink_link *link = fixture.soon_slot->next;
    brink_timer_cancel(&fixture.wheel, fixture.soon);
    assert_true(brink_wheel_check(&fixture.wheel));
    brink_list_push_back(fixture.soon_slot, link);
    assert_false(brink_wheel_check(&fixture.wheel));
    brink_list_remove(link);
    stop(&fixture);
}

/* Moves `soon` into the list and back; the bits go with it, so that they agree. */
static void expect_wrong(struct fixture *fixture, struct brink_link *list)
{
    struct brink_wheel *wheel = &fixture->wheel;
    struct brink_link *link = fixture->soon_slot->next;
    size_t index = (size_t)(list - &wheel->slots[0][0]);
    uint64_t before[BRINK_WHEEL_LEVELS];
    memcpy(before, wheel->occupied, sizeof before);
    brink_list_remove(link);
    brink_list_push_back(list, link);
    wheel->occupied[0] = 0;
    if (index < BRINK_WHEEL_LEVELS * BRINK_WHEEL_SLOTS)
        wheel->occupied[index / BRINK_WHEEL_SLOTS] |= UINT64_C(1) << index % BRINK_WHEEL_SLOTS;
    assert_false(brink_wheel_check(wheel));
    brink_list_remove(link);
    brink_list_push_back(fixture->soon_slot, link);
    memcpy(wheel->occupied, before, sizeof before);
    assert_true(brink_wheel_check(wheel));
}

static void sees_a_timer_in_another_place(void **state)
{
    (void)state;
    struct fixture fixture;
    start(&fixture);
    expect_wrong(&fixture, &fixture.wheel.slots[0][(SOON_MS + 1) % BRINK_WHEEL_SLOTS]);
    expect_wrong(&fixture, &fixture.wheel.slots[1][SOON_MS % BRINK_WHEEL_SLOTS]);
    expect_wrong(&fixture, &fixture.wheel.due);
    expect_wrong(&fixture, &fixture.wheel.expiring);
    stop(&fixture);
}

static void expect_torn(struct fixture *fixture, struct brink_link *list)
{
    struct brink_link *link = list->next;
    struct brink_link *before = list->prev;
    list->prev = list; /* the last link's neighbour does not know it */
    assert_ptr_equal(link->next, list);
    assert_false(brink_wheel_check(&fixture->wheel));
    list->prev = before;
    assert_true(brink_wheel_check(&fixture->wheel));
}

static void sees_a_torn_list(void **state)
{
    (void)state;
    struct fixture fixture;
    start(&fixture);
    expect_torn(&fixture, fixture.soon_slot);
    expect_torn(&fixture, &fixture.wheel.due);
    stop(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sees_a_wrong_count),
        cmocka_unit_test(sees_a_wrong_bit),
        cmocka_unit_test(sees_a_timer_whose_time_has_passed),
        cmocka_unit_test(sees_a_timer_that_is_not_armed),
        cmocka_unit_test(sees_a_timer_in_another_place),
        cmocka_unit_test(sees_a_torn_list),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
