/* app/sandbox/sandbox.h - what a server gives up once its addresses are bound: its user, its
 * rights, files that it does not need, system calls that it does not make.
 *
 * Order: brink_sandbox_open before anything is bound (a user that is not there is told at once);
 * what is to stay usable is added to its paths; brink_sandbox_enter when all is bound and before
 * there are other threads. Nothing can be had back afterwards; a program that is to be started
 * later, as for an upgrade, needs a process that was forked before. */
#ifndef BRINK_APP_SANDBOX_SANDBOX_H
#define BRINK_APP_SANDBOX_SANDBOX_H

#include <stdbool.h>
#include <stddef.h>

#include "app/log/logger.h"
#include "app/sandbox/paths.h"
#include "app/sandbox/user.h"
#include "brink/result.h"

struct brink_sandbox_options {
    bool off;          /* all files and calls stay allowed; the user is changed all the same */
    const char *user;  /* NULL: who the program was started as */
    const char *group; /* NULL: the user's own */
    bool warns;        /* of a root that stays root */
};

/* All zeros: to be opened. */
struct brink_sandbox {
    struct brink_sandbox_options options;
    struct brink_user user;
    char name[64];                   /* of who it is afterwards */
    struct brink_paths paths;        /* what stays allowed */
    bool seccomp;                    /* is in force, as the next */
    unsigned landlock;               /* the version of its interface; 0: it is not */
    struct brink_message no_seccomp; /* why not */
    struct brink_message no_landlock;
};

/* Finds the user (brink_user_find) and adds what every server needs to the paths. The strings of
 * the options must outlive it. On failure it is still to be closed. */
BRINK_MUST_CHECK brink_result brink_sandbox_open(struct brink_sandbox *sandbox,
                                                 const struct brink_sandbox_options *options,
                                                 struct brink_message *why);

/* Becomes the user, and closes the sandbox. A kernel that lacks a part of it is no failure. As
 * brink_server_options.on_bound: `sandbox` is a struct brink_sandbox. */
BRINK_MUST_CHECK brink_result brink_sandbox_enter(void *sandbox, struct brink_message *why);

/* One line that says what is in force, and warnings of what is not but should be. */
void brink_sandbox_log(const struct brink_sandbox *sandbox, struct brink_logger *logger);

/* True if the process may use all of `wanted`, as a new configuration does. Else `why` names what
 * it may not. */
bool brink_sandbox_allows(const struct brink_sandbox *sandbox, const struct brink_paths *wanted,
                          struct brink_message *why);

/* Frees what it holds; the process stays in it. */
void brink_sandbox_close(struct brink_sandbox *sandbox);

#endif
