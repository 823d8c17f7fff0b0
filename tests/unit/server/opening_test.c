/* An address that is listened on, and how it is known again. */
#include "support/one_worker.h"

#include <stdio.h>
#include <unistd.h>

#include "server/opening.h"

static struct brink_arena arena;

static struct brink_opening *open_at(const char *text, uint32_t workers)
{
    brink_result result;
    struct brink_message why = {""};
    struct brink_opening *opening =
        brink_opening_open(&arena, &brink_sys_linux, text, workers, &result, &why);
    if (opening == NULL)
        fail_msg("%s", why.text);
    return opening;
}

static bool is_the_same(const struct brink_opening *opening, const char *text)
{
    struct brink_address address;
    struct brink_message why;
    assert_int_equal(brink_address_parse(&address, text, BRINK_ADDRESS_TO_LISTEN, &why).err, 0);
    return brink_opening_is_the_same(opening, &address);
}

static void it_is_known_by_what_was_written_and_by_where_it_is(void **state)
{
    (void)state;
    char text[BRINK_ADDRESS_TEXT_MAX];
    assert_int_equal(brink_arena_open(&arena).err, 0);
    struct brink_opening *opening = open_at("127.0.0.1:0", 3);
    for (uint32_t i = 0; i < BRINK_WORKERS_MAX; i++)
        assert_int_equal(opening->fds[i] >= 0, i < 3);
    assert_true(brink_opening_is_at(opening, "127.0.0.1:0"));
    assert_false(brink_opening_is_at(opening, "127.0.0.1:1"));
    (void)brink_address_format(&opening->bound, text, sizeof text);
    assert_true(is_the_same(opening, text));
    assert_false(is_the_same(opening, "127.0.0.1:0"));
    brink_opening_free(opening, &arena, &brink_sys_linux);
    assert_int_equal(arena.live_bytes, 0);
    brink_arena_close(&arena);
}

static void one_that_is_taken_is_told_of(void **state)
{
    (void)state;
    brink_result result;
    char text[BRINK_ADDRESS_TEXT_MAX];
    struct brink_message why = {""};
    assert_int_equal(brink_arena_open(&arena).err, 0);
    struct brink_opening *opening = open_at("127.0.0.1:0", 1);
    (void)brink_address_format(&opening->bound, text, sizeof text);
    assert_null(brink_opening_open(&arena, &brink_sys_linux, text, 2, &result, &why));
    assert_int_equal(result.err, EADDRINUSE);
    assert_non_null(strstr(why.text, text));
    assert_null(brink_opening_open(&arena, &brink_sys_linux, "nonsense", 2, &result, &why));
    assert_int_equal(result.err, EINVAL);
    brink_opening_free(opening, &arena, &brink_sys_linux);
    assert_int_equal(arena.live_bytes, 0);
    brink_arena_close(&arena);
}

static struct brink_opening *inherit_at(struct brink_inherited *inherited, const char *listener,
                                        const char *text, uint32_t workers, brink_result *result)
{
    struct brink_address address;
    struct brink_message why = {""};
    assert_int_equal(brink_address_parse(&address, text, BRINK_ADDRESS_TO_LISTEN, NULL).err, 0);
    return brink_opening_inherit(&arena, inherited, listener, &address, text, workers, result,
                                 &why);
}

