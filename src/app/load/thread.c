#include "app/load/thread.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "app/clock.h"
#include "app/load/work.h"

enum { EVENTS_MAX = 256, BUFFER_SIZE = 256 << 10, MS_NS = 1000000 };

static void set_phase(struct brink_load_thread *thread, enum brink_load_phase phase)
{
    const struct brink_sys *sys = thread->plan->sys;
    thread->phase = (int)phase;
    (void)sys->ops->wakeup_signal(sys->context, thread->notify_fd);
}

/* --- waiting --- */

static uint64_t earlier(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* Only by count: with a duration, the end of that is soon enough. While no connection is open,
 * progress_ns is what counts. */
static bool may_stall(const struct brink_load_thread *thread)
{
    return thread->plan->count > 0 && thread->owed && thread->open > 0;
}

/* When something has to be done by the clock. */
static uint64_t next_ns(const struct brink_load_thread *thread)
{
    uint64_t timeout_ns = thread->plan->timeout_ms * (uint64_t)MS_NS;
    uint64_t next = brink_load_work_next_ns(thread);
    switch (brink_load_thread_phase(thread)) {
    case BRINK_LOAD_PHASE_OPENING:
        return earlier(next, thread->progress_ns + timeout_ns);
    case BRINK_LOAD_PHASE_RUNNING:
        next = earlier(next, thread->end_ns);
        if (may_stall(thread))
            return earlier(next, thread->moved_ns + timeout_ns);
        return thread->open > 0 ? next : earlier(next, thread->progress_ns + timeout_ns);
    case BRINK_LOAD_PHASE_OWED:
        return earlier(next, thread->stopped_ns + timeout_ns);
    case BRINK_LOAD_PHASE_READY:
    case BRINK_LOAD_PHASE_DONE:
        break;
    }
    return next;
}

/* For epoll_wait, which counts in milliseconds: rounded up, as to wake early is to wake twice. */
static int timeout_ms(const struct brink_load_thread *thread)
{
    if (!brink_list_empty(&thread->more))
        return 0;
    uint64_t next = next_ns(thread);
    uint64_t now = thread->lane.now_ns;
    if (next == UINT64_MAX)
        return -1;
    if (next <= now)
        return 0;
    uint64_t ms = (next - now + MS_NS - 1) / MS_NS;
    return ms < 60000 ? (int)ms : 60000;
}

/* For the frame that is due next, epoll_wait's milliseconds are too coarse: a timer. */
static void arm(struct brink_load_thread *thread)
{
    uint64_t due_ns = brink_load_work_due_ns(thread);
    if (thread->timer_fd < 0 || due_ns == thread->armed_ns || due_ns == UINT64_MAX)
        return;
    struct itimerspec at = {.it_value = {.tv_sec = (time_t)(due_ns / 1000000000),
                                         .tv_nsec = (long)(due_ns % 1000000000)}};
    (void)timerfd_settime(thread->timer_fd, TFD_TIMER_ABSTIME, &at, NULL);
    thread->armed_ns = due_ns;
}

/* What has happened at the sockets. Those who received have looked at the clock; if nobody has, it
 * is done here. A wake-up and the timer's expiry are edges: there is nothing to read. */
static void wait_events(struct brink_load_thread *thread)
{
    const struct brink_sys *sys = thread->plan->sys;
    struct epoll_event events[EVENTS_MAX];
    arm(thread);
    int count = sys->ops->epoll_wait(sys->context, thread->lane.epoll_fd, events, EVENTS_MAX,
                                     timeout_ms(thread));
    uint64_t before_ns = thread->lane.now_ns;
    for (int i = 0; i < count; i++) {
        struct brink_load_connection *connection = events[i].data.ptr;
        if (connection != NULL && thread->phase != BRINK_LOAD_PHASE_DONE)
            brink_load_work_event(thread, connection, events[i].events);
    }
    if (thread->lane.now_ns == before_ns)
        thread->lane.now_ns = brink_clock_now_ns();
}

/* --- phases --- */

static void stop(struct brink_load_thread *thread)
{
    brink_load_work_flush(thread);
    thread->stopped_ns = earlier(thread->lane.now_ns, thread->end_ns);
    set_phase(thread, BRINK_LOAD_PHASE_OWED);
}

static void finish(struct brink_load_thread *thread, bool timed_out)
{
    brink_load_work_finish(thread, timed_out);
    set_phase(thread, BRINK_LOAD_PHASE_DONE);
}

static bool overdue(const struct brink_load_thread *thread, uint64_t since_ns)
{
    return thread->lane.now_ns >= since_ns + thread->plan->timeout_ms * (uint64_t)MS_NS;
}

/* While no connection is open; at the start, while no further one is. */
static void watch_progress(struct brink_load_thread *thread)
{
    bool opening = thread->phase == BRINK_LOAD_PHASE_OPENING;
    if (!opening && thread->open > 0)
        thread->progress_ns = thread->lane.now_ns;
    else if (overdue(thread, thread->progress_ns))
        brink_load_work_give_up(thread);
}

/* True if frames are to be begun or answered and for a whole time-out not a byte has gone either
 * way: a reply is lost, or a connection that has frames due cannot be made. Bytes and not frames,
 * as a large frame may take longer than that. At a low rate nothing may be due for longer: what is
 * owed counts from when it came to be. */
static bool stalled(struct brink_load_thread *thread)
{
    struct brink_load_lane *lane = &thread->lane;
    uint64_t moved = brink_counter_read(&lane->bytes) + lane->received;
    bool owed = thread->plan->rate == 0 || lane->in_flight > 0 || thread->unsent > 0;
    if (!owed || !thread->owed || moved != thread->moved)
        thread->moved_ns = lane->now_ns;
    thread->owed = owed;
    thread->moved = moved;
    if (!may_stall(thread) || !overdue(thread, thread->moved_ns))
        return false;
    brink_load_work_stall(thread);
    return true;
}

static void proceed_once(struct brink_load_thread *thread)
{
    int order = thread->order;
    switch (brink_load_thread_phase(thread)) {
    case BRINK_LOAD_PHASE_OPENING:
        watch_progress(thread);
        if (thread->failed || order >= BRINK_LOAD_ORDER_STOP)
            set_phase(thread, BRINK_LOAD_PHASE_DONE);
        else if (thread->all_open == thread->count)
            set_phase(thread, BRINK_LOAD_PHASE_READY);
        break;
    case BRINK_LOAD_PHASE_READY:
        if (order >= BRINK_LOAD_ORDER_STOP) {
            set_phase(thread, BRINK_LOAD_PHASE_DONE);
        } else if (order == BRINK_LOAD_ORDER_RUN) {
            set_phase(thread, BRINK_LOAD_PHASE_RUNNING);
            brink_load_work_begin(thread);
        }
        break;
    case BRINK_LOAD_PHASE_RUNNING:
        watch_progress(thread);
        if (thread->failed || order >= BRINK_LOAD_ORDER_STOP || brink_load_work_over(thread) ||
            stalled(thread))
            stop(thread);
        break;
    case BRINK_LOAD_PHASE_OWED:
        if (thread->lane.in_flight == 0)
            finish(thread, false);
        else if (order >= BRINK_LOAD_ORDER_CUT || overdue(thread, thread->stopped_ns))
            finish(thread, order < BRINK_LOAD_ORDER_CUT);
        break;
    case BRINK_LOAD_PHASE_DONE:
        break;
    }
}

/* Through each phase that has nothing to wait for. */
static void proceed(struct brink_load_thread *thread)
{
    int before;
    do {
        before = thread->phase;
        proceed_once(thread);
    } while (thread->phase != before);
}

static void *run(void *arg)
{
    struct brink_load_thread *thread = arg;
    thread->lane.now_ns = brink_clock_now_ns();
    thread->progress_ns = thread->lane.now_ns;
    while (thread->order < BRINK_LOAD_ORDER_LEAVE) {
        if (thread->phase != BRINK_LOAD_PHASE_DONE) { /* its figures are being read then */
            brink_load_work_by_clock(thread);
            proceed(thread);
        }
        wait_events(thread);
    }
    for (uint32_t i = 0; i < thread->count; i++)
        brink_load_connection_close(&thread->connections[i], &thread->lane);
    return NULL;
}

/* --- from the outside --- */

/* For a descriptor that is there only to end a wait. */
static brink_result watch(struct brink_load_thread *thread, int fd)
{
    const struct brink_sys *sys = thread->plan->sys;
    struct epoll_event event = {.events = EPOLLIN | EPOLLET, .data.ptr = NULL};
    int returned =
        sys->ops->epoll_ctl(sys->context, thread->lane.epoll_fd, EPOLL_CTL_ADD, fd, &event);
    return brink_fail(returned < 0 ? -returned : 0); /* 0 is success */
}

static brink_result open_descriptors(struct brink_load_thread *thread)
{
    const struct brink_sys *sys = thread->plan->sys;
    thread->lane.epoll_fd = sys->ops->epoll_create(sys->context);
    if (thread->lane.epoll_fd < 0)
        return brink_fail(-thread->lane.epoll_fd);
    thread->wake_fd = sys->ops->wakeup_create(sys->context);
    if (thread->wake_fd < 0)
        return brink_fail(-thread->wake_fd);
    brink_result result = watch(thread, thread->wake_fd);
    if (thread->plan->rate == 0 || brink_failed(result))
        return result;
    thread->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    return thread->timer_fd < 0 ? brink_fail(errno) : watch(thread, thread->timer_fd);
}

static void close_fd(struct brink_load_thread *thread, int *fd)
{
    if (*fd >= 0)
        (void)thread->plan->sys->ops->close(thread->plan->sys->context, *fd);
    *fd = -1;
}

static void release(struct brink_load_thread *thread)
{
    close_fd(thread, &thread->timer_fd);
    close_fd(thread, &thread->wake_fd);
    close_fd(thread, &thread->lane.epoll_fd);
    free(thread->connections);
    free(thread->batches);
    free(thread->lane.buffer);
    thread->connections = NULL;
    thread->batches = NULL;
    thread->lane.buffer = NULL;
}

static brink_result reserve(struct brink_load_thread *thread)
{
    const struct brink_load_plan *plan = thread->plan;
    bool timed = plan->rate == 0 && !plan->one_way;
    thread->working = brink_load_schedule_own(plan->connections, plan->threads, thread->number);
    thread->count =
        thread->working + brink_load_schedule_own(plan->idle, plan->threads, thread->number);
    thread->connections = calloc(thread->count, sizeof thread->connections[0]);
    thread->lane.buffer = malloc(BUFFER_SIZE);
    thread->lane.buffer_size = BUFFER_SIZE;
    if (timed)
        thread->batches =
            calloc((size_t)thread->working * plan->in_flight, sizeof thread->batches[0]);
    if (thread->connections == NULL || thread->lane.buffer == NULL ||
        (timed && thread->batches == NULL))
        return brink_fail(ENOMEM);
    for (uint32_t i = 0; i < thread->count; i++) {
        bool silent = i >= thread->working;
        struct brink_load_batch *batches =
            silent || !timed ? NULL : thread->batches + (size_t)i * plan->in_flight;
        brink_load_connection_init(&thread->connections[i], plan,
                                   thread->number + i * plan->threads, silent, batches);
    }
    return brink_ok();
}

brink_result brink_load_thread_start(struct brink_load_thread *thread,
                                     const struct brink_load_plan *plan, uint32_t number,
                                     int notify_fd)
{
    *thread = (struct brink_load_thread){.plan = plan,
                                         .number = number,
                                         .notify_fd = notify_fd,
                                         .wake_fd = -1,
                                         .timer_fd = -1,
                                         .lane = {.plan = plan, .epoll_fd = -1},
                                         .end_ns = UINT64_MAX};
    brink_latency_init(&thread->lane.latency);
    brink_list_init(&thread->opening);
    brink_list_init(&thread->resting);
    brink_list_init(&thread->more);
    brink_result result = reserve(thread);
    if (!brink_failed(result))
        result = open_descriptors(thread);
    if (!brink_failed(result))
        result = brink_fail(pthread_create(&thread->thread, NULL, run, thread));
    if (brink_failed(result))
        release(thread);
    return result;
}

void brink_load_thread_order(struct brink_load_thread *thread, enum brink_load_order order)
{
    const struct brink_sys *sys = thread->plan->sys;
    thread->order = (int)order;
    (void)sys->ops->wakeup_signal(sys->context, thread->wake_fd);
}

void brink_load_thread_end(struct brink_load_thread *thread)
{
    brink_load_thread_order(thread, BRINK_LOAD_ORDER_LEAVE);
    (void)pthread_join(thread->thread, NULL);
    release(thread);
}
