/* Jobs go one after the other on a thread of their own; few may wait; none is lost at the end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sched.h>
#include <semaphore.h>

#include "app/admin/work.h"

struct job {
    struct brink_admin_job job;
    sem_t *begun;
    sem_t *go_on;
    int *order; /* how many ran before */
    int place;
    bool cancelled;
};

static void run(struct brink_admin_job *base, bool cancelled)
{
    struct job *job = (struct job *)base;
    job->cancelled = cancelled;
    job->place = ++*job->order;
    if (job->begun != NULL)
        (void)sem_post(job->begun);
    if (job->go_on != NULL)
        (void)sem_wait(job->go_on);
}

static void they_run_in_order_and_few_wait(void **state)
{
    (void)state;
    struct brink_admin_work work;
    struct job jobs[BRINK_ADMIN_JOBS + 2];
    sem_t begun;
    sem_t go_on;
    int order = 0;
    (void)sem_init(&begun, 0, 0);
    (void)sem_init(&go_on, 0, 0);
    assert_false(brink_failed(brink_admin_work_start(&work)));
    for (int i = 0; i < BRINK_ADMIN_JOBS + 2; i++)
        jobs[i] = (struct job){.job.run = run, .order = &order};
    jobs[0].begun = &begun;
    jobs[0].go_on = &go_on;
    assert_true(brink_admin_work_push(&work, &jobs[0].job));
    (void)sem_wait(&begun); /* it is not among those that wait any more */
    for (int i = 1; i <= BRINK_ADMIN_JOBS; i++)
        assert_true(brink_admin_work_push(&work, &jobs[i].job));
    assert_false(brink_admin_work_push(&work, &jobs[BRINK_ADMIN_JOBS + 1].job));
    jobs[BRINK_ADMIN_JOBS].begun = &begun;
    (void)sem_post(&go_on);
    (void)sem_wait(&begun);
    for (int i = 0; i <= BRINK_ADMIN_JOBS; i++)
        brink_admin_work_answered(&work);
    brink_admin_work_stop(&work);
    for (int i = 0; i <= BRINK_ADMIN_JOBS; i++) {
        assert_int_equal(jobs[i].place, i + 1);
        assert_false(jobs[i].cancelled);
    }
    (void)sem_destroy(&begun);
    (void)sem_destroy(&go_on);
}

/* Once the stop has begun, the one that is being done goes on. */
static void let_go(struct brink_admin_job *base, bool cancelled)
{
    struct job *job = (struct job *)base;
    job->cancelled = cancelled;
    (void)sem_post(job->begun);
    (void)sem_wait(job->go_on);
}

static void *answer(void *arg)
{
    struct brink_admin_work *work = arg;
    bool stopping = false;
    while (!stopping) {
        (void)pthread_mutex_lock(&work->lock);
        stopping = work->closing;
        (void)pthread_mutex_unlock(&work->lock);
        (void)sched_yield();
    }
    brink_admin_work_answered(work);
    return NULL;
}

static void the_end_waits_for_the_answer(void **state)
{
    (void)state;
    struct brink_admin_work work;
    pthread_t answerer;
    int order = 0;
    struct job job = {.job.run = run, .order = &order};
    assert_false(brink_failed(brink_admin_work_start(&work)));
    assert_true(brink_admin_work_push(&work, &job.job));
    assert_int_equal(pthread_create(&answerer, NULL, answer, &work), 0);
    brink_admin_work_stop(&work);
    assert_int_equal(work.unanswered, 0);
    assert_int_equal(pthread_join(answerer, NULL), 0);
}

static void *stop(void *arg)
{
    brink_admin_work_stop(arg);
    return NULL;
}

static void those_that_wait_at_the_end_are_cancelled(void **state)
{
    (void)state;
    struct brink_admin_work work;
    sem_t begun;
    sem_t go_on;
    int order = 0;
    pthread_t stopper;
    (void)sem_init(&begun, 0, 0);
    (void)sem_init(&go_on, 0, 0);
    struct job first = {.job.run = let_go, .begun = &begun, .go_on = &go_on};
    struct job second = {.job.run = run, .order = &order};
    struct job late = {.job.run = run, .order = &order};
    assert_false(brink_failed(brink_admin_work_start(&work)));
    assert_true(brink_admin_work_push(&work, &first.job));
    (void)sem_wait(&begun);
    assert_true(brink_admin_work_push(&work, &second.job));
    assert_int_equal(pthread_create(&stopper, NULL, stop, &work), 0);
    while (brink_admin_work_push(&work, &late.job)) { /* until the stop has begun */
        (void)pthread_mutex_lock(&work.lock);
        work.first = &second.job; /* takes it back */
        work.last = &second.job;
        work.count = 1;
        work.unanswered = 2;
        second.job.next = NULL;
        (void)pthread_mutex_unlock(&work.lock);
        (void)sched_yield();
    }
    (void)sem_post(&go_on);
    brink_admin_work_answered(&work);
    brink_admin_work_answered(&work);
    assert_int_equal(pthread_join(stopper, NULL), 0);
    assert_false(first.cancelled);
    assert_true(second.cancelled);
    assert_int_equal(late.place, 0);
    brink_admin_work_stop(&work); /* harmless */
    (void)sem_destroy(&begun);
    (void)sem_destroy(&go_on);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(they_run_in_order_and_few_wait),
        cmocka_unit_test(the_end_waits_for_the_answer),
        cmocka_unit_test(those_that_wait_at_the_end_are_cancelled),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
