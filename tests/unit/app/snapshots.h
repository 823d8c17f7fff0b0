/* A relay whose figures are asked for: one listener `front`, one upstream `pair` of two servers, of
 * which `good` echoes; and an echo at two addresses. */
#ifndef BRINK_TESTS_SNAPSHOTS_H
#define BRINK_TESTS_SNAPSHOTS_H

#include "support/served.h"

struct relayed {
    struct brink_server *echo;
    struct brink_server *relay;
};

static inline struct relayed relayed_start(void)
{
    static const char *const addresses[] = {"127.0.0.1:0", "127.0.0.1:0"};
    struct brink_server_options echo = served_options(BRINK_SERVICE_ECHO);
    struct relayed relayed = {.echo = served_start(&echo)};
    char good[128];
    struct brink_upstream_server servers[] = {
        {.name = "good", .weight = 1},
        {.address = "127.0.0.1:1", .weight = 0, .max_connections = 5},
    };
    struct brink_upstream_options upstream;
    struct brink_listener_options listeners[2];
    struct brink_server_options options;
    servers[0].address = brink_server_address(relayed.echo, 0, good, sizeof good);
    brink_upstream_options_init(&upstream);
    upstream.name = "pair";
    upstream.servers = servers;
    upstream.server_count = 2;
    brink_listener_options_init(&listeners[0]);
    listeners[0].name = "front";
    listeners[0].listen = addresses;
    listeners[0].listen_count = 1;
    listeners[0].upstream = "pair";
    listeners[1] = listeners[0];
    listeners[1].name = "mirror";
    listeners[1].service = BRINK_SERVICE_ECHO;
    listeners[1].listen_count = 2;
    listeners[1].upstream = NULL;
    brink_server_options_init(&options);
    options.listeners = listeners;
    options.listener_count = 2;
    options.upstreams = &upstream;
    options.upstream_count = 1;
    options.workers = 2;
    relayed.relay = served_start(&options);
    return relayed;
}

static inline void relayed_stop(struct relayed *relayed)
{
    assert_true(served_stop(relayed->relay, 10000));
    assert_true(served_stop(relayed->echo, 10000));
}

#endif
