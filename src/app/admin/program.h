/* app/admin/program.h - what is told of the program itself: its configuration, and how often that
 * was read anew.
 *
 * Written by the thread that reads it anew, read by the one that tells. */
#ifndef BRINK_APP_ADMIN_PROGRAM_H
#define BRINK_APP_ADMIN_PROGRAM_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct brink_admin_program {
    const char *config; /* the file; NULL: there is none */
    _Atomic(uint64_t) reloads;
    _Atomic(uint64_t) reload_failures;
    _Atomic(uint64_t) config_ns; /* when what is in force was read: since 1970 */
    atomic_bool config_failed;   /* the last reload: what was in force before still is */
};

/* The configuration has just been read, for the first time. */
void brink_admin_program_begin(struct brink_admin_program *program, const char *config);

/* It has been read anew, or could not be. */
void brink_admin_program_reloaded(struct brink_admin_program *program, bool failed);

#endif
