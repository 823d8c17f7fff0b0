/* Accepting into a service, and what happens where that fails. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <sys/socket.h>

#include "support/rig.h"
#include "unit/event/no_timers.h"

#include "relay/echo.h"
#include "relay/pair.h"

static struct rig rig;
static int fail_after; /* allocations that succeed; -1: all */
static const struct brink_memory_source *whole;

static void *maybe_alloc(void *context, size_t size, size_t align)
{
    if (fail_after == 0)
        return NULL;
    fail_after -= fail_after > 0;
    return whole->alloc(context, size, align);
}

static void every_failed_allocation_is_survived(void **state)
{
    (void)state;
    const struct brink_service_kind *kinds[] = {&brink_echo_kind, &brink_pair_kind};
    for (size_t kind = 0; kind < 2; kind++) {
        bool refused = true;
        for (int k = 0; refused; k++) {
            rig_init(&rig);
            rig_listen_upstream(&rig);
            rig.options.idle_ms = 1000; /* for the upstream, which never says anything */
            rig_start(&rig, kinds[kind]);
            whole = rig.arena.source;
            const struct brink_memory_source failing = {maybe_alloc, whole->release};
            rig.arena.source = &failing;
            fail_after = k;
            int client = rig_connect(&rig);
            refused = brink_counter_read(&rig.service.stats.refused) > 0;
            fail_after = -1;
            if (refused)
                rig_expect_end(&rig, client);
            (void)close(client);
            rig_forward(&rig, 1100);
            rig_forward(&rig, 1100);
            rig_until_gone(&rig, 1);
            assert_int_equal(rig_logged(&rig, "event=refused"), refused);
            rig_stop(&rig);
            assert_in_range(k, 0, 20);
        }
    }
}

static void without_a_timer_there_is_no_session(void **state)
{
    (void)state;
    static struct no_timers none;
    struct brink_memory_source failing;
    rig_init(&rig);
    rig_start(&rig, &brink_echo_kind);
    int client = rig_connect(&rig);
    (void)close(client);
    rig_until_gone(&rig, 1); /* whose memory is kept for the next session */
    no_timers_begin(&none, &rig.loop, &failing);
    client = rig_connect(&rig);
    rig_expect_end(&rig, client);
    no_timers_end(&none, &rig.loop);
    assert_int_equal(brink_counter_read(&rig.service.stats.refused), 1);
    assert_true(rig_logged(&rig, "event=refused"));
    assert_int_equal(rig.gone, 2);
    (void)close(client);
    rig_stop(&rig);
}

static int refuse_to_watch(void *kernel, int epoll_fd, int operation, int fd,
                           struct epoll_event *event)
{
    (void)kernel;
    (void)epoll_fd;
    (void)operation;
    (void)fd;
    (void)event;
    return -ENOSPC;
}

static void a_connection_that_cannot_be_watched_is_closed(void **state)
{
    (void)state;
    rig_init(&rig);
    rig_start(&rig, &brink_echo_kind);
    int (*watch)(void *, int, int, int, struct epoll_event *) = rig.ops.epoll_ctl;
    rig.ops.epoll_ctl = refuse_to_watch;
    int client = rig_connect(&rig);
    rig_expect_end(&rig, client);
    (void)close(client);
    assert_int_equal(rig.gone, 1);
    assert_true(rig_logged(&rig, "error=\"No space left on device\""));
    rig.ops.epoll_ctl = watch;
    client = rig_connect(&rig); /* and the next is served */
    rig_send(&rig, client, "\1\0\0\0a", 5);
    rig_expect(&rig, client, "\1\0\0\0a", 5);
    (void)close(client);
    rig_until_gone(&rig, 2);
    rig_stop(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_failed_allocation_is_survived),
        cmocka_unit_test(without_a_timer_there_is_no_session),
        cmocka_unit_test(a_connection_that_cannot_be_watched_is_closed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
