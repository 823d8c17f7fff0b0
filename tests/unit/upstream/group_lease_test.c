/* Whom a connection goes to: by each balance, by tier, by room, and when nobody is well. */
#include "group_rig.h"

#include <errno.h>

enum { MOST = 4096 };

struct leases {
    struct brink_target *targets[MOST];
    size_t count;
    size_t of[RIG_SERVERS + 1]; /* by port */
};

static void lease_many(struct group_rig *rig, struct leases *leases, size_t count)
{
    memset(leases, 0, sizeof *leases);
    for (size_t i = 0; i < count; i++) {
        struct brink_pick pick = {.source = i, .random = brink_maglev_mix(i + 99)};
        assert_int_equal(rig_lease_pick(rig, pick, &leases->targets[leases->count]), 0);
        leases->of[rig_port(leases->targets[leases->count++])]++;
    }
}

static void release_many(struct group_rig *rig, struct leases *leases)
{
    while (leases->count > 0)
        brink_group_release(rig->group, leases->targets[--leases->count]);
}

static void each_balance_gives_shares_by_weight(void **state)
{
    (void)state;
    static const struct {
        enum brink_balance balance;
        size_t off; /* of 4000 */
    } cases[] = {{BRINK_BALANCE_ROUND_ROBIN, 0},
                 {BRINK_BALANCE_LEAST_CONNECTIONS, 0},
                 {BRINK_BALANCE_RANDOM_TWO, 100},
                 {BRINK_BALANCE_SOURCE, 150}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        static struct group_rig rig;
        static struct leases leases;
        rig_init(&rig);
        rig.options.balance = cases[i].balance;
        for (uint32_t weight = 1; weight <= 4; weight++)
            (void)rig_add(&rig, weight);
        (void)rig_add(&rig, 0);
        rig_open(&rig);
        lease_many(&rig, &leases, 4000);
        for (size_t port = 1; port <= 4; port++)
            assert_in_range(leases.of[port], port * 400 - cases[i].off, port * 400 + cases[i].off);
        assert_int_equal(leases.of[5], 0);
        release_many(&rig, &leases);
        rig_close(&rig);
    }
}

static void sources_are_the_same_in_any_order_of_servers(void **state)
{
    (void)state;
    static struct group_rig a, b;
    rig_init(&a);
    rig_init(&b);
    a.options.balance = b.options.balance = BRINK_BALANCE_SOURCE;
    for (uint32_t i = 0; i < 10; i++)
        (void)rig_add(&a, 1 + i % 3);
    b.count = a.count;
    for (size_t i = 0; i < a.count; i++)
        b.entries[i] = a.entries[a.count - 1 - i];
    rig_open(&a);
    rig_open(&b);
    for (uint64_t source = 0; source < 3000; source++) {
        struct brink_target *one, *other;
        assert_int_equal(rig_lease_pick(&a, (struct brink_pick){.source = source}, &one), 0);
        assert_int_equal(rig_lease_pick(&b, (struct brink_pick){.source = source}, &other), 0);
        assert_string_equal(one->text, other->text);
        brink_group_release(a.group, one);
        brink_group_release(b.group, other);
    }
    rig_close(&a);
    rig_close(&b);
}

static void few_sources_move_when_one_of_ten_leaves(void **state)
{
    (void)state;
    enum { SOURCES = 5000 };
    static struct group_rig rig;
    static unsigned before[SOURCES];
    size_t others = 0, moved = 0;
    rig_init(&rig);
    rig.options.balance = BRINK_BALANCE_SOURCE;
    for (int i = 0; i < 10; i++)
        (void)rig_add(&rig, 1);
    rig_open(&rig);
    for (int round = 0; round < 2; round++) {
        for (uint64_t source = 0; source < SOURCES; source++) {
            struct brink_target *target;
            struct brink_pick pick = {.source = source};
            assert_int_equal(rig_lease_pick(&rig, pick, &target), 0);
            if (round == 0) {
                before[source] = rig_port(target);
            } else if (before[source] != 4) {
                others++;
                moved += before[source] != rig_port(target);
            }
            brink_group_release(rig.group, target);
        }
        rig.entries[3] = rig.entries[9];
        rig.count = 9;
        assert_int_equal(rig_update(&rig), 0);
    }
    assert_true(others > 4000 && moved * 100 <= others * 12);
    rig_close(&rig);
}

