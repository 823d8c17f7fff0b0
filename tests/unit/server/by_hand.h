/* by_hand.h - a server that hands over, and the other process, which the test plays by hand. */
#ifndef BRINK_TESTS_BY_HAND_H
#define BRINK_TESTS_BY_HAND_H

#include "brink/handover.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "server/channel.h"
#include "support/succession.h"

#define FRAME "\2\0\0\0hi"

static struct brink_server *backend; /* an echo, behind relays */
static char backend_address[128];

static inline int start_backend(void **state)
{
    (void)state;
    struct brink_server_options options = served_options(BRINK_SERVICE_ECHO);
    backend = served_start(&options);
    (void)brink_server_address(backend, 0, backend_address, sizeof backend_address);
    return 0;
}

static inline int stop_backend(void **state)
{
    (void)state;
    (void)served_stop(backend, 0);
    return 0;
}

static inline struct brink_server_options
options_of(enum brink_server_service service, enum brink_server_dispatch dispatch, uint32_t workers)
{
    struct brink_server_options options = served_options(service);
    options.upstream = service == BRINK_SERVICE_RELAY ? backend_address : NULL;
    options.dispatch = dispatch;
    options.workers = workers;
    return options;
}

static inline uint64_t closed(const struct brink_server_stats *stats)
{
    uint64_t sum = 0;
    for (unsigned i = 0; i < BRINK_REASON_COUNT; i++)
        sum += stats->closed[i];
    return sum;
}

/* --- the new process, by hand --- */

/* A new process that the test plays by hand. */
static inline struct brink_channel channel_of(const struct succession *succession)
{
    return (struct brink_channel){&brink_sys_linux, succession->ends[1]};
}

static inline void receive(const struct succession *succession,
                           struct brink_handover_message *message, enum brink_handover_kind kind)
{
    struct brink_channel channel = channel_of(succession);
    int fds[BRINK_RIGHTS_MAX];
    size_t count;
    uint64_t until_ms = brink_sys_linux.ops->now_ms(NULL) + 10000;
    assert_int_equal(brink_channel_receive_until(&channel, message, fds, &count, until_ms).err, 0);
    brink_channel_close_fds(&channel, fds, count);
    assert_int_equal(message->kind, kind);
}

static inline void say(const struct succession *succession,
                       const struct brink_handover_message *message)
{
    struct brink_channel channel = channel_of(succession);
    assert_int_equal(brink_channel_send(&channel, message, NULL, 0).err, 0);
}

static inline void *play_until_ready(void *arg)
{
    const struct succession *succession = arg;
    struct brink_handover_message message;
    receive(succession, &message, BRINK_HANDOVER_HELLO);
    for (uint32_t left = message.sockets; left > 0; left--)
        receive(succession, &message, BRINK_HANDOVER_SOCKET);
    receive(succession, &message, BRINK_HANDOVER_SOCKETS_END);
    message = (struct brink_handover_message){.kind = BRINK_HANDOVER_READY, .protocol = 1};
    say(succession, &message);
    return NULL;
}

static struct brink_server *old;
static int clients[2];

static inline void start_old(void)
{
    struct brink_server_options options =
        options_of(BRINK_SERVICE_RELAY, BRINK_DISPATCH_SHARDED, 2);
    old = served_start(&options);
    for (int i = 0; i < 2; i++) {
        clients[i] = served_connect(old);
        served_echo(clients[i], "before");
    }
}

/* All is as before: its clients, and new ones. */
static inline void goes_on(void)
{
    struct brink_server_stats stats;
    for (int i = 0; i < 2; i++) {
        served_echo(clients[i], "after");
        (void)close(clients[i]);
    }
    int late = served_connect(old);
    served_echo(late, "late");
    (void)close(late);
    brink_server_stop(old, 10000);
    assert_true(brink_server_wait(old));
    brink_server_stats(old, &stats);
    assert_int_equal(stats.accepted, 3);
    assert_int_equal(closed(&stats), 3);
    assert_int_equal(stats.handed_over, 0);
    brink_server_free(old);
}

static inline void hand_over_to_one_by_hand(struct succession *succession)
{
    struct brink_message why = {""};
    pthread_t thread;
    succession_open(succession);
    assert_int_equal(pthread_create(&thread, NULL, play_until_ready, succession), 0);
    assert_int_equal(brink_server_hand_over(old, succession->ends[0], 10000, NULL, &why).err, 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
}

#endif
