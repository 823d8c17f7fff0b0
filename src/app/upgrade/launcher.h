/* app/upgrade/launcher.h - a small process that starts the program anew.
 *
 * A program that has given up its rights (another user, a filter of system calls, folders out of
 * reach) can start no other that has them: all of it is inherited. So before it gives them up it
 * forks one that keeps them, waits for a request of a fixed size, and does one thing: start the
 * same file with the same arguments and environment, and the descriptors that came along.
 *
 *     program                                launcher              new program
 *        |---launch, descriptors--------------->|
 *        |                                      |---fork, exec-------->|
 *        |<--started (or why it could not be)---|                      |
 *        |                                      |<----its end, if it---|
 *        |<--ended, how-------------------------|     ends first
 *        |---kill------------------------------>|---SIGKILL----------->|
 *
 * It has no other descriptors than 0 to 2 and its end of the channel, lets all signals wait, and
 * ends when the program does, by whatever cause; what it has started goes on then. */
#ifndef BRINK_APP_UPGRADE_LAUNCHER_H
#define BRINK_APP_UPGRADE_LAUNCHER_H

#include <stdbool.h>
#include <sys/types.h>

#include "app/upgrade/inheritance.h"
#include "app/upgrade/program.h"
#include "brink/result.h"

struct brink_launcher {
    int fd; /* -1: there is none */
};

/* Forks it. To be called before there are threads, with all rights that a new program needs.
 * `program` is needed no more afterwards. Fails with what the system said, and `why`; there is none
 * then. */
BRINK_MUST_CHECK brink_result brink_launcher_start(struct brink_launcher *launcher,
                                                   const struct brink_program *program,
                                                   struct brink_message *why);

/* Has the program started with copies of these descriptors; the others stay ours. The channel may
 * be of any number. Fails with EPIPE if the launcher has gone, EBUSY if what it started before
 * still runs, or with what exec said, and `why`. One thread at a time, as the next two. */
BRINK_MUST_CHECK brink_result brink_launcher_launch(struct brink_launcher *launcher,
                                                    const struct brink_inheritance *inheritance,
                                                    pid_t *pid, struct brink_message *why);

/* Waits, at most `timeout_ms`, until the program that was started last has ended. True if it has,
 * by itself or by brink_launcher_kill: `status` is that of waitpid(2). */
bool brink_launcher_wait(struct brink_launcher *launcher, int timeout_ms, int *status);

/* Kills what was started last, if it still runs. */
void brink_launcher_kill(struct brink_launcher *launcher);

/* How a program ended, in words: "it ended with status 78: its configuration has errors". */
void brink_launcher_describe(int status, struct brink_message *text);

/* The launcher ends. Harmless if there is none. */
void brink_launcher_close(struct brink_launcher *launcher);

#endif
