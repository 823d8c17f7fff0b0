/* app/load/run.h - a load from start to end, on threads of its own. One thread calls these, in this
 * order. */
#ifndef BRINK_APP_LOAD_RUN_H
#define BRINK_APP_LOAD_RUN_H

#include "app/load/latency.h"
#include "app/load/plan.h"
#include "app/load/trouble.h"

struct brink_load_run;

/* What a run has come to. */
struct brink_load_result {
    uint64_t frames;     /* answered; one way: sent */
    uint64_t bytes;      /* sent, on the wire */
    uint64_t elapsed_ns; /* from the first frame to the last */
    uint64_t opened;     /* connections, in all */
    uint64_t errors;
    uint64_t different;
    uint64_t unanswered;
    uint64_t unsent;  /* due at the fixed rate, and never sent */
    uint64_t unasked; /* replies that answer nothing */
    uint64_t user_ns; /* of this process, while frames were counted */
    uint64_t system_ns;
    struct brink_latency latency;
    struct brink_load_troubles troubles;
    bool gone; /* all connections of a thread broke and none came back: `gone_for` says why */
    struct brink_load_reason gone_for;
};

/* Starts the threads, which begin to connect. `plan` must outlive the run. Fails with the kernel's
 * reason or ENOMEM; nothing runs then. */
BRINK_MUST_CHECK brink_result brink_load_run_start(struct brink_load_run **run,
                                                   const struct brink_load_plan *plan);

/* A descriptor that is readable when brink_load_run_state may have changed. */
int brink_load_run_fd(const struct brink_load_run *run);

enum brink_load_run_state {
    BRINK_LOAD_RUN_OPENING,
    BRINK_LOAD_RUN_READY,  /* all connections are open */
    BRINK_LOAD_RUN_FAILED, /* they cannot be */
    BRINK_LOAD_RUN_BUSY,
    BRINK_LOAD_RUN_DONE
};

enum brink_load_run_state brink_load_run_state(struct brink_load_run *run);

/* The counted frames begin. */
void brink_load_run_begin(struct brink_load_run *run);

/* How far it has come: frames, bytes, errors and time; the rest is 0. */
void brink_load_run_progress(const struct brink_load_run *run, struct brink_load_result *result);

/* Before its time: once, and replies are waited for; again, and they are not. */
void brink_load_run_stop(struct brink_load_run *run);

/* Once it is DONE or FAILED (the troubles tell why). The connections are open still. */
void brink_load_run_result(const struct brink_load_run *run, struct brink_load_result *result);

/* Closes everything, at any time. */
void brink_load_run_end(struct brink_load_run *run);

#endif
