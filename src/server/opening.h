/* server/opening.h - an address that a server listens on, with an entrance or more at each worker.
 *
 * It is known by the text of its address, or by the address itself: options that have it again keep
 * its sockets, whichever listener it belongs to. All functions: who holds the server's lock. */
#ifndef BRINK_SERVER_OPENING_H
#define BRINK_SERVER_OPENING_H

#include "net/address.h"
#include "net/inherited.h"
#include "server/entrance.h"
#include "server/front.h"

struct brink_opening {
    struct brink_front *front; /* whose clients come in here */
    struct brink_front *next;  /* of the options that are being prepared; NULL: it goes */
    struct brink_address bound;
    uint32_t count; /* of its sockets: one for each worker, or more that were handed over; the next
                       after the last worker's is the first one's */
    bool lent;      /* by another process, which has not done with it: its file is that one's */
    struct brink_entrance *entrances[BRINK_WORKERS_MAX];
    int fds[BRINK_WORKERS_MAX];                 /* that no entrance has taken over; -1: one has */
    struct brink_server_listener_stats counted; /* of its pauses, what is in a front's past */
    size_t text_size;
    char text[];
};

/* Binds, and listens for `worker_count` workers. NULL on failure: *result and `why` say why. */
BRINK_MUST_CHECK struct brink_opening *
brink_opening_open(struct brink_arena *arena, const struct brink_sys *sys, const char *text,
                   uint32_t worker_count, brink_result *result, struct brink_message *why);

/* The same with sockets that listen already, if there are any that were handed over for it; else
 * NULL, and *result is ENOENT. */
BRINK_MUST_CHECK struct brink_opening *
brink_opening_inherit(struct brink_arena *arena, struct brink_inherited *inherited,
                      const char *listener, const struct brink_address *address, const char *text,
                      uint32_t worker_count, brink_result *result, struct brink_message *why);

/* Removes the file of a unix socket, if it is ours. */
void brink_opening_unbind(const struct brink_opening *opening, const struct brink_sys *sys);

/* Closes what no entrance has taken over. */
void brink_opening_free(struct brink_opening *opening, struct brink_arena *arena,
                        const struct brink_sys *sys);

/* Whether options that say `text` mean it: they say the same, or the same address. */
bool brink_opening_is_at(const struct brink_opening *opening, const char *text);
bool brink_opening_is_the_same(const struct brink_opening *opening,
                               const struct brink_address *address);

/* Adds what its entrances have counted that is in no front's past; and puts it into its front's. */
void brink_opening_count(const struct brink_opening *opening,
                         struct brink_server_listener_stats *stats);
void brink_opening_settle(struct brink_opening *opening);

#endif
