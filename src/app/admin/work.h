/* app/admin/work.h - what may take long is done on a thread of its own, one thing after the other,
 * so that who asks for figures or for health never waits for it. */
#ifndef BRINK_APP_ADMIN_WORK_H
#define BRINK_APP_ADMIN_WORK_H

#include <pthread.h>
#include <stdbool.h>

#include "brink/result.h"

enum { BRINK_ADMIN_JOBS = 8 }; /* that wait at most, besides the one that is being done */

struct brink_admin_job {
    struct brink_admin_job *next;
    /* On the thread; `cancelled`: it is not to be done any more. The job is its owner's again. */
    void (*run)(struct brink_admin_job *job, bool cancelled);
};

/* Invariant: `count` jobs are in the list from `first` to `last`; `unanswered` were pushed, and who
 * asked for them has not had the answer yet. */
struct brink_admin_work {
    pthread_t thread;
    pthread_mutex_t lock; /* of what follows */
    pthread_cond_t news;
    struct brink_admin_job *first;
    struct brink_admin_job *last;
    unsigned count;
    unsigned unanswered;
    bool runs;
    bool closing;
};

/* Fails with the reason why there is no thread; nothing is to be stopped then. */
BRINK_MUST_CHECK brink_result brink_admin_work_start(struct brink_admin_work *work);

/* Any thread. False if too many wait already, or it has stopped: the job will not be run. */
bool brink_admin_work_push(struct brink_admin_work *work, struct brink_admin_job *job);

/* Any thread: who asked for a job that was pushed has the answer, or has gone. */
void brink_admin_work_answered(struct brink_admin_work *work);

/* Waits for the job that is being done; those that wait are cancelled. Then, as what was commanded
 * may have been the end, waits a moment for all to have their answers. Harmless if it does not run,
 * or all zeros. */
void brink_admin_work_stop(struct brink_admin_work *work);

#endif
