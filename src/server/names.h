/* server/names.h - names that are valid as long as the server, however often its options change.
 *
 * Each is kept once, so the memory is bounded by the names there ever were. One thread at a time.
 */
#ifndef BRINK_SERVER_NAMES_H
#define BRINK_SERVER_NAMES_H

#include "mem/arena.h"

struct brink_name;

struct brink_names {
    struct brink_arena *arena;
    struct brink_name *first;
};

void brink_names_open(struct brink_names *names, struct brink_arena *arena);
void brink_names_close(struct brink_names *names);

/* The name that says the same, kept from now on; NULL without memory. */
BRINK_MUST_CHECK const char *brink_names_keep(struct brink_names *names, const char *text);

#endif
