/* Who may be a client: by lists, and by how many come from one source. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <sys/epoll.h>
#include <sys/socket.h>

#include "support/rig.h"

#include "relay/echo.h"
#include "relay/pair.h"

static struct rig rig;
static struct brink_arena arena;
static struct brink_sources sources;

static void prepare(void)
{
    const struct brink_siphash_key key = {1, 2};
    rig_init(&rig);
    assert_int_equal(brink_arena_open(&arena).err, 0);
    assert_int_equal(brink_sources_init(&sources, &key).err, 0);
    rig.options.source_bits_v4 = 32;
    rig.options.source_bits_v6 = 64;
}

static void list(struct brink_prefix_list *list, const char *text)
{
    assert_int_equal(brink_prefix_list_open(list, &arena, &text, 1, NULL).err, 0);
}

static void limit(uint32_t max)
{
    rig.options.sources = &sources;
    rig.options.max_per_source = max;
}

static void end(void)
{
    rig_stop(&rig);
    brink_sources_destroy(&sources);
    brink_prefix_list_close(&rig.options.allow);
    brink_prefix_list_close(&rig.options.deny);
    brink_arena_close(&arena);
}

static void is_served(int client)
{
    rig_send(&rig, client, "\1\0\0\0a", 5);
    rig_expect(&rig, client, "\1\0\0\0a", 5);
}

static void leaves(int client)
{
    unsigned gone = rig.gone;
    (void)close(client);
    rig_until_gone(&rig, gone + 1);
}

static void is_closed(int client)
{
    rig_expect_end(&rig, client);
    (void)close(client);
}

static void without_lists_all_may_come(void **state)
{
    (void)state;
    prepare();
    rig_start(&rig, &brink_echo_kind);
    int client = rig_connect(&rig);
    is_served(client);
    leaves(client);
    end();
}

static void who_is_denied_is_closed_at_once(void **state)
{
    (void)state;
    prepare();
    list(&rig.options.deny, "127.0.0.0/8");
    list(&rig.options.allow, "127.0.0.1"); /* deny wins */
    rig_start(&rig, &brink_echo_kind);
    is_closed(rig_connect(&rig));
    assert_int_equal(rig.gone, 1);
    assert_int_equal(brink_counter_read(&rig.service.stats.denied), 1);
    assert_int_equal(brink_counter_read(&rig.service.stats.refused), 0);
    assert_true(rig_logged(&rig, "event=denied service=echo peer=127.0.0.1:"));
    assert_true(rig_logged(&rig, "reason=denied"));
    end();
}

static void who_is_not_allowed_is_closed_at_once(void **state)
{
    (void)state;
    prepare();
    list(&rig.options.allow, "10.0.0.0/8");
    rig_start(&rig, &brink_echo_kind);
    is_closed(rig_connect(&rig));
    assert_int_equal(brink_counter_read(&rig.service.stats.denied), 1);
    end();
}

static void who_is_allowed_may_come(void **state)
{
    (void)state;
    prepare();
    list(&rig.options.allow, "127.0.0.0/8");
    list(&rig.options.deny, "10.0.0.0/8");
    rig_start(&rig, &brink_echo_kind);
    int client = rig_connect(&rig);
    is_served(client);
    leaves(client);
    end();
}

static void a_source_has_only_so_many(void **state)
{
    (void)state;
    prepare();
    limit(2);
    rig_start(&rig, &brink_echo_kind);
    int first = rig_connect(&rig);
    int second = rig_connect(&rig);
    is_closed(rig_connect(&rig));
    assert_true(rig_logged(&rig, "reason=source-limit"));
    is_served(first);
    leaves(first);
    first = rig_connect(&rig); /* there is a place again */
    is_served(first);
    is_served(second);
    leaves(first);
    leaves(second);
    end(); /* which would not end if one were counted still */
}

static int connect_with_header(const char *header, size_t size)
{
    int client = rig_connect(&rig);
    rig_send(&rig, client, header, size);
    return client;
}

