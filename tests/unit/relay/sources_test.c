/* Clients by source: limits hold, also when many threads come and go; nothing is kept of who has
 * left; and without memory nothing is lost. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

#include "relay/sources.h"
#include "support/counting_source.h"

static const struct brink_siphash_key key = {1, 2};

static struct brink_prefix prefix_of(const char *text)
{
    struct brink_prefix prefix;
    struct brink_message why = {""};
    if (brink_failed(brink_prefix_parse(&prefix, text, &why)))
        fail_msg("%s", why.text);
    return prefix;
}

/* The i-th /24 of 10.0.0.0/8. */
static struct brink_prefix nth(unsigned i)
{
    return (struct brink_prefix){
        .family = AF_INET, .bytes = {10, (uint8_t)(i >> 8), (uint8_t)i}, .bits = 24};
}

static void start(struct brink_sources *sources)
{
    assert_int_equal(brink_sources_init(sources, &key).err, 0);
}

static void each_source_has_a_limit_of_its_own(void **state)
{
    (void)state;
    static const char *const texts[] = {"192.0.2.7", "192.0.2.8",     "192.0.2.0/24",
                                        "unix",      "2001:db8::/64", "2001:db8:0:1::/64"};
    enum { COUNT = sizeof texts / sizeof texts[0], MOST = 3 };
    struct brink_sources sources;
    start(&sources);
    for (uint32_t client = 0; client < MOST; client++) {
        for (size_t i = 0; i < COUNT; i++) {
            struct brink_prefix source = prefix_of(texts[i]);
            assert_int_equal(brink_sources_clients(&sources, &source), client);
            assert_int_equal(brink_sources_enter(&sources, &source, MOST).err, 0);
        }
    }
    for (size_t i = 0; i < COUNT; i++) {
        struct brink_prefix source = prefix_of(texts[i]);
        assert_int_equal(brink_sources_enter(&sources, &source, MOST).err, EDQUOT);
        assert_int_equal(brink_sources_clients(&sources, &source), MOST);
        brink_sources_leave(&sources, &source);
        assert_int_equal(brink_sources_enter(&sources, &source, MOST).err, 0);
        assert_int_equal(brink_sources_enter(&sources, &source, MOST).err, EDQUOT);
        assert_int_equal(brink_sources_enter(&sources, &source, 0).err, 0);
        for (uint32_t client = 0; client <= MOST; client++)
            brink_sources_leave(&sources, &source);
        assert_int_equal(brink_sources_clients(&sources, &source), 0);
    }
    brink_sources_destroy(&sources);
}

static void who_has_left_takes_no_memory(void **state)
{
    (void)state;
    enum { MANY = 20000 };
    struct brink_sources sources;
    start(&sources);
    for (unsigned i = 0; i < MANY; i++) {
        struct brink_prefix source = nth(i);
        assert_int_equal(brink_sources_enter(&sources, &source, 1).err, 0);
    }
    size_t full = sources.arena.live_bytes;
    for (unsigned i = 0; i < MANY; i++) {
        struct brink_prefix source = nth(i);
        assert_int_equal(brink_sources_clients(&sources, &source), 1);
        brink_sources_leave(&sources, &source);
        assert_int_equal(brink_sources_clients(&sources, &source), 0);
    }
    assert_true(sources.arena.live_bytes < full / 20);
    brink_sources_destroy(&sources);
    assert_int_equal(sources.arena.live_bytes, 0);
}

/* The k-th allocation fails, for each k: the one client is refused, the others stay counted. */
static void without_memory_a_client_is_refused_and_no_other_forgotten(void **state)
{
    (void)state;
    enum { CLIENTS = 600 };
    bool failed = true;
    for (size_t k = 1; failed; k++) {
        struct brink_sources sources;
        struct counting_source memory;
        unsigned refused = 0;
        start(&sources);
        brink_arena_close(&sources.arena);
        counting_open(&sources.arena, &memory);
        memory.fail_at = k;
        for (unsigned i = 0; i < CLIENTS; i++) {
            struct brink_prefix source = nth(i);
            brink_result entered = brink_sources_enter(&sources, &source, 1);
            if (!brink_failed(entered))
                continue;
            assert_int_equal(entered.err, ENOMEM);
            assert_int_equal(brink_sources_clients(&sources, &source), 0);
            assert_int_equal(brink_sources_enter(&sources, &source, 1).err, 0);
            refused++;
        }
        failed = refused > 0;
        assert_in_range(refused, 0, 1);
        for (unsigned i = 0; i < CLIENTS; i++) {
            struct brink_prefix source = nth(i);
            assert_int_equal(brink_sources_clients(&sources, &source), 1);
            brink_sources_leave(&sources, &source);
        }
        brink_sources_destroy(&sources);
        assert_int_equal(memory.blocks, 0);
        assert_true(failed || k > 5);
    }
}

enum { THREADS = 4, SOURCES = 8, MOST = 3, ROUNDS = 20000 };

struct crowd {
    struct brink_sources sources;
    atomic_uint inside[SOURCES];
    atomic_uint refused;
    atomic_bool broken;
};

static void *come_and_go(void *arg)
{
    struct crowd *crowd = arg;
    bool within[SOURCES] = {false};
    for (unsigned round = 0; round < ROUNDS + SOURCES; round++) {
        unsigned i = round * 5 % SOURCES;
        struct brink_prefix source = nth(i);
        if (within[i]) {
            atomic_fetch_sub(&crowd->inside[i], 1); /* before, so that it is never too many */
            brink_sources_leave(&crowd->sources, &source);
            within[i] = false;
        } else if (round < ROUNDS) {
            within[i] = !brink_failed(brink_sources_enter(&crowd->sources, &source, MOST));
            if (!within[i])
                atomic_fetch_add(&crowd->refused, 1);
            else if (atomic_fetch_add(&crowd->inside[i], 1) >= MOST)
                atomic_store(&crowd->broken, true);
        }
    }
    return NULL;
}

static void limits_hold_among_threads(void **state)
{
    (void)state;
    static struct crowd crowd;
    pthread_t threads[THREADS];
    struct brink_prefix full = nth(0); /* so that some are refused, however the threads run */
    start(&crowd.sources);
    for (unsigned i = 0; i < MOST; i++)
        assert_int_equal(brink_sources_enter(&crowd.sources, &full, MOST).err, 0);
    atomic_store(&crowd.inside[0], MOST);
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, come_and_go, &crowd), 0);
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    assert_false(atomic_load(&crowd.broken));
    assert_in_range(atomic_load(&crowd.refused), THREADS * ROUNDS / SOURCES, THREADS * ROUNDS);
    assert_int_equal(atomic_load(&crowd.inside[0]), MOST);
    atomic_store(&crowd.inside[0], 0);
    for (unsigned i = 0; i < MOST; i++)
        brink_sources_leave(&crowd.sources, &full);
    for (unsigned i = 0; i < SOURCES; i++) {
        struct brink_prefix source = nth(i);
        assert_int_equal(atomic_load(&crowd.inside[i]), 0);
        assert_int_equal(brink_sources_clients(&crowd.sources, &source), 0);
    }
    brink_sources_destroy(&crowd.sources);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_source_has_a_limit_of_its_own),
        cmocka_unit_test(who_has_left_takes_no_memory),
        cmocka_unit_test(without_memory_a_client_is_refused_and_no_other_forgotten),
        cmocka_unit_test(limits_hold_among_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
