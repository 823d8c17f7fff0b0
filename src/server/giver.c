#include "server/giver.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/log.h"
#include "server/cargo.h"
#include "server/giver_inner.h"
#include "server/giving.h"
#include "server/server.h"

enum { TICK_MS = 10 }; /* between two looks whether all have gone, or what failed may be tried */

_Static_assert(BRINK_WORKERS_MAX <= 64, "brink_giver.end_posts has one for each");

static const struct brink_log *log_of(const struct brink_giver *giver)
{
    return &giver->server->plain_log;
}

static void run(struct brink_loop *loop, struct brink_source *source)
{
    struct brink_giver *giver = brink_giver_of(loop);
    (void)source;
    if (!brink_giver_receive(giver)) {
        brink_giver_give_up(giver);
        return;
    }
    brink_giver_flush(giver);
    brink_giver_want(giver);
}

static void reclaim(struct brink_loop *loop, struct brink_source *source)
{
    (void)loop;
    (void)source;
}

/* --- the end --- */

static uint64_t clients_left(struct brink_giver *giver)
{
    uint64_t left = 0;
    brink_server_lock(giver->server);
    for (uint32_t i = 0; i < giver->server->worker_count; i++)
        left += brink_worker_sessions(&giver->server->workers[i]);
    brink_server_unlock(giver->server);
    return left;
}

/* The server may have been told to stop meanwhile. */
static uint64_t end_of(const struct brink_giver *giver)
{
    uint64_t by_ms = giver->by_ms;
    for (uint32_t i = 0; i < giver->server->worker_count; i++) {
        uint64_t stop_ms = atomic_load(&giver->server->workers[i].stop_by_ms);
        by_ms = stop_ms < by_ms ? stop_ms : by_ms;
    }
    return by_ms;
}

/* What the new process has been sent and has not answered may be its: it is not ours any more. */
static void cut(struct brink_giver *giver, uint64_t left)
{
    unsigned unanswered = 0;
    brink_giver_take_back_all(giver, &giver->outbox, true);
    while (!brink_list_empty(&giver->sent)) {
        brink_giver_confirm(giver, BRINK_CONTAINER_OF(giver->sent.next, struct brink_cargo, link));
        unanswered++;
    }
    brink_log_write(log_of(giver), BRINK_LOG_WARN,
                    "event=handover-deadline clients=%" PRIu64 " unanswered=%u", left, unanswered);
}

static brink_result send_done(struct brink_giver *giver)
{
    struct brink_handover_message done = {.kind = BRINK_HANDOVER_DONE};
    return brink_channel_send(&giver->channel, &done, NULL, 0);
}

static void finish(struct brink_giver *giver, uint64_t now_ms)
{
    struct brink_server *server = giver->server;
    giver->finishing = true;
    brink_result sent = send_done(giver);
    if (sent.err == EPIPE) {
        giver->finishing = false;
        brink_giver_give_up(giver);
        return;
    }
    if (brink_failed(sent) && now_ms < end_of(giver))
        return; /* the next tick tries again */
    atomic_store(&giver->state, BRINK_GIVER_DONE);
    brink_log_write(log_of(giver), BRINK_LOG_INFO,
                    "event=handover-done handed_over=%" PRIu64 " refused=%" PRIu64, giver->given,
                    giver->refused);
    brink_loop_want(&giver->control.loop, &giver->source, 0);
    for (uint32_t i = 0; i < server->worker_count; i++)
        brink_worker_stop(&server->workers[i], now_ms);
}

static void tick(void *arg, uint64_t now_ms)
{
    struct brink_giver *giver = arg;
    if (brink_giver_state(giver) != BRINK_GIVER_GIVING)
        return;
    if (!brink_giver_receive(giver)) {
        brink_giver_give_up(giver);
        return;
    }
    brink_giver_flush(giver);
    if (brink_giver_state(giver) != BRINK_GIVER_GIVING)
        return;
    brink_giver_want(giver);
    uint64_t left = clients_left(giver);
    bool over = now_ms >= end_of(giver);
    if (left > 0 && over)
        cut(giver, left);
    if (left == 0 || over)
        finish(giver, now_ms);
    if (brink_giver_state(giver) == BRINK_GIVER_GIVING)
        brink_timer_arm(&giver->control.loop.wheel, giver->timer, now_ms + TICK_MS);
}

/* --- setting up and taking down --- */

static const struct brink_source_ops source_ops = {run, reclaim, NULL};