/* It is the client that counts, not the proxy. */
static void behind_a_proxy_each_has_its_own_source(void **state)
{
    (void)state;
    static const char a[] = "PROXY TCP4 192.0.2.1 198.51.100.2 1 2\r\n";
    static const char b[] = "PROXY TCP4 192.0.2.2 198.51.100.2 1 2\r\n";
    prepare();
    limit(1);
    rig_listen_upstream(&rig);
    rig.options.accept_proxy = BRINK_PROXY_ACCEPT_REQUIRED;
    rig_start(&rig, &brink_pair_kind);
    int first = connect_with_header(a, sizeof a - 1);
    int first_upstream = rig_accept_upstream(&rig);
    int second = connect_with_header(b, sizeof b - 1);
    int second_upstream = rig_accept_upstream(&rig);
    int third = connect_with_header(a, sizeof a - 1);
    is_closed(third);
    rig_until_gone(&rig, 1);
    assert_int_equal(brink_counter_read(&rig.service.stats.closed[BRINK_REASON_SOURCE_LIMIT]), 1);
    (void)close(first);
    (void)close(first_upstream);
    rig_until_gone(&rig, 2);
    first = connect_with_header(a, sizeof a - 1);
    first_upstream = rig_accept_upstream(&rig);
    (void)close(first);
    (void)close(second);
    (void)close(first_upstream);
    (void)close(second_upstream);
    rig_until_gone(&rig, 4);
    end();
}

static void behind_a_proxy_the_lists_are_of_clients(void **state)
{
    (void)state;
    static const char header[] = "PROXY TCP4 192.0.2.1 198.51.100.2 1 2\r\n";
    prepare();
    list(&rig.options.deny, "192.0.2.0/24");
    rig_listen_upstream(&rig);
    rig.options.accept_proxy = BRINK_PROXY_ACCEPT_OPTIONAL;
    rig_start(&rig, &brink_pair_kind);
    is_closed(connect_with_header(header, sizeof header - 1));
    rig_until_gone(&rig, 1);
    assert_int_equal(brink_counter_read(&rig.service.stats.closed[BRINK_REASON_DENIED]), 1);
    assert_true(rig_logged(&rig, "peer=192.0.2.1:1 "));
    end();
}

/* It was counted, and then there was no place for it in the loop. */
static int no_watch(void *kernel, int epoll_fd, int operation, int fd, struct epoll_event *event)
{
    (void)kernel;
    if (operation == EPOLL_CTL_ADD)
        return -ENOSPC;
    return brink_sys_linux.ops->epoll_ctl(NULL, epoll_fd, operation, fd, event);
}

static void who_cannot_be_served_is_not_counted(void **state)
{
    (void)state;
    prepare();
    limit(1);
    rig_start(&rig, &brink_echo_kind);
    rig.ops.epoll_ctl = no_watch;
    is_closed(rig_connect(&rig));
    assert_int_equal(brink_counter_read(&rig.service.stats.refused), 1);
    rig.ops.epoll_ctl = brink_sys_linux.ops->epoll_ctl;
    int client = rig_connect(&rig);
    is_served(client);
    leaves(client);
    end();
}

static void *no_memory(void *context, size_t size, size_t align)
{
    (void)context;
    (void)size;
    (void)align;
    return NULL;
}

static void who_cannot_be_counted_is_not_served(void **state)
{
    (void)state;
    static const struct brink_memory_source none = {no_memory, NULL};
    prepare();
    limit(1);
    rig_start(&rig, &brink_echo_kind);
    const struct brink_memory_source *source = sources.arena.source;
    sources.arena.source = &none;
    is_closed(rig_connect(&rig));
    assert_true(rig_logged(&rig, "reason=no-memory"));
    sources.arena.source = source;
    int client = rig_connect(&rig); /* nor does it take the place of one */
    is_served(client);
    leaves(client);
    end();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_lists_all_may_come),
        cmocka_unit_test(who_is_denied_is_closed_at_once),
        cmocka_unit_test(who_is_not_allowed_is_closed_at_once),
        cmocka_unit_test(who_is_allowed_may_come),
        cmocka_unit_test(a_source_has_only_so_many),
        cmocka_unit_test(behind_a_proxy_each_has_its_own_source),
        cmocka_unit_test(behind_a_proxy_the_lists_are_of_clients),
        cmocka_unit_test(who_cannot_be_served_is_not_counted),
        cmocka_unit_test(who_cannot_be_counted_is_not_served),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
