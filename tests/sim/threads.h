/* sim/threads.h - the threads of a shared loop, as coroutines. Which of them goes on is up to the
 * tape, wherever the baton is given up: before a system call is made, and after it, before its
 * caller has the baton back. So every order of what threads do to each other can come up, on one
 * thread and from a seed. */
#ifndef BRINK_SIM_THREADS_H
#define BRINK_SIM_THREADS_H

#include <stdbool.h>
#include <stdint.h>
#include <ucontext.h>

#include "sim/kernel.h"

enum { SIM_THREADS = 3 };

struct brink_worker;

struct sim_thread {
    ucontext_t context;
    struct sim_threads *all;
    bool asleep; /* in epoll_wait, with no event there */
    bool ended;
    uint64_t wake_us; /* when that wait is over; UINT64_MAX: never */
};

/* False, and no run has any: for tools that do not know of coroutines. */
extern bool sim_threads_allowed;

/* All zeros: there are none. */
struct sim_threads {
    unsigned count;
    struct sim_kernel *kernel;
    struct brink_worker *worker; /* whose loop they turn */
    struct sim_thread threads[SIM_THREADS];
    struct sim_thread *running; /* NULL: the world itself */
    ucontext_t world;
    bool failed; /* the run has failed within one: for the world to leave it */
};

/* They are there, and run with sim_threads_resume: brink_worker_run, until it returns. */
void sim_threads_start(struct sim_threads *all, unsigned count, struct sim_kernel *kernel,
                       struct brink_worker *worker);

/* The run is over: whatever is left of them is forgotten. */
void sim_threads_forget(void);

/* True if the thread can go on. */
bool sim_thread_can_go_on(struct sim_threads *all, unsigned index);

/* Lets one go on to where it pauses next. */
void sim_threads_resume(struct sim_threads *all, unsigned index);

/* True if none is at work, but perhaps the one that runs. */
bool sim_threads_rest(const struct sim_threads *all);

bool sim_threads_ended(const struct sim_threads *all);

/* When the next wait is over. */
uint64_t sim_threads_wake_us(const struct sim_threads *all);

/* For the one that runs: it waits for an event, `timeout_ms` at most (-1: for ever). It counts as
 * asleep from sim_thread_falls_asleep on. */
void sim_thread_falls_asleep(struct sim_threads *all, int timeout_ms);
void sim_thread_sleeps(struct sim_threads *all);

/* A point where another may go on; nothing, if no thread runs. */
void sim_thread_pauses(void);

/* If a thread runs, leaves it for good, as the run has failed. */
void sim_thread_fails(void);

#endif
