/* A server's groups, from its options. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "server/groups.h"
#include "support/counting_source.h"

static struct brink_server_options options;
static struct brink_view view;
static struct brink_groups groups;
static struct brink_arena arena;
static struct brink_message why;
static const struct brink_log no_log;

static void begin(void)
{
    brink_server_options_init(&options);
    assert_int_equal(brink_arena_open(&arena).err, 0);
    why.text[0] = '\0';
}

static void end(void)
{
    brink_groups_close(&groups);
    assert_int_equal(groups.count, 0);
    assert_int_equal(arena.live_bytes, 0);
    brink_arena_close(&arena);
}

static brink_result open_groups(void)
{
    brink_view_init(&view, &options);
    return brink_groups_open(&groups, &view, &arena, &no_log, 1, 1000, &why);
}

struct seen {
    size_t count;
    char names[4][BRINK_TARGET_NAME_MAX];
    struct brink_target_figures figures[4];
};

static void see(void *context, const struct brink_target *target,
                const struct brink_target_figures *figures)
{
    struct seen *seen = context;
    assert_true(seen->count < 4);
    memcpy(seen->names[seen->count], target->name, sizeof target->name);
    seen->figures[seen->count++] = *figures;
}

static void a_plain_relay_has_one_server(void **state)
{
    (void)state;
    struct seen seen = {0};
    begin();
    options.service = BRINK_SERVICE_RELAY;
    options.upstream = "localhost:9"; /* looked up, here */
    assert_int_equal(open_groups().err, 0);
    struct brink_group *group = brink_groups_find(&groups, "localhost:9");
    assert_non_null(group);
    brink_group_each(group, see, &seen);
    assert_int_equal(seen.count, 1);
    end();
}

static void who_relays_nothing_has_none(void **state)
{
    (void)state;
    begin();
    options.service = BRINK_SERVICE_ECHO;
    options.upstream = "127.0.0.1:9";
    assert_int_equal(open_groups().err, 0);
    assert_int_equal(groups.count, 0);
    assert_null(brink_groups_find(&groups, "127.0.0.1:9"));
    assert_null(brink_groups_find(&groups, NULL));
    end();
}

static const struct brink_listener_options listener;
static const struct brink_upstream_server servers[] = {
    {.name = "one", .address = "127.0.0.1:1", .weight = 3, .max_connections = 5},
    {.address = "db.invalid:2", .weight = 1}, /* for DNS to find */
    {.address = "[::1]:3", .weight = 0, .backup = true},
};

static void lists_give_what_they_say(void **state)
{
    (void)state;
    struct seen seen = {0};
    struct brink_upstream_options upstreams[2] = {
        {.name = "a", .servers = servers, .server_count = 3}, {.name = "b", .tries = 7}};
    begin();
    options.listeners = &listener;
    options.listener_count = 1;
    options.upstreams = upstreams;
    options.upstream_count = 2;
    assert_int_equal(open_groups().err, 0);
    assert_int_equal(groups.count, 2);
    brink_group_each(brink_groups_find(&groups, "a"), see, &seen);
    assert_int_equal(seen.count, 2);
    assert_string_equal(seen.names[0], "one");
    assert_int_equal(seen.figures[0].weight, 3);
    assert_int_equal(seen.figures[0].max_connections, 5);
    assert_int_equal(seen.figures[0].tier, 0);
    assert_string_equal(seen.names[1], "[::1]:3");
    assert_int_equal(seen.figures[1].tier, 1);
    assert_int_equal(seen.figures[1].weight, 0);
    assert_int_equal(brink_group_options(brink_groups_find(&groups, "b"))->tries, 7);
    assert_null(brink_groups_find(&groups, "c"));
    end();
}

static void an_address_that_is_none_is_told_of(void **state)
{
    (void)state;
    static const struct brink_upstream_server bad = {.address = "nonsense"};
    struct brink_upstream_options upstreams[2] = {
        {.name = "a", .servers = servers, .server_count = 3},
        {.name = "b", .servers = &bad, .server_count = 1}};
    begin();
    options.listeners = &listener;
    options.listener_count = 1;
    options.upstreams = upstreams;
    options.upstream_count = 2;
    assert_int_equal(open_groups().err, EINVAL);
    assert_non_null(strstr(why.text, "upstream b: "));
    assert_non_null(strstr(why.text, "nonsense"));
    assert_int_equal(groups.count, 0);
    end();
}

static void without_memory_nothing_is_held(void **state)
{
    (void)state;
    static const struct brink_memory_source source = {counting_alloc, counting_release};
    struct counting_source memory = {.fail_at = 1};
    struct brink_upstream_options upstream = {.name = "a", .servers = servers, .server_count = 3};
    brink_server_options_init(&options);
    brink_arena_open_source(&arena, &source, &memory);
    options.listeners = &listener;
    options.listener_count = 1;
    options.upstreams = &upstream;
    options.upstream_count = 1;
    assert_int_equal(open_groups().err, ENOMEM);
    assert_non_null(strstr(why.text, "upstream a: "));
    end();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_plain_relay_has_one_server),
        cmocka_unit_test(who_relays_nothing_has_none),
        cmocka_unit_test(lists_give_what_they_say),
        cmocka_unit_test(an_address_that_is_none_is_told_of),
        cmocka_unit_test(without_memory_nothing_is_held),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
