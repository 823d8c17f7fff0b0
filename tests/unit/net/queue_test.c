/* A queue against a plain array of bytes, and with the arena refusing at every point. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>

#include "net/queue.h"

enum { MOST = 60000 };

struct model {
    uint8_t bytes[MOST];
    size_t length;
    size_t held;
};

static struct model model;
static struct brink_arena arena;
static struct brink_segments segments;
static struct brink_queue queue;
static const struct brink_memory_source *whole;
static int allowed; /* allocations that succeed; -1: all */

static void *limited_alloc(void *context, size_t size, size_t align)
{
    if (allowed == 0)
        return NULL;
    allowed -= allowed > 0;
    return whole->alloc(context, size, align);
}

static void open_queue(void)
{
    assert_int_equal(brink_arena_open(&arena).err, 0);
    brink_segments_init(&segments, &arena, 1 << 20);
    memset(&queue, 0, sizeof queue);
    memset(&model, 0, sizeof model);
}

static void close_queue(void)
{
    brink_queue_clear(&queue, &segments);
    assert_int_equal(brink_counter_read(&segments.in_use), 0);
    brink_segments_destroy(&segments);
    assert_int_equal(arena.live_bytes, 0);
    brink_arena_close(&arena);
}

static void compare(void)
{
    struct iovec parts[BRINK_QUEUE_PARTS];
    size_t at = 0;
    assert_true(brink_queue_check(&queue));
    assert_int_equal(brink_queue_bytes(&queue), model.length);
    assert_int_equal(brink_queue_held(&queue), model.held);
    size_t count = brink_queue_peek(&queue, parts);
    for (size_t i = 0; i < count; i++) {
        assert_memory_equal(parts[i].iov_base, model.bytes + at, parts[i].iov_len);
        at += parts[i].iov_len;
    }
    assert_true(at == model.length - model.held || count == BRINK_QUEUE_PARTS);
    uint8_t held[300];
    size_t copied = brink_queue_copy_held(&queue, held, sizeof held);
    assert_int_equal(copied, model.held < sizeof held ? model.held : sizeof held);
    assert_memory_equal(held, model.bytes + model.length - model.held, copied);
}

static size_t pick(size_t below)
{
    return (size_t)random() % below;
}

static void add(bool hold)
{
    uint8_t bytes[9000];
    size_t length = pick(pick(2) ? 20 : sizeof bytes);
    if (model.length + length > MOST)
        return;
    for (size_t i = 0; i < length; i++)
        bytes[i] = (uint8_t)random();
    if (hold) {
        assert_int_equal(brink_queue_hold(&queue, &segments, bytes, length).err, 0);
        model.held += length;
    } else {
        brink_queue_release(&queue);
        model.held = 0;
        assert_int_equal(brink_queue_append(&queue, &segments, bytes, length).err, 0);
    }
    if (length > 0)
        memcpy(model.bytes + model.length, bytes, length);
    model.length += length;
}

static void consume(void)
{
    size_t length = pick(model.length - model.held + 1);
    brink_queue_consume(&queue, &segments, length);
    memmove(model.bytes, model.bytes + length, model.length - length);
    model.length -= length;
}

static void truncate_some(void)
{
    size_t keep = pick(model.length + 1);
    size_t dropped = model.length - keep;
    brink_queue_truncate(&queue, &segments, (uint32_t)keep);
    model.held = model.held > dropped ? model.held - dropped : 0;
    model.length = keep;
}

static void it_is_an_array_of_bytes(void **state)
{
    (void)state;
    srandom(3);
    open_queue();
    for (int i = 0; i < 20000; i++) {
        switch (pick(8)) {
        case 0:
        case 1:
        case 2:
            add(false);
            break;
        case 3:
            add(true);
            break;
        case 4:
            if (pick(20) == 0)
                truncate_some();
            break;
        default:
            consume();
            break;
        }
        compare();
    }
    close_queue();
}

static void an_empty_queue_owns_nothing(void **state)
{
    (void)state;
    open_queue();
    assert_int_equal(brink_queue_append(&queue, &segments, "abc", 3).err, 0);
    assert_true(brink_counter_read(&segments.in_use) > 0);
    brink_queue_consume(&queue, &segments, 3);
    assert_int_equal(brink_counter_read(&segments.in_use), 0);
    assert_null(queue.last);
    close_queue();
}

