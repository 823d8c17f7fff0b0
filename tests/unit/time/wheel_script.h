/* wheel_script.h - runs a string of bytes as a script of operations on a wheel, beside a plain
 * array of deadlines that says what must happen, and aborts where the two disagree. The unit test
 * feeds it from a seeded generator, the fuzz target from libFuzzer. */
#ifndef BRINK_TESTS_WHEEL_SCRIPT_H
#define BRINK_TESTS_WHEEL_SCRIPT_H

#include <stdio.h>
#include <stdlib.h>

#include "time/wheel.h"

#define WHEEL_REQUIRE(condition)                                                                   \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);                        \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

enum { WHEEL_SCRIPT_TIMERS = 24 };

struct wheel_script;

/* What is known about one timer. */
struct wheel_entry {
    struct wheel_script *script;
    struct brink_timer *timer; /* NULL: not made, or freed */
    uint64_t deadline_ms;
    bool late;    /* was past due when it was armed */
    bool pending; /* must fire in the running advance */
};

struct wheel_script {
    const uint8_t *data;
    size_t left;
    struct brink_wheel wheel;
    struct wheel_entry entries[WHEEL_SCRIPT_TIMERS];
    uint64_t now_ms;
    uint64_t fired;
    uint64_t last_ms; /* deadline that fired last in the running advance */
};

static inline uint8_t wheel_script_byte(struct wheel_script *script)
{
    if (script->left == 0)
        return 0;
    script->left--;
    return *script->data++;
}

/* A time about 2^n ms from now, or about the next multiple of 2^n, or in the past, or about the
 * last one that there is, or never. */
static inline uint64_t wheel_script_time(struct wheel_script *script)
{
    uint8_t kind = wheel_script_byte(script);
    unsigned bits = kind % 41U;
    uint64_t offset = (uint64_t)(int64_t)(int8_t)wheel_script_byte(script);
    uint64_t now_ms = script->now_ms;
    if (kind < 82)
        return now_ms + (UINT64_C(1) << bits) + offset;
    if (kind < 205)
        return (((now_ms >> bits) + 1) << bits) + offset % 4;
    if (kind < 246)
        return now_ms - offset % 256;
    return kind == 255 ? BRINK_NEVER : BRINK_WHEEL_LATEST_MS + kind - 250;
}

static inline void wheel_script_fire(void *arg, uint64_t now_ms);

static inline void wheel_script_arm(struct wheel_script *script, struct wheel_entry *entry)
{
    if (!entry->timer) {
        entry->timer = brink_timer_new(&script->wheel, wheel_script_fire, entry);
        WHEEL_REQUIRE(entry->timer);
        WHEEL_REQUIRE(brink_timer_deadline(entry->timer) == BRINK_NEVER);
    }
    uint64_t deadline_ms = wheel_script_time(script);
    entry->deadline_ms = deadline_ms > BRINK_WHEEL_LATEST_MS ? BRINK_NEVER : deadline_ms;
    entry->late = entry->deadline_ms <= script->now_ms;
    entry->pending = false;
    brink_timer_arm(&script->wheel, entry->timer, deadline_ms);
}

static inline void wheel_script_disarm(struct wheel_script *script, struct wheel_entry *entry,
                                       bool and_free)
{
    if (!entry->timer)
        return;
    entry->deadline_ms = BRINK_NEVER;
    entry->pending = false;
    if (and_free) {
        brink_timer_free(&script->wheel, entry->timer);
        entry->timer = NULL;
    } else {
        brink_timer_cancel(&script->wheel, entry->timer);
    }
}

/* One operation of those that a fn may do as well. */
static inline void wheel_script_touch(struct wheel_script *script, uint8_t op)
{
    struct wheel_entry *entry = &script->entries[wheel_script_byte(script) % WHEEL_SCRIPT_TIMERS];
    if (op % 4 < 2)
        wheel_script_arm(script, entry);
    else
        wheel_script_disarm(script, entry, op % 4 == 3);
}

