#include "support/reloads.h"

#include <string.h>
#include <time.h>

#include "brink/operate.h"

enum { PATIENCE = 10000 };

void reloads_init(struct reloads *reloads)
{
    memset(reloads, 0, sizeof *reloads);
    brink_server_options_init(&reloads->options);
    reloads->options.workers = 2;
    reloads->options.listeners = reloads->listeners;
    reloads->options.upstreams = reloads->upstreams;
}

struct brink_listener_options *reloads_listener(struct reloads *reloads, const char *name,
                                                enum brink_server_service service,
                                                const char *address)
{
    size_t index = reloads->options.listener_count++;
    assert_true(index < RELOADS_LISTENERS);
    struct brink_listener_options *listener = &reloads->listeners[index];
    brink_listener_options_init(listener);
    listener->name = name;
    listener->service = service;
    listener->listen = reloads->addresses[index];
    reloads_address(reloads, index, address);
    return listener;
}

void reloads_address(struct reloads *reloads, size_t listener, const char *address)
{
    size_t index = reloads->listeners[listener].listen_count++;
    assert_true(index < RELOADS_ADDRESSES);
    reloads->addresses[listener][index] = address;
}

struct brink_upstream_options *reloads_upstream(struct reloads *reloads, const char *name)
{
    size_t index = reloads->options.upstream_count++;
    assert_true(index < RELOADS_UPSTREAMS);
    struct brink_upstream_options *upstream = &reloads->upstreams[index];
    brink_upstream_options_init(upstream);
    upstream->name = name;
    upstream->servers = reloads->servers[index];
    return upstream;
}

void reloads_server(struct reloads *reloads, size_t upstream, const char *address)
{
    size_t index = reloads->upstreams[upstream].server_count++;
    assert_true(index < RELOADS_SERVERS);
    reloads->servers[upstream][index] =
        (struct brink_upstream_server){.address = address, .weight = 1};
}

void reloads_apply(const struct reloads *reloads, struct brink_server *server)
{
    struct brink_message why = {""};
    if (brink_failed(brink_server_reload(server, &reloads->options, &why)))
        fail_msg("%s", why.text);
}

const char *reloads_refused(const struct reloads *reloads, struct brink_server *server, int err)
{
    static struct brink_message why;
    why.text[0] = '\0';
    assert_int_equal(brink_server_reload(server, &reloads->options, &why).err, err);
    assert_true(why.text[0] != '\0');
    return why.text;
}

struct brink_server_listener_stats reloads_stats(const struct brink_server *server,
                                                 const char *listener)
{
    struct brink_server_listener_stats stats;
    for (size_t i = 0; brink_server_listener_stats(server, i, &stats); i++)
        if (strcmp(stats.name, listener) == 0)
            return stats;
    fail_msg("there is no listener %s", listener);
    return stats;
}

size_t reloads_index(const struct brink_server *server, const char *listener)
{
    return reloads_stats(server, listener).first_address;
}

int reloads_connect(const struct brink_server *server, const char *listener)
{
    return served_connect_to(server, reloads_index(server, listener));
}

void reloads_wait_for_clients(const struct brink_server *server, uint64_t clients)
{
    struct timespec pause = {.tv_nsec = 1000 * 1000};
    struct brink_server_stats stats;
    for (unsigned i = 0; i < PATIENCE; i++) {
        brink_server_stats(server, &stats);
        if (stats.clients == clients)
            return;
        (void)nanosleep(&pause, NULL);
    }
    fail_msg("%u clients, not %u", (unsigned)stats.clients, (unsigned)clients);
}