static void a_tier_is_used_while_none_before_is_usable(void **state)
{
    (void)state;
    static struct group_rig rig;
    struct brink_target *held[RIG_SERVERS];
    static const enum brink_balance balances[] = {BRINK_BALANCE_ROUND_ROBIN,
                                                  BRINK_BALANCE_LEAST_CONNECTIONS,
                                                  BRINK_BALANCE_RANDOM_TWO, BRINK_BALANCE_SOURCE};
    for (size_t b = 0; b < 4; b++) {
        rig_init(&rig);
        rig.options.balance = balances[b];
        rig_add(&rig, 1)->tier = 20; /* backup of the backup */
        (void)rig_add(&rig, 1);
        (void)rig_add(&rig, 1);
        rig_add(&rig, 256)->tier = 7;
        rig_open(&rig);
        assert_int_equal(rig_hold(&rig, held), 4);
        assert_in_range(rig_turn(&rig), 2, 3);
        rig_check(&rig, held[1], false, 3);
        assert_int_equal(rig_turn(&rig), 3);
        rig_check(&rig, held[2], false, 3);
        assert_int_equal(rig_turn(&rig), 4);
        rig_check(&rig, held[3], false, 3);
        assert_int_equal(rig_turn(&rig), 1);
        rig_check(&rig, held[0], false, 3);
        assert_int_equal(rig_turn(&rig), -EHOSTUNREACH);
        rig_check(&rig, held[2], true, 2);
        assert_int_equal(rig_turn(&rig), 3);
        rig_drop(&rig, held, 4);
        rig_close(&rig);
    }
}

/* More tiers than tables; a server each. */
static void tiers_are_many_for_sources_too(void **state)
{
    (void)state;
    static struct group_rig rig;
    struct brink_target *held[RIG_SERVERS];
    rig_init(&rig);
    rig.options.balance = BRINK_BALANCE_SOURCE;
    for (uint32_t i = 0; i < 20; i++)
        rig_add(&rig, 1 + i * 10)->tier = i * 3;
    rig_open(&rig);
    assert_int_equal(rig_hold(&rig, held), 20);
    for (int i = 0; i < 20; i++) {
        assert_int_equal(rig_turn(&rig), i + 1);
        rig_check(&rig, held[i], false, 3);
    }
    assert_int_equal(rig_turn(&rig), -EHOSTUNREACH);
    rig_drop(&rig, held, 20);
    rig_close(&rig);
}

static void a_full_tier_is_waited_for(void **state)
{
    (void)state;
    static struct group_rig rig;
    struct brink_target *a, *b, *none;
    rig_init(&rig);
    rig_add(&rig, 1)->max_connections = 2;
    rig_add(&rig, 1)->tier = 1;
    rig_open(&rig);
    assert_int_equal(rig_lease(&rig, &a), 0);
    assert_int_equal(rig_lease(&rig, &b), 0);
    assert_int_equal(rig_lease(&rig, &none), EAGAIN);
    brink_group_release(rig.group, a);
    assert_int_equal(rig_lease(&rig, &a), 0);
    assert_int_equal(rig_port(a), 1);
    brink_group_release(rig.group, a);
    brink_group_release(rig.group, b);
    rig_close(&rig);
}

static void who_was_tried_is_passed_over(void **state)
{
    (void)state;
    static struct group_rig rig;
    static const enum brink_balance balances[] = {BRINK_BALANCE_ROUND_ROBIN,
                                                  BRINK_BALANCE_LEAST_CONNECTIONS,
                                                  BRINK_BALANCE_RANDOM_TWO, BRINK_BALANCE_SOURCE};
    for (size_t b = 0; b < 4; b++) {
        struct brink_target *tried[4];
        rig_init(&rig);
        rig.options.balance = balances[b];
        for (int i = 0; i < 3; i++)
            (void)rig_add(&rig, 1);
        rig_add(&rig, 1)->tier = 1;
        rig_open(&rig);
        for (size_t i = 0; i < 4; i++) {
            struct brink_pick pick = {.tried = tried, .tried_count = i, .source = 77};
            assert_int_equal(rig_lease_pick(&rig, pick, &tried[i]), 0);
            for (size_t k = 0; k < i; k++)
                assert_ptr_not_equal(tried[i], tried[k]);
            brink_group_release(rig.group, tried[i]);
        }
        assert_int_equal(rig_port(tried[3]), 4); /* the backup comes last */
        struct brink_pick pick = {.tried = tried, .tried_count = 4};
        assert_int_equal(rig_lease_pick(&rig, pick, &tried[0]), EHOSTUNREACH);
        rig_close(&rig);
    }
}