/* The channel is watched from begin on: until then its owner speaks. */
static brink_result start_task(struct brink_control_task *task, struct brink_loop *loop)
{
    struct brink_giver *giver = BRINK_CONTAINER_OF(task, struct brink_giver, task);
    giver->timer = brink_timer_new(&loop->wheel, tick, giver);
    if (giver->timer == NULL)
        return brink_fail(ENOMEM);
    giver->source = (struct brink_source){.ops = &source_ops, .fd = giver->channel.fd};
    brink_result added = brink_loop_add(loop, &giver->source, BRINK_ARM_EDGE);
    if (brink_failed(added)) {
        giver->source.fd = -1;
        brink_timer_free(&loop->wheel, giver->timer);
    }
    return added;
}

/* Of one that gives the workers have ended, by a stop: the sockets are the new process's. */
static void stop_task(struct brink_control_task *task)
{
    struct brink_giver *giver = BRINK_CONTAINER_OF(task, struct brink_giver, task);
    struct brink_loop *loop = &giver->control.loop;
    if (brink_giver_state(giver) == BRINK_GIVER_GIVING) {
        brink_result sent = send_done(giver);
        (void)sent.err;
        atomic_store(&giver->state, BRINK_GIVER_DONE);
    }
    brink_timer_free(&loop->wheel, giver->timer);
    if (giver->source.fd >= 0 && brink_giver_state(giver) == BRINK_GIVER_DONE) {
        brink_loop_close_source(loop, &giver->source);
    } else if (giver->source.fd >= 0) {
        int fd = brink_loop_remove_source(loop, &giver->source);
        (void)fd; /* its owner's, as it has never begun */
    }
}

static void begin_here(struct brink_loop *loop, struct brink_post *post)
{
    (void)post;
    struct brink_giver *giver = brink_giver_of(loop);
    brink_giver_flush(giver);
    brink_giver_want(giver);
    if (brink_giver_state(giver) == BRINK_GIVER_GIVING) /* else it has been given up already */
        brink_timer_arm(&loop->wheel, giver->timer, loop->now_ms);
}

static void nothing(struct brink_worker *worker, void *arg)
{
    (void)worker;
    (void)arg;
}

/* What was posted before is over with then. */
static bool is_free(struct brink_giver *giver, struct brink_server *server)
{
    if (!giver->runs)
        return true;
    if (brink_giver_state(giver) != BRINK_GIVER_IDLE)
        return false;
    brink_server_call(server, nothing, NULL);
    return atomic_load(&giver->under_way) == 0;
}

brink_result brink_giver_start(struct brink_giver *giver, struct brink_server *server, int channel)
{
    struct brink_control_task *const tasks[] = {&giver->task};
    if (!is_free(giver, server))
        return brink_fail(EBUSY);
    brink_giver_stop(giver);
    memset(giver, 0, sizeof *giver);
    giver->task = (struct brink_control_task){.start = start_task, .stop = stop_task};
    giver->server = server;
    giver->channel = (struct brink_channel){server->sys, channel};
    giver->begin_post.run = begin_here;
    brink_list_init(&giver->outbox);
    brink_list_init(&giver->sent);
    struct brink_control_settings settings = {.sys = server->sys, .log = &server->plain_log};
    brink_control_init(&giver->control, &settings);
    brink_result started = brink_control_add(&giver->control, tasks, 1);
    if (!brink_failed(started))
        started = brink_control_run(&giver->control);
    giver->runs = !brink_failed(started);
    if (brink_failed(started))
        brink_control_stop(&giver->control);
    return started;
}

struct beginning {
    struct brink_giver *giver;
    const struct brink_drain_terms *terms;
};

/* It may have been given up already, for what another worker gave: this one has then been told to
 * end before it has begun. */
static void begin_worker(struct brink_worker *worker, void *arg)
{
    const struct beginning *beginning = arg;
    if (brink_giver_state(beginning->giver) == BRINK_GIVER_GIVING)
        brink_giving_begin(worker, beginning->giver, beginning->terms);
}

/* Last its own thread: that all have gone is true of workers that accept no more. */
void brink_giver_begin(struct brink_giver *giver, const struct brink_drain_terms *terms)
{
    struct beginning beginning = {giver, terms};
    giver->by_ms = terms->by_ms;
    atomic_store(&giver->state, BRINK_GIVER_GIVING);
    brink_server_call(giver->server, begin_worker, &beginning);
    brink_result posted = brink_loop_post(&giver->control.loop, &giver->begin_post);
    BRINK_ASSERT(!brink_failed(posted));
    (void)posted.err;
}

void brink_giver_stop(struct brink_giver *giver)
{
    if (!giver->runs)
        return;
    brink_control_stop(&giver->control);
    giver->runs = false;
}

bool brink_giver_gives(const struct brink_giver *giver)
{
    return brink_giver_state(giver) != BRINK_GIVER_IDLE;
}
