/* tests/support/checked.h - servers that are checked, played by the test: listeners of loopback, on
 * a wire (support/wire.h) whose clock stands still until it is put forward. */
#ifndef BRINK_TESTS_CHECKED_H
#define BRINK_TESTS_CHECKED_H

#include "net/address.h"
#include "support/wire.h"

/* wire_open, and the clock stands. */
void checked_open(struct wire *wire);

/* A listener on a port that the kernel chose, whose address is filled in. */
int checked_listen(struct brink_address *address, int backlog);

/* The next connection that comes; the loop is turned meanwhile. Blocking. */
int checked_accept(struct wire *wire, int listener);

/* True if none comes in some turns. */
bool checked_is_quiet(struct wire *wire, int listener);

/* Some turns; first puts the clock forward. */
void checked_forward(struct wire *wire, uint64_t ms);

void checked_send(int fd, const void *bytes, size_t length);
/* Exactly these bytes come. */
void checked_expect(struct wire *wire, int fd, const void *bytes, size_t length);
/* What the next recv gives once it gives anything: 0 for an end, -ECONNRESET. */
ssize_t checked_next(struct wire *wire, int fd);

/* Closes with a reset. */
void checked_reset(int fd);

#endif
