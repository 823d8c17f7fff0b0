/* A listener over the editions of its options. */
#include "support/reloads.h"

#include <string.h>

#include "server/front.h"
#include "server/view.h"
#include "support/counting_source.h"

static struct reloads wanted;
static struct brink_arena arena;
static struct counting_source memory;
static struct brink_services services;
static struct brink_view view;

/* An echo with limits that are counted. */
static void prepare(void)
{
    reloads_init(&wanted);
    struct brink_listener_options *echo =
        reloads_listener(&wanted, "echo", BRINK_SERVICE_ECHO, "127.0.0.1:0");
    echo->limits.max_clients = 7;
    echo->limits.max_per_source = 3;
    echo->limits.frames.per_second = 5;
    counting_open(&arena, &memory);
}

static void open_services(void)
{
    struct brink_groups groups = {0};
    struct brink_message why;
    brink_view_init(&view, &wanted.options);
    assert_int_equal(
        brink_services_open(&services, &arena, &view, &groups, &wanted.options, 1, &why).err, 0);
}

static struct brink_edition *new_edition(struct brink_front *front)
{
    open_services();
    struct brink_edition *edition = brink_edition_open(front, &arena, &services, 0);
    brink_services_close(&services);
    assert_non_null(edition);
    return edition;
}

static void what_is_counted_spans_editions(void **state)
{
    (void)state;
    prepare();
    struct brink_front *front = brink_front_open(&arena, "echo");
    assert_int_equal(front->gate.clients.max, UINT32_MAX);
    struct brink_edition *first = new_edition(front);
    assert_null(front->present);
    brink_edition_enforce(first, &arena);
    assert_ptr_equal(front->present, first);
    assert_string_equal(front->service, "echo");
    assert_int_equal(front->gate.clients.max, 7);
    const struct brink_sources *sources = front->sources;
    const struct brink_paces *paces = front->paces;
    assert_non_null(sources);
    assert_non_null(paces);
    assert_ptr_equal(first->options.sources, sources);
    wanted.listeners[0].limits.max_clients = 0;
    struct brink_edition *second = new_edition(front);
    assert_ptr_not_equal(second->options.sources, sources);
    brink_edition_enforce(second, &arena);
    assert_ptr_equal(second->options.sources, sources);
    assert_ptr_equal(second->options.rates.paces, paces);
    assert_int_equal(front->gate.clients.max, UINT32_MAX);
    wanted.listeners[0].limits.max_per_source = 0;
    wanted.listeners[0].limits.frames.per_second = 0;
    struct brink_edition *third = new_edition(front);
    brink_edition_enforce(third, &arena);
    assert_null(third->options.sources);
    assert_null(third->options.rates.paces);
    assert_ptr_equal(front->sources, sources); /* the others' clients leave there */
    brink_edition_free(first, &arena);
    brink_edition_free(third, &arena);
    brink_edition_free(second, &arena);
    brink_front_free(front, &arena);
    assert_int_equal(memory.blocks, 0);
}

static void one_that_was_never_in_force_keeps_its_own(void **state)
{
    (void)state;
    prepare();
    struct brink_front *front = brink_front_open(&arena, "echo");
    struct brink_edition *edition = new_edition(front);
    brink_edition_enter(edition);
    brink_edition_free(edition, &arena);
    brink_edition_free(new_edition(front), &arena);
    brink_front_free(front, &arena);
    assert_int_equal(memory.blocks, 0);
}

static void branches_are_added_up(void **state)
{
    (void)state;
    static struct brink_branch branches[2];
    struct brink_edition edition = {.branches = {&branches[0], NULL, &branches[1]}};
    struct brink_server_listener_stats stats = {0};
    struct brink_server_listener_stats sum = {.accepted = 1, .address_count = 4};
    for (uint64_t i = 0; i < 2; i++) {
        struct brink_service_stats *of = &branches[i].service.stats;
        brink_counter_add(&of->accepted, 1 + i);
        brink_counter_add(&of->frames[1], 10 + i);
        brink_counter_add(&of->closed[BRINK_REASON_DRAINED], 2);
        brink_counter_add(&of->drain_cut, 5);
    }
    brink_edition_count(&edition, &stats);
    assert_int_equal(stats.accepted, 3);
    assert_int_equal(stats.frames[1], 21);
    brink_stats_add(&sum, &stats);
    assert_int_equal(sum.accepted, 4);
    assert_int_equal(sum.frames[1], 21);
    assert_int_equal(sum.closed[BRINK_REASON_DRAINED], 4);
    assert_int_equal(sum.drain_cut, 10);
    assert_int_equal(sum.address_count, 4);
}

static void without_memory_there_is_none(void **state)
{
    (void)state;
    prepare();
    memory.fail_at = 1;
    assert_null(brink_front_open(&arena, "echo"));
    struct brink_front *front = brink_front_open(&arena, "echo");
    open_services();
    memory.fail_at = memory.calls + 1;
    assert_null(brink_edition_open(front, &arena, &services, 0));
    brink_services_close(&services);
    brink_front_free(front, &arena);
    assert_int_equal(memory.blocks, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_counted_spans_editions),
        cmocka_unit_test(one_that_was_never_in_force_keeps_its_own),
        cmocka_unit_test(branches_are_added_up),
        cmocka_unit_test(without_memory_there_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
