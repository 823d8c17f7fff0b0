/* app/upgrade/inheritance.h - the descriptors that a program started for an upgrade finds open, and
 * the variable that tells it of them.
 *
 *     BRINK_UPGRADE="channel=3\nadmin=4:unix:/run/brink/admin.sock"
 *
 * The channel (brink/handover.h) leads to the program that is taken over from; the others listen
 * for admin, each at the address that the configuration of the old program names. One thread. */
#ifndef BRINK_APP_UPGRADE_INHERITANCE_H
#define BRINK_APP_UPGRADE_INHERITANCE_H

#include <stddef.h>
#include <stdint.h>

#include "brink/result.h"

#define BRINK_INHERITANCE_VARIABLE "BRINK_UPGRADE"

enum {
    BRINK_INHERITANCE_SOCKETS = 8,
    BRINK_INHERITANCE_NAME = 288, /* with its end */
    BRINK_INHERITANCE_TEXT = 32 + BRINK_INHERITANCE_SOCKETS * (BRINK_INHERITANCE_NAME + 32)
};

/* Of one socket: its address as it was written. */
struct brink_inheritance_name {
    char text[BRINK_INHERITANCE_NAME];
};

/* All zeros: there is none. */
struct brink_inheritance {
    int channel; /* 0: there is none */
    uint32_t count;
    int sockets[BRINK_INHERITANCE_SOCKETS]; /* -1: taken */
    struct brink_inheritance_name names[BRINK_INHERITANCE_SOCKETS];
};

/* Adds a socket. Fails, and says why, with ENOSPC if there are as many as may be, with EINVAL for a
 * name that is empty, too long, or has control characters. */
BRINK_MUST_CHECK brink_result brink_inheritance_add(struct brink_inheritance *inheritance, int fd,
                                                    const char *name, struct brink_message *why);

/* The value of the variable; returned is `text`. */
const char *brink_inheritance_write(const struct brink_inheritance *inheritance,
                                    char text[BRINK_INHERITANCE_TEXT]);

/* Reads such a value; NULL: there is none. Pure. Fails with EINVAL, and there is none then. */
BRINK_MUST_CHECK brink_result brink_inheritance_read(struct brink_inheritance *inheritance,
                                                     const char *text, struct brink_message *why);

/* What this process was started with; the variable is gone then, and the descriptors are not passed
 * on by exec(3). To be called before there are threads. Fails as brink_inheritance_read, or with
 * EBADF if a descriptor is not there. */
BRINK_MUST_CHECK brink_result brink_inheritance_claim(struct brink_inheritance *inheritance,
                                                      struct brink_message *why);

/* The socket of that name, which is the caller's from then on; -1: there is none. */
int brink_inheritance_take(struct brink_inheritance *inheritance, const char *name);

/* Closes the sockets that nobody has taken. To be called once the old program needs them no more: a
 * unix socket's file is removed. The channel is the server's. */
void brink_inheritance_drop(struct brink_inheritance *inheritance);

#endif
