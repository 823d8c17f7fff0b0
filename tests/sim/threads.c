#include "sim/threads.h"

#include <pthread.h>
#include <string.h>

#include "server/worker.h"

enum { STACK = 256 * 1024, PAUSES_OF_256 = 64 };

bool sim_threads_allowed = true;

/* One run at a time has threads, and one of them runs. */
static _Alignas(64) uint8_t stacks[SIM_THREADS][STACK];
static struct sim_threads *active;

/* --- their side --- */

static void thread_main(void)
{
    struct sim_thread *self = active->running;
    brink_worker_run(active->worker);
    self->ended = true;
    (void)swapcontext(&self->context, &active->world);
}

static void leave(void)
{
    struct sim_thread *self = active->running;
    (void)swapcontext(&self->context, &active->world);
}

void sim_thread_pauses(void)
{
    if (active != NULL && active->running != NULL &&
        sim_chance(active->kernel->tape, PAUSES_OF_256))
        leave();
}

void sim_thread_fails(void)
{
    if (active == NULL || active->running == NULL)
        return;
    active->failed = true;
    leave();
}

void sim_thread_falls_asleep(struct sim_threads *all, int timeout_ms)
{
    struct sim_thread *self = all->running;
    self->asleep = true;
    self->wake_us = timeout_ms < 0 ? UINT64_MAX : all->kernel->now_us + 1000 * (uint64_t)timeout_ms;
}

void sim_thread_sleeps(struct sim_threads *all)
{
    struct sim_thread *self = all->running;
    leave();
    self->asleep = false;
}

/* The baton is taken by this (see CMakeLists.txt): a thread may come later than others. Other locks
 * are held for moments, and none while the baton is waited for: it could be, by whoever has it. */
int __real_pthread_mutex_lock(pthread_mutex_t *mutex);
int __wrap_pthread_mutex_lock(pthread_mutex_t *mutex);
int __wrap_pthread_mutex_lock(pthread_mutex_t *mutex)
{
    if (active != NULL && mutex == &active->worker->baton.mutex)
        sim_thread_pauses();
    else if (active != NULL) {
        if (pthread_mutex_trylock(mutex) == 0)
            return 0;
        sim_fail(active->kernel, "deadlock: a lock is waited for that another thread holds while "
                                 "it waits for the baton");
    }
    return __real_pthread_mutex_lock(mutex);
}

/* --- the world's side --- */

void sim_threads_start(struct sim_threads *all, unsigned count, struct sim_kernel *kernel,
                       struct brink_worker *worker)
{
    *all = (struct sim_threads){.count = count, .kernel = kernel, .worker = worker};
    active = all;
    for (unsigned i = 0; i < count; i++) {
        struct sim_thread *thread = &all->threads[i];
        thread->all = all;
        (void)getcontext(&thread->context);
        thread->context.uc_stack.ss_sp = stacks[i];
        thread->context.uc_stack.ss_size = STACK;
        thread->context.uc_link = NULL; /* it never returns */
        makecontext(&thread->context, thread_main, 0);
    }
}

void sim_threads_forget(void)
{
    active = NULL;
}

bool sim_thread_can_go_on(struct sim_threads *all, unsigned index)
{
    const struct sim_thread *thread = &all->threads[index];
    if (thread->ended)
        return false;
    return !thread->asleep || all->kernel->now_us >= thread->wake_us ||
           sim_epoll_pending(all->kernel, all->worker->loop.poller.fd);
}

void sim_threads_resume(struct sim_threads *all, unsigned index)
{
    struct sim_thread *thread = &all->threads[index];
    all->kernel->calls_this_turn = 0;
    all->running = thread;
    (void)swapcontext(&all->world, &thread->context);
    all->running = NULL;
    if (all->failed)
        longjmp(all->kernel->failed, 1);
}

bool sim_threads_rest(const struct sim_threads *all)
{
    for (unsigned i = 0; i < all->count; i++) {
        const struct sim_thread *thread = &all->threads[i];
        if (!thread->asleep && !thread->ended && thread != all->running)
            return false;
    }
    return true;
}

bool sim_threads_ended(const struct sim_threads *all)
{
    for (unsigned i = 0; i < all->count; i++)
        if (!all->threads[i].ended)
            return false;
    return true;
}

uint64_t sim_threads_wake_us(const struct sim_threads *all)
{
    uint64_t next = UINT64_MAX;
    for (unsigned i = 0; i < all->count; i++) {
        const struct sim_thread *thread = &all->threads[i];
        if (thread->asleep && thread->wake_us < next)
            next = thread->wake_us;
    }
    return next;
}
