/* app/sandbox/seccomp.h - what the process may ask the kernel for (seccomp(2), by libseccomp).
 *
 * A list of what a serving program calls; all else fails with EPERM, so that a call that is missing
 * there never ends the process. What the data path calls is allowed whatever its arguments: the
 * kernel (5.11 and later) remembers that, and runs no filter for it. Of the others some may only
 * have harmless arguments: threads but no processes, signals to nobody but itself, memory that is
 * never executable, sockets of the internet, of unix(7), and what looking names up asks
 * netlink(7). */
#ifndef BRINK_APP_SANDBOX_SECCOMP_H
#define BRINK_APP_SANDBOX_SECCOMP_H

#include <stdbool.h>

#include "brink/result.h"

/* Lets the whole process, all its threads, make no other calls from now on; there is no way back.
 * *in_force is false, and `why` says so, if the kernel has no such thing or refuses it: nothing has
 * changed then, and that is no failure. Fails with ENOMEM, or what libseccomp says. */
BRINK_MUST_CHECK brink_result brink_seccomp_enter(bool *in_force, struct brink_message *why);

#endif
