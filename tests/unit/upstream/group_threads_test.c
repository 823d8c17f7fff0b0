/* Several threads lease, release, note, check, watch and update at once: no count is lost, nobody
 * who is freed is touched (TSan and ASan see to that). */
#include "group_rig.h"

#include <pthread.h>

enum { WORKERS = 3, ROUNDS = 3000, HANDS = 8 };

struct shared {
    struct group_rig rig;
    _Atomic(uint64_t) now_ms;
    _Atomic(uint64_t) leased;
    atomic_bool failed;
};

struct worker {
    struct shared *shared;
    struct brink_group_watcher watcher;
    _Atomic(unsigned) told;
    uint64_t seed;
    pthread_t thread;
};

static void tell(struct brink_group_watcher *watcher)
{
    atomic_fetch_add(&BRINK_CONTAINER_OF(watcher, struct worker, watcher)->told, 1);
}

static void lease_and_release(struct worker *worker, struct brink_target **hand)
{
    struct shared *shared = worker->shared;
    struct brink_group *group = shared->rig.group;
    uint64_t now_ms = atomic_load(&shared->now_ms);
    if (*hand != NULL) {
        brink_group_note(group, *hand, (enum brink_outcome)((worker->seed >> 8) % 5), now_ms);
        brink_group_release(group, *hand);
        *hand = NULL;
        return;
    }
    struct brink_pick pick = {
        .now_ms = now_ms, .source = worker->seed >> 40, .random = worker->seed};
    atomic_store(&worker->watcher.waits, true);
    if (!brink_failed(brink_group_lease(group, &pick, hand))) {
        atomic_fetch_add(&shared->leased, 1);
        if ((*hand)->text[0] == '\0' || atomic_load(&(*hand)->state) > BRINK_TARGET_GONE)
            atomic_store(&shared->failed, true);
    } else {
        *hand = NULL;
    }
}

static void *work(void *arg)
{
    struct worker *worker = arg;
    struct brink_group *group = worker->shared->rig.group;
    struct brink_target *hands[HANDS] = {NULL};
    brink_group_watch(group, &worker->watcher);
    for (int i = 0; i < ROUNDS; i++) {
        worker->seed = brink_maglev_mix(worker->seed);
        lease_and_release(worker, &hands[worker->seed % HANDS]);
        if (brink_group_enter_queue(group))
            brink_group_leave_queue(group);
    }
    for (int i = 0; i < HANDS; i++) {
        if (hands[i] != NULL)
            brink_group_release(group, hands[i]);
    }
    brink_group_unwatch(group, &worker->watcher);
    return NULL;
}

static void *check(void *arg)
{
    struct shared *shared = arg;
    uint64_t seed = 5;
    for (int i = 0; i < ROUNDS / 4; i++) {
        struct brink_target *held[RIG_SERVERS];
        size_t count = brink_group_hold(shared->rig.group, held, RIG_SERVERS);
        for (size_t k = 0; k < count; k++) {
            seed = brink_maglev_mix(seed);
            brink_group_checked(shared->rig.group, held[k], seed % 4 != 0, "test",
                                atomic_fetch_add(&shared->now_ms, 3));
            brink_group_drop(shared->rig.group, held[k]);
        }
        if (!brink_group_check(shared->rig.group))
            atomic_store(&shared->failed, true);
    }
    return NULL;
}

static void look(void *context, const struct brink_target *target,
                 const struct brink_target_figures *figures)
{
    struct shared *shared = context;
    if (target->text[0] == '\0' || figures->weight > BRINK_WEIGHT_MAX)
        atomic_store(&shared->failed, true);
}

static void *update(void *arg)
{
    struct shared *shared = arg;
    uint64_t seed = 9;
    for (unsigned i = 0; i < 60; i++) {
        struct brink_target_entry entries[12];
        size_t count = 0;
        seed = brink_maglev_mix(seed);
        for (unsigned server = 1; server <= 12; server++) {
            if (seed >> server & 1)
                entries[count++] = (struct brink_target_entry){.address = rig_address(server),
                                                               .weight = 1 + i % 3,
                                                               .max_connections = server % 4,
                                                               .tier = server % 2};
        }
        if (brink_failed(brink_group_update(shared->rig.group, i % 2, entries, count,
                                            atomic_load(&shared->now_ms))))
            atomic_store(&shared->failed, true);
        brink_group_each(shared->rig.group, look, shared);
    }
    return NULL;
}

static void run(enum brink_balance balance)
{
    static struct shared shared;
    static struct worker workers[WORKERS];
    pthread_t checker, updater;
    struct brink_group_figures figures;
    memset(&shared, 0, sizeof shared);
    memset(workers, 0, sizeof workers);
    rig_init(&shared.rig);
    shared.rig.options.balance = balance;
    shared.rig.options.slow_start_ms = 100;
    shared.rig.options.eject.base_ms = 20;
    shared.rig.options.eject.connect_failures = 2;
    struct brink_log quiet = {0};
    assert_int_equal(brink_group_open(&shared.rig.group, &shared.rig.options, &quiet, 3).err, 0);
    for (unsigned i = 0; i < WORKERS; i++) {
        workers[i].shared = &shared;
        workers[i].seed = i + 1;
        workers[i].watcher.notify = tell;
        assert_int_equal(pthread_create(&workers[i].thread, NULL, work, &workers[i]), 0);
    }
    assert_int_equal(pthread_create(&checker, NULL, check, &shared), 0);
    assert_int_equal(pthread_create(&updater, NULL, update, &shared), 0);
    for (unsigned i = 0; i < WORKERS; i++)
        assert_int_equal(pthread_join(workers[i].thread, NULL), 0);
    assert_int_equal(pthread_join(checker, NULL), 0);
    assert_int_equal(pthread_join(updater, NULL), 0);
    brink_group_figures(shared.rig.group, &figures);
    assert_false(atomic_load(&shared.failed));
    assert_int_equal(figures.connections, 0);
    assert_int_equal(figures.queued, 0);
    assert_true(brink_group_check(shared.rig.group));
    brink_group_close(shared.rig.group); /* asserts that nobody holds anything */
}

static void nothing_is_lost_in_turns(void **state)
{
    (void)state;
    run(BRINK_BALANCE_ROUND_ROBIN);
}

static void nothing_is_lost_by_source(void **state)
{
    (void)state;
    run(BRINK_BALANCE_SOURCE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_lost_in_turns),
        cmocka_unit_test(nothing_is_lost_by_source),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