/* All that there are, as each has clients of its own; or so many that each worker has one. */
static void sockets_that_were_handed_over_are_taken_as_they_are(void **state)
{
    (void)state;
    static const struct {
        uint32_t handed_over;
        uint32_t workers;
        uint32_t sockets;
    } cases[] = {{2, 2, 2}, {5, 2, 5}, {2, 3, 3}};
    assert_int_equal(brink_arena_open(&arena).err, 0);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        brink_result result;
        struct brink_inherited inherited;
        struct brink_inherited_origin origin = {"front", "127.0.0.1:0"};
        struct brink_opening *former = open_at("127.0.0.1:0", cases[i].handed_over);
        assert_int_equal(brink_inherited_open(&inherited, &brink_sys_linux, &arena, 8).err, 0);
        for (uint32_t k = 0; k < cases[i].handed_over; k++) {
            assert_int_equal(brink_inherited_add(&inherited, former->fds[k], &origin).err, 0);
            former->fds[k] = -1;
        }
        assert_null(inherit_at(&inherited, "back", "127.0.0.1:0", 1, &result));
        assert_int_equal(result.err, ENOENT);
        struct brink_opening *opening =
            inherit_at(&inherited, "front", "127.0.0.1:0", cases[i].workers, &result);
        assert_non_null(opening);
        assert_true(opening->lent);
        assert_int_equal(opening->count, cases[i].sockets);
        for (uint32_t k = 0; k < BRINK_WORKERS_MAX; k++)
            assert_int_equal(opening->fds[k] >= 0, k < cases[i].sockets);
        brink_opening_free(opening, &arena, &brink_sys_linux);
        brink_opening_free(former, &arena, &brink_sys_linux);
        brink_inherited_close(&inherited);
    }
    assert_int_equal(arena.live_bytes, 0);
    brink_arena_close(&arena);
}

static void a_file_that_is_lent_stays(void **state)
{
    (void)state;
    char text[80];
    (void)snprintf(text, sizeof text, "unix:/tmp/brink-opening-%d", getpid());
    assert_int_equal(brink_arena_open(&arena).err, 0);
    struct brink_opening *opening = open_at(text, 1);
    opening->lent = true;
    brink_opening_unbind(opening, &brink_sys_linux);
    assert_int_equal(access(text + 5, F_OK), 0);
    opening->lent = false;
    brink_opening_unbind(opening, &brink_sys_linux);
    assert_int_equal(access(text + 5, F_OK), -1);
    brink_opening_free(opening, &arena, &brink_sys_linux);
    brink_arena_close(&arena);
}

/* What it has counted is its listener's, also when it becomes another's. */
static void what_is_settled_is_counted_once(void **state)
{
    (void)state;
    static struct one_worker one;
    struct brink_server_listener_stats stats = {0};
    brink_result opened;
    assert_int_equal(brink_arena_open(&arena).err, 0);
    one_worker_open(&one);
    struct brink_branch *branch = brink_branch_open(&one.worker, &one.options, &one.gate);
    struct brink_opening *opening = open_at("127.0.0.1:0", 1);
    struct brink_front *front = brink_front_open(&arena, "front");
    opening->front = front;
    opening->entrances[0] = brink_entrance_open(&one.worker, opening->fds[0], branch, &opened);
    assert_non_null(opening->entrances[0]);
    opening->fds[0] = -1;
    brink_counter_add(&opening->entrances[0]->listener.pauses, 3);
    brink_counter_add(&opening->entrances[0]->rate_pauses, 2);
    brink_opening_count(opening, &stats);
    assert_int_equal(stats.accept_pauses, 3);
    assert_int_equal(stats.rate_pauses, 2);
    brink_opening_settle(opening);
    assert_int_equal(front->past.accept_pauses, 3);
    brink_counter_add(&opening->entrances[0]->listener.pauses, 1);
    stats = (struct brink_server_listener_stats){0};
    brink_opening_count(opening, &stats);
    assert_int_equal(stats.accept_pauses, 1);
    assert_int_equal(stats.rate_pauses, 0);
    brink_opening_settle(opening);
    assert_int_equal(front->past.accept_pauses, 4);
    assert_int_equal(front->past.rate_pauses, 2);
    one_worker_close(&one);
    brink_opening_free(opening, &arena, &brink_sys_linux);
    brink_front_free(front, &arena);
    assert_int_equal(arena.live_bytes, 0);
    brink_arena_close(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_known_by_what_was_written_and_by_where_it_is),
        cmocka_unit_test(one_that_is_taken_is_told_of),
        cmocka_unit_test(sockets_that_were_handed_over_are_taken_as_they_are),
        cmocka_unit_test(a_file_that_is_lent_stays),
        cmocka_unit_test(what_is_settled_is_counted_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
