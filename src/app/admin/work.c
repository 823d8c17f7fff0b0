#include "app/admin/work.h"

#include <signal.h>
#include <string.h>
#include <time.h>

enum { ANSWERS_S = 2 };

/* Under the lock. NULL: there is none. */
static struct brink_admin_job *take(struct brink_admin_work *work)
{
    struct brink_admin_job *job = work->first;
    if (job == NULL)
        return NULL;
    work->first = job->next;
    if (work->first == NULL)
        work->last = NULL;
    work->count--;
    return job;
}

static void *work_main(void *arg)
{
    struct brink_admin_work *work = arg;
    (void)pthread_setname_np(pthread_self(), "brink/operate");
    (void)pthread_mutex_lock(&work->lock);
    while (!work->closing || work->first != NULL) {
        struct brink_admin_job *job = take(work);
        if (job == NULL) {
            (void)pthread_cond_wait(&work->news, &work->lock);
            continue;
        }
        bool cancelled = work->closing;
        (void)pthread_mutex_unlock(&work->lock);
        job->run(job, cancelled);
        (void)pthread_mutex_lock(&work->lock);
    }
    (void)pthread_mutex_unlock(&work->lock);
    return NULL;
}

brink_result brink_admin_work_start(struct brink_admin_work *work)
{
    memset(work, 0, sizeof *work);
    (void)pthread_mutex_init(&work->lock, NULL); /* with no attributes they cannot fail on Linux */
    (void)pthread_cond_init(&work->news, NULL);
    sigset_t all;
    sigset_t before;
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    int err = pthread_create(&work->thread, NULL, work_main, work);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    work->runs = err == 0;
    return brink_fail(err); /* 0 is success */
}

bool brink_admin_work_push(struct brink_admin_work *work, struct brink_admin_job *job)
{
    (void)pthread_mutex_lock(&work->lock);
    bool taken = !work->closing && work->count < BRINK_ADMIN_JOBS;
    if (taken) {
        job->next = NULL;
        if (work->last != NULL)
            work->last->next = job;
        else
            work->first = job;
        work->last = job;
        work->count++;
        work->unanswered++;
        (void)pthread_cond_broadcast(&work->news);
    }
    (void)pthread_mutex_unlock(&work->lock);
    return taken;
}

void brink_admin_work_answered(struct brink_admin_work *work)
{
    (void)pthread_mutex_lock(&work->lock);
    work->unanswered--;
    (void)pthread_cond_broadcast(&work->news);
    (void)pthread_mutex_unlock(&work->lock);
}

static void wait_for_answers(struct brink_admin_work *work)
{
    struct timespec until;
    int err = 0;
    (void)clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += ANSWERS_S;
    (void)pthread_mutex_lock(&work->lock);
    while (work->unanswered > 0 && err == 0)
        err = pthread_cond_timedwait(&work->news, &work->lock, &until);
    (void)pthread_mutex_unlock(&work->lock);
}

void brink_admin_work_stop(struct brink_admin_work *work)
{
    if (!work->runs)
        return;
    (void)pthread_mutex_lock(&work->lock);
    work->closing = true;
    (void)pthread_cond_broadcast(&work->news);
    (void)pthread_mutex_unlock(&work->lock);
    (void)pthread_join(work->thread, NULL);
    wait_for_answers(work);
    work->runs = false; /* the lock stays: who comes late is refused */
}