static void no_servers_and_no_weights_are_nobody(void **state)
{
    (void)state;
    static struct group_rig rig;
    rig_init(&rig);
    rig.options.balance = BRINK_BALANCE_SOURCE;
    rig_open(&rig);
    assert_int_equal(rig_turn(&rig), -EHOSTUNREACH);
    (void)rig_add(&rig, 0);
    assert_int_equal(rig_update(&rig), 0);
    assert_int_equal(rig_turn(&rig), -EHOSTUNREACH);
    assert_int_equal(rig_usable(&rig), 0);
    rig_close(&rig);
}

/* Of 2000 connections after `ms`, those that go to the one that has come back. */
static size_t share_of_returned(enum brink_balance balance, uint64_t ms)
{
    static struct group_rig rig;
    static struct leases leases;
    struct brink_target *held[RIG_SERVERS];
    rig_init(&rig);
    rig.options.balance = balance;
    rig.options.slow_start_ms = 10000;
    (void)rig_add(&rig, 1);
    (void)rig_add(&rig, 1);
    rig_open(&rig);
    assert_int_equal(rig_hold(&rig, held), 2);
    rig_check(&rig, held[1], false, 3);
    rig_check(&rig, held[1], true, 2);
    rig.now_ms += ms;
    lease_many(&rig, &leases, 2000);
    size_t share = leases.of[2];
    release_many(&rig, &leases);
    rig_drop(&rig, held, 2);
    rig_close(&rig);
    return share;
}

static void who_comes_back_starts_slowly(void **state)
{
    (void)state;
    static const enum brink_balance balances[] = {BRINK_BALANCE_ROUND_ROBIN,
                                                  BRINK_BALANCE_LEAST_CONNECTIONS};
    for (size_t i = 0; i < 2; i++) {
        assert_in_range(share_of_returned(balances[i], 0), 170, 195); /* 0.1 of 1.1 */
        assert_in_range(share_of_returned(balances[i], 5000), 700, 720);
        assert_in_range(share_of_returned(balances[i], 10000), 1000, 1000);
    }
    /* It stands for its part of its own half. */
    assert_in_range(share_of_returned(BRINK_BALANCE_SOURCE, 0), 60, 140);
    assert_in_range(share_of_returned(BRINK_BALANCE_SOURCE, 10000), 920, 1080);
}

/* A clock that another thread has read a little earlier. */
static void time_that_goes_back_is_no_time(void **state)
{
    (void)state;
    static struct group_rig rig;
    struct brink_target *held[RIG_SERVERS];
    rig_init(&rig);
    rig.options.slow_start_ms = 1000;
    (void)rig_add(&rig, 9);
    (void)rig_add(&rig, 9);
    rig_open(&rig);
    assert_int_equal(rig_hold(&rig, held), 2);
    rig_check(&rig, held[1], false, 3);
    rig_check(&rig, held[1], true, 2);
    rig.now_ms -= 500;
    size_t second = 0;
    for (int i = 0; i < 110; i++)
        second += rig_turn(&rig) == 2;
    assert_in_range(second, 9, 11);
    rig_drop(&rig, held, 2);
    rig_close(&rig);
}

/* So that no other can stand where it stood, and be taken for it. */
static void who_is_held_stays_when_the_lease_ends(void **state)
{
    (void)state;
    static struct group_rig rig;
    struct brink_target *target, *other;
    rig_init(&rig);
    (void)rig_add(&rig, 1);
    rig_open(&rig);
    assert_int_equal(rig_lease(&rig, &target), 0);
    brink_group_end_lease(rig.group, target);
    assert_int_equal(target->connections, 0);
    rig.entries[0].address = rig_address(7);
    assert_int_equal(rig_update(&rig), 0);
    assert_int_equal(atomic_load(&target->state), BRINK_TARGET_GONE);
    assert_int_equal(target->references, 1);
    struct brink_pick pick = {.tried = &target, .tried_count = 1};
    assert_int_equal(rig_lease_pick(&rig, pick, &other), 0);
    assert_ptr_not_equal(other, target);
    brink_group_release(rig.group, other);
    brink_group_drop(rig.group, target);
    rig_close(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_balance_gives_shares_by_weight),
        cmocka_unit_test(sources_are_the_same_in_any_order_of_servers),
        cmocka_unit_test(few_sources_move_when_one_of_ten_leaves),
        cmocka_unit_test(a_tier_is_used_while_none_before_is_usable),
        cmocka_unit_test(tiers_are_many_for_sources_too),
        cmocka_unit_test(a_full_tier_is_waited_for),
        cmocka_unit_test(who_was_tried_is_passed_over),
        cmocka_unit_test(no_servers_and_no_weights_are_nobody),
        cmocka_unit_test(who_comes_back_starts_slowly),
        cmocka_unit_test(time_that_goes_back_is_no_time),
        cmocka_unit_test(who_is_held_stays_when_the_lease_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
