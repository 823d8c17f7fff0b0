/* net/inherited.h - sockets that listen already, handed over by another process, until who would
 * bind their addresses takes them. One thread at a time. */
#ifndef BRINK_NET_INHERITED_H
#define BRINK_NET_INHERITED_H

#include <stdbool.h>
#include <stddef.h>

#include "mem/arena.h"
#include "net/address.h"
#include "sys/sys.h"

enum { BRINK_INHERITED_MAX = 64 * 1024, BRINK_INHERITED_NAME_MAX = 256 };

/* Where it comes from: the name of its listener, and its address as the options had it. */
struct brink_inherited_origin {
    char listener[BRINK_INHERITED_NAME_MAX];
    char wanted[BRINK_ADDRESS_TEXT_MAX];
};

struct brink_inherited_socket {
    int fd; /* -1: nobody wanted it */
    bool taken;
    struct brink_address bound;
    struct brink_inherited_origin origin;
};

struct brink_inherited {
    const struct brink_sys *sys;
    struct brink_arena *arena;
    struct brink_inherited_socket *all;
    size_t count;
    size_t room;
};

/* Room for so many, at most BRINK_INHERITED_MAX. Fails with ENOMEM, E2BIG; it is empty then. */
BRINK_MUST_CHECK brink_result brink_inherited_open(struct brink_inherited *inherited,
                                                   const struct brink_sys *sys,
                                                   struct brink_arena *arena, size_t room);

/* Closes those that nobody has taken. Harmless when it is all zero. */
void brink_inherited_close(struct brink_inherited *inherited);

/* Puts in a descriptor, which is closed if it is no socket that listens, or there is no room:
 * EINVAL, ENOSPC. */
BRINK_MUST_CHECK brink_result brink_inherited_add(struct brink_inherited *inherited, int fd,
                                                  const struct brink_inherited_origin *origin);

/* In place of brink_bind: `count` sockets for one address, duplicates where there are fewer. One
 * that came from the same listener, by the same words, is right even where the kernel chose the
 * port; else the address must be the same. ENOENT: there is none. Otherwise as brink_bind; what
 * cannot be had is left as it was. */
BRINK_MUST_CHECK brink_result brink_inherited_bind(struct brink_inherited *inherited,
                                                   const struct brink_address *address,
                                                   const struct brink_inherited_origin *origin,
                                                   int *fds, size_t count,
                                                   struct brink_address *bound,
                                                   struct brink_message *why);

/* One more of an address of which there are more than were asked for: each has clients of its own
 * in its queue (SO_REUSEPORT, socket(7)). -1: there is none (any more). */
int brink_inherited_more(struct brink_inherited *inherited, const struct brink_address *bound);

/* Closes those that nobody has taken; and, once they are ours alone, removes their files. */
void brink_inherited_drop(struct brink_inherited *inherited);
void brink_inherited_unbind(const struct brink_inherited *inherited);

#endif
