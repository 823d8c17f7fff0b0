/* tests/support/reloads.h - a server's options in arrays, to be changed between two reloads. */
#ifndef BRINK_TESTS_RELOADS_H
#define BRINK_TESTS_RELOADS_H

#include "support/served.h"

enum { RELOADS_LISTENERS = 4, RELOADS_UPSTREAMS = 4, RELOADS_ADDRESSES = 4, RELOADS_SERVERS = 4 };

struct reloads {
    struct brink_server_options options;
    struct brink_listener_options listeners[RELOADS_LISTENERS];
    const char *addresses[RELOADS_LISTENERS][RELOADS_ADDRESSES];
    struct brink_upstream_options upstreams[RELOADS_UPSTREAMS];
    struct brink_upstream_server servers[RELOADS_UPSTREAMS][RELOADS_SERVERS];
};

/* No listener yet, two workers. It may not move. */
void reloads_init(struct reloads *reloads);

/* Adds a listener at an address, and an upstream of servers that are added next. */
struct brink_listener_options *reloads_listener(struct reloads *reloads, const char *name,
                                                enum brink_server_service service,
                                                const char *address);
void reloads_address(struct reloads *reloads, size_t listener, const char *address);
struct brink_upstream_options *reloads_upstream(struct reloads *reloads, const char *name);
void reloads_server(struct reloads *reloads, size_t upstream, const char *address);

/* Applies them, or fails the test; and the other way round: returns why it was refused. */
void reloads_apply(const struct reloads *reloads, struct brink_server *server);
const char *reloads_refused(const struct reloads *reloads, struct brink_server *server, int err);

/* Figures of the listener of that name, which must be there. */
struct brink_server_listener_stats reloads_stats(const struct brink_server *server,
                                                 const char *listener);

/* Where the listener's first address is, among those of brink_server_address; a connection there.
 */
size_t reloads_index(const struct brink_server *server, const char *listener);
int reloads_connect(const struct brink_server *server, const char *listener);

/* Waits, without any time that is too short, until the server has so many clients. */
void reloads_wait_for_clients(const struct brink_server *server, uint64_t clients);

#endif