static void without_memory_it_is_as_before(void **state)
{
    (void)state;
    static uint8_t large[300000];
    brink_result appended = brink_fail(ENOMEM);
    for (int k = 0; brink_failed(appended); k++) {
        open_queue();
        add(false);
        whole = arena.source;
        const struct brink_memory_source limited = {limited_alloc, whole->release};
        arena.source = &limited;
        allowed = k;
        appended = brink_queue_append(&queue, &segments, large, sizeof large);
        if (brink_failed(appended)) {
            assert_int_equal(appended.err, ENOMEM);
            compare();
        }
        arena.source = whole;
        close_queue();
    }
}

static void without_memory_nothing_is_held(void **state)
{
    (void)state;
    static uint8_t large[300000];
    open_queue();
    add(false);
    whole = arena.source;
    const struct brink_memory_source limited = {limited_alloc, whole->release};
    arena.source = &limited;
    allowed = 0;
    assert_int_equal(brink_queue_hold(&queue, &segments, large, sizeof large).err, ENOMEM);
    compare();
    arena.source = whole;
    close_queue();
}

/* Held bytes span the segments, and those that follow them land behind them. */
static void what_is_held_stays_counted_as_segments_come_and_go(void **state)
{
    (void)state;
    static uint8_t bytes[3 * BRINK_SEGMENT_ROOM];
    open_queue();
    assert_int_equal(brink_queue_hold(&queue, &segments, bytes, 0).err, 0);
    assert_int_equal(brink_queue_held(&queue), 0);
    assert_int_equal(brink_queue_append(&queue, &segments, bytes, 10).err, 0);
    assert_int_equal(brink_queue_hold(&queue, &segments, bytes, sizeof bytes).err, 0);
    assert_int_equal(brink_queue_sendable(&queue), 10);
    brink_queue_consume(&queue, &segments, 10);
    brink_queue_consume(&queue, &segments, 0);
    assert_int_equal(brink_queue_held(&queue), sizeof bytes);
    brink_queue_truncate(&queue, &segments, 5);
    assert_int_equal(brink_queue_held(&queue), 5);
    assert_int_equal(brink_queue_bytes(&queue), 5);
    brink_queue_truncate(&queue, &segments, brink_queue_sendable(&queue));
    assert_null(queue.last);
    brink_queue_release(&queue);
    brink_queue_consume(&queue, &segments, 0);
    brink_queue_truncate(&queue, &segments, 0);
    assert_true(brink_queue_check(&queue));
    close_queue();
}

static void more_than_can_be_counted_is_refused(void **state)
{
    (void)state;
    open_queue();
    add(false);
    /* refused for its length alone: there are no such bytes */
    assert_int_equal(brink_queue_append(&queue, &segments, "", (size_t)UINT32_MAX + 1).err,
                     EMSGSIZE);
    compare();
    close_queue();
}

static void the_check_sees_wrong_sums(void **state)
{
    (void)state;
    open_queue();
    assert_int_equal(brink_queue_append(&queue, &segments, "abc", 3).err, 0);
    assert_true(brink_queue_check(&queue));
    queue.last->held = 4;
    assert_false(brink_queue_check(&queue));
    queue.last->held = 0;
    queue.last->queued = 2;
    assert_false(brink_queue_check(&queue));
    queue.last->queued = 0;
    assert_false(brink_queue_check(&queue));
    queue.last->queued = 3;
    assert_true(brink_queue_check(&queue));
    queue.last->begin = queue.last->end;
    assert_false(brink_queue_check(&queue));
    queue.last->begin = 0;
    queue.last->end = BRINK_SEGMENT_ROOM + 1;
    assert_false(brink_queue_check(&queue));
    queue.last->end = 3;
    assert_true(brink_queue_check(&queue));
    close_queue();
}

static void a_spent_budget_is_told(void **state)
{
    (void)state;
    open_queue();
    segments.budget = BRINK_SEGMENT_SIZE;
    assert_false(brink_segments_spent(&segments));
    assert_int_equal(brink_queue_append(&queue, &segments, "x", 1).err, 0);
    assert_true(brink_segments_spent(&segments));
    close_queue();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_an_array_of_bytes),
        cmocka_unit_test(an_empty_queue_owns_nothing),
        cmocka_unit_test(without_memory_it_is_as_before),
        cmocka_unit_test(without_memory_nothing_is_held),
        cmocka_unit_test(what_is_held_stays_counted_as_segments_come_and_go),
        cmocka_unit_test(more_than_can_be_counted_is_refused),
        cmocka_unit_test(the_check_sees_wrong_sums),
        cmocka_unit_test(a_spent_budget_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