/* The wheel's view of every timer, and of what comes next, is the array's. */
static inline void wheel_script_compare(const struct wheel_script *script)
{
    const struct brink_wheel *wheel = &script->wheel;
    uint64_t first = BRINK_NEVER;
    uint64_t armed = 0;
    for (size_t i = 0; i < WHEEL_SCRIPT_TIMERS; i++) {
        const struct wheel_entry *entry = &script->entries[i];
        if (entry->timer)
            WHEEL_REQUIRE(brink_timer_deadline(entry->timer) == entry->deadline_ms);
        if (entry->deadline_ms == BRINK_NEVER)
            continue;
        armed++;
        first = entry->deadline_ms < first ? entry->deadline_ms : first;
    }
    WHEEL_REQUIRE(brink_wheel_check(wheel));
    WHEEL_REQUIRE(wheel->armed == armed && wheel->now_ms == script->now_ms);
    uint64_t next = brink_wheel_next(wheel);
    if (first <= script->now_ms || first == BRINK_NEVER)
        WHEEL_REQUIRE(next == (first == BRINK_NEVER ? BRINK_NEVER : script->now_ms));
    else if (first / BRINK_WHEEL_SLOTS == script->now_ms / BRINK_WHEEL_SLOTS)
        WHEEL_REQUIRE(next == first);
    else
        WHEEL_REQUIRE(next > script->now_ms && next <= first);
}

static inline void wheel_script_fire(void *arg, uint64_t now_ms)
{
    struct wheel_entry *entry = arg;
    struct wheel_script *script = entry->script;
    WHEEL_REQUIRE(entry->pending && entry->deadline_ms <= now_ms);
    WHEEL_REQUIRE(now_ms == script->now_ms);
    WHEEL_REQUIRE(brink_timer_deadline(entry->timer) == BRINK_NEVER);
    uint64_t order = entry->late ? 0 : entry->deadline_ms;
    WHEEL_REQUIRE(order >= script->last_ms);
    script->last_ms = order;
    script->fired++;
    entry->pending = false;
    entry->deadline_ms = BRINK_NEVER;
    for (uint8_t op = wheel_script_byte(script); op >= 128; op = wheel_script_byte(script))
        wheel_script_touch(script, op);
    wheel_script_compare(script);
}

static inline void wheel_script_advance(struct wheel_script *script, uint64_t to_ms)
{
    if (to_ms > script->now_ms)
        script->now_ms = to_ms;
    for (size_t i = 0; i < WHEEL_SCRIPT_TIMERS; i++) {
        struct wheel_entry *entry = &script->entries[i];
        entry->pending = entry->deadline_ms != BRINK_NEVER && entry->deadline_ms <= script->now_ms;
    }
    script->fired = 0;
    script->last_ms = 0;
    WHEEL_REQUIRE(brink_wheel_advance(&script->wheel, to_ms) == script->fired);
    for (size_t i = 0; i < WHEEL_SCRIPT_TIMERS; i++)
        WHEEL_REQUIRE(!script->entries[i].pending);
}

static inline void wheel_script_step(struct wheel_script *script)
{
    uint8_t op = wheel_script_byte(script);
    if (op % 8 < 5) {
        wheel_script_touch(script, op % 8);
    } else if (op % 8 == 5) {
        uint64_t next = brink_wheel_next(&script->wheel);
        if (next - script->now_ms < UINT64_C(1) << 41)
            wheel_script_advance(script, next);
    } else {
        uint64_t to_ms = wheel_script_time(script);
        /* Far jumps cost a hop per 2^36 ms; and the clock must not come to its end. */
        if (to_ms <= script->now_ms || to_ms - script->now_ms < UINT64_C(1) << 41)
            wheel_script_advance(script, to_ms);
    }
    wheel_script_compare(script);
}

static inline void wheel_script_run(const uint8_t *data, size_t size)
{
    struct brink_arena arena;
    struct brink_slab_pool pool;
    if (brink_failed(brink_arena_open(&arena)))
        return;
    brink_slab_init(&pool, &arena, "timers", brink_timer_size());
    struct wheel_script *script = calloc(1, sizeof(*script));
    WHEEL_REQUIRE(script);
    script->data = data;
    script->left = size;
    script->now_ms = UINT64_C(1) << wheel_script_byte(script) % 60U;
    brink_wheel_init(&script->wheel, &pool, script->now_ms);
    for (size_t i = 0; i < WHEEL_SCRIPT_TIMERS; i++)
        script->entries[i] = (struct wheel_entry){.script = script, .deadline_ms = BRINK_NEVER};
    while (script->left > 0)
        wheel_script_step(script);
    for (size_t i = 0; i < WHEEL_SCRIPT_TIMERS; i++)
        wheel_script_disarm(script, &script->entries[i], true);
    wheel_script_compare(script);
    free(script);
    brink_slab_destroy(&pool);
    brink_arena_close(&arena);
}

#endif
