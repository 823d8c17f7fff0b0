#include "server/taker.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "relay/adopt.h"
#include "server/admission.h"
#include "server/cargo.h"
#include "server/server.h"

enum { RETRY_MS = 10 };

_Static_assert(BRINK_WORKERS_MAX <= 64, "brink_taker.counts has one for each");

static struct brink_taker *taker_of(struct brink_loop *loop)
{
    struct brink_control *control = BRINK_CONTAINER_OF(loop, struct brink_control, loop);
    return BRINK_CONTAINER_OF(control, struct brink_taker, control);
}

static const struct brink_log *log_of(const struct brink_taker *taker)
{
    return &taker->server->plain_log;
}

/* --- at a worker --- */

/* The newest edition of the listener; NULL: there is none. */
static struct brink_branch *branch_of(const struct brink_worker *worker, const char *name)
{
    struct brink_branch *found = NULL;
    struct brink_branch *branch = brink_worker_first_branch(worker);
    for (; branch != NULL; branch = brink_worker_next_branch(branch))
        if (!branch->retired && strcmp(branch->service.options->name, name) == 0)
            found = branch;
    return found;
}

static bool answer(const struct brink_server *server, const struct brink_cargo *cargo,
                   const char *why)
{
    struct brink_handover_message message = {.kind = BRINK_HANDOVER_ACCEPTED,
                                             .id = cargo->parcel.id};
    if (why != NULL) {
        message.kind = BRINK_HANDOVER_REFUSED;
        (void)snprintf(message.why, sizeof message.why, "%s", why);
    }
    return !brink_failed(brink_channel_send(&server->taker.channel, &message, NULL, 0));
}

static void refuse(struct brink_server *server, struct brink_cargo *cargo, const char *why)
{
    cargo->refused = true;
    cargo->broken = !answer(server, cargo, why);
    brink_channel_close_fds(&server->taker.channel, cargo->parcel.fds, cargo->parcel.legs);
}

static void adopt(struct brink_branch *branch, struct brink_cargo *cargo)
{
    struct brink_worker *worker = branch->worker;
    struct brink_service *service = &branch->service;
    struct brink_session *session;
    brink_admission_adopt(worker, branch->gate);
    brink_counter_add(&service->stats.sessions, 1);
    brink_result adopted = brink_adopt(service, &cargo->parcel, &session);
    if (!brink_failed(adopted) && answer(worker->server, cargo, NULL)) {
        brink_counter_add(&service->stats.taken_over, 1);
        brink_adopt_go_on(session);
        return;
    }
    if (brink_failed(adopted)) {
        refuse(worker->server, cargo, brink_adopt_error_text(adopted.err));
    } else {
        brink_adopt_give_up(session);
        brink_channel_close_fds(&worker->server->taker.channel, cargo->parcel.fds,
                                cargo->parcel.legs);
        cargo->broken = true;
    }
    brink_counter_subtract(&service->stats.sessions, 1);
    service->on_session_gone(service);
}

static void answered(struct brink_loop *loop, struct brink_post *post);

static void take_here(struct brink_loop *loop, struct brink_post *post)
{
    struct brink_cargo *cargo = brink_cargo_of(post);
    struct brink_worker *worker = brink_worker_of(loop);
    struct brink_branch *branch = branch_of(worker, cargo->parcel.listener);
    if (worker->draining)
        refuse(worker->server, cargo, "the server stops");
    else if (branch == NULL)
        refuse(worker->server, cargo, "there is no such listener");
    else
        adopt(branch, cargo);
    cargo->post.run = answered;
    brink_result posted = brink_loop_post(&worker->server->taker.control.loop, post);
    BRINK_ASSERT(!brink_failed(posted)); /* it ends after the workers */
    (void)posted.err;
}

/* --- on its thread --- */

/* The old process takes back what has not been answered. */
static void give_up(struct brink_taker *taker, const char *why)
{
    const struct brink_sys *sys = taker->channel.sys;
    if (taker->broken)
        return;
    taker->broken = true;
    brink_log_write(log_of(taker), BRINK_LOG_WARN,
                    "event=takeover-failed error=\"%s\" taken_over=%" PRIu64, why, taker->taken);
    (void)sys->ops->shutdown_write(sys->context, taker->channel.fd);
}

/* Once no worker may speak any more. */
static void close_if_over(struct brink_taker *taker)
{
    if ((!taker->broken && !taker->done) || taker->out > 0 || taker->source.fd < 0)
        return;
    brink_loop_close_source(&taker->control.loop, &taker->source);
    brink_timer_cancel(&taker->control.loop.wheel, taker->timer);
}

static void answered(struct brink_loop *loop, struct brink_post *post)
{
    struct brink_taker *taker = taker_of(loop);
    struct brink_cargo *cargo = brink_cargo_of(post);
    taker->out--;
    taker->taken += !cargo->refused && !cargo->broken;
    taker->refused += cargo->refused;
    if (cargo->broken)
        give_up(taker, "the old process cannot be answered");
    brink_cargo_free(&taker->server->mailbox, cargo);
    close_if_over(taker);
}

static struct brink_worker *next_worker(struct brink_taker *taker)
{
    uint32_t least = 0;
    for (uint32_t i = 1; i < taker->server->worker_count; i++)
        if (taker->counts[i] < taker->counts[least])
            least = i;
    taker->counts[least]++;
    return &taker->server->workers[least];
}

/* Without a worker: the parcel is known by its id alone. */
static void refuse_unread(struct brink_taker *taker, uint64_t id, const char *why)
{
    struct brink_cargo cargo = {.parcel.id = id};
    taker->refused++;
    if (!answer(taker->server, &cargo, why))
        give_up(taker, "the old process cannot be answered");
}

static void take_parcel(struct brink_taker *taker, const struct brink_parcel *parcel,
                        const int *fds, size_t count)
{
    struct brink_cargo *cargo = NULL;
    if (count == parcel->legs)
        cargo = brink_cargo_new(&taker->server->mailbox);
    if (cargo == NULL) {
        brink_channel_close_fds(&taker->channel, fds, count);
        refuse_unread(taker, parcel->id,
                      brink_adopt_error_text(count == parcel->legs ? ENOMEM : EBADF));
        return;
    }
    cargo->parcel = *parcel;
    for (size_t i = 0; i < count; i++)
        cargo->parcel.fds[i] = fds[i];
    cargo->post.run = take_here;
    taker->out++;
    brink_result posted = brink_loop_post(&next_worker(taker)->loop, &cargo->post);
    if (!brink_failed(posted))
        return;
    taker->out--; /* it has ended */
    brink_channel_close_fds(&taker->channel, fds, count);
    refuse_unread(taker, parcel->id, "the server stops");
    brink_cargo_free(&taker->server->mailbox, cargo);
}

/* The old process has done with the sockets, or has gone: their files are ours. */
static void take_files(struct brink_taker *taker)
{
    struct brink_server *server = taker->server;
    brink_server_lock(server);
    for (size_t i = 0; i < server->opening_count; i++)
        server->openings[i]->lent = false;
    brink_server_unlock(server);
    brink_inherited_unbind(&server->inherited);
}

static void finish(struct brink_taker *taker)
{
    taker->done = true;
    take_files(taker);
    brink_log_write(log_of(taker), BRINK_LOG_INFO,
                    "event=takeover-done taken_over=%" PRIu64 " refused=%" PRIu64, taker->taken,
                    taker->refused);
}

static void hear(struct brink_taker *taker, const struct brink_handover_message *message,
                 const int *fds, size_t count)
{
    if (message->kind == BRINK_HANDOVER_PARCEL) {
        take_parcel(taker, &message->parcel, fds, count);
        return;
    }
    brink_channel_close_fds(&taker->channel, fds, count);
    if (message->kind == BRINK_HANDOVER_DONE)
        finish(taker);
}

static void hear_nonsense(struct brink_taker *taker, const struct brink_handover_message *message)
{
    bool known = message->kind == BRINK_HANDOVER_PARCEL && message->parcel.id != 0;
    if (known)
        refuse_unread(taker, message->parcel.id, brink_adopt_error_text(EINVAL));
    else
        give_up(taker, "what the old process says makes no sense");
}

static void receive(struct brink_taker *taker)
{
    struct brink_handover_message message;
    int fds[BRINK_RIGHTS_MAX];
    size_t count;
    struct brink_loop *loop = &taker->control.loop;
    while (!taker->broken && !taker->done) {
        brink_result received = brink_channel_receive(&taker->channel, &message, fds, &count);
        if (!brink_failed(received)) {
            hear(taker, &message, fds, count);
            continue;
        }
        if (received.err == EINVAL) {
            hear_nonsense(taker, &message);
            continue;
        }
        taker->source.ready &= (uint8_t)~BRINK_READABLE;
        if (received.err == EPIPE) {
            give_up(taker, "the old process has gone");
            take_files(taker);
        } else if (received.err == ENOBUFS)
            brink_timer_arm(&loop->wheel, taker->timer, loop->now_ms + RETRY_MS);
        return;
    }
    brink_loop_want(loop, &taker->source, 0);
}

static void run(struct brink_loop *loop, struct brink_source *source)
{
    struct brink_taker *taker = taker_of(loop);
    (void)source;
    receive(taker);
    close_if_over(taker);
}

static void retry(void *arg, uint64_t now_ms)
{
    struct brink_taker *taker = arg;
    (void)now_ms;
    receive(taker);
    close_if_over(taker);
}

static void reclaim(struct brink_loop *loop, struct brink_source *source)
{
    (void)loop;
    (void)source;
}

/* --- setting up and taking down --- */

static const struct brink_source_ops source_ops = {run, reclaim, NULL};

static brink_result start_task(struct brink_control_task *task, struct brink_loop *loop)
{
    struct brink_taker *taker = BRINK_CONTAINER_OF(task, struct brink_taker, task);
    taker->timer = brink_timer_new(&loop->wheel, retry, taker);
    if (taker->timer == NULL)
        return brink_fail(ENOMEM);
    taker->source = (struct brink_source){.ops = &source_ops, .fd = taker->channel.fd};
    brink_result added = brink_loop_add(loop, &taker->source, BRINK_ARM_EDGE);
    if (brink_failed(added)) {
        taker->source.fd = -1;
        brink_timer_free(&loop->wheel, taker->timer);
    }
    return added;
}

static void stop_task(struct brink_control_task *task)
{
    struct brink_taker *taker = BRINK_CONTAINER_OF(task, struct brink_taker, task);
    brink_timer_free(&taker->control.loop.wheel, taker->timer);
    brink_loop_close_source(&taker->control.loop, &taker->source);
}

static void begin_here(struct brink_loop *loop, struct brink_post *post)
{
    (void)post;
    brink_loop_want(loop, &taker_of(loop)->source, BRINK_READABLE);
}

void brink_taker_begin(struct brink_taker *taker)
{
    taker->begin_post.run = begin_here;
    brink_result posted = brink_loop_post(&taker->control.loop, &taker->begin_post);
    BRINK_ASSERT(!brink_failed(posted));
    (void)posted.err;
}

brink_result brink_taker_start(struct brink_taker *taker, struct brink_server *server, int channel)
{
    struct brink_control_task *const tasks[] = {&taker->task};
    memset(taker, 0, sizeof *taker);
    taker->task = (struct brink_control_task){.start = start_task, .stop = stop_task};
    taker->server = server;
    taker->channel = (struct brink_channel){server->sys, channel};
    brink_server_lock(server);
    for (uint32_t i = 0; i < server->worker_count; i++)
        taker->counts[i] = brink_worker_sessions(&server->workers[i]);
    brink_server_unlock(server);
    struct brink_control_settings settings = {.sys = server->sys, .log = &server->plain_log};
    brink_control_init(&taker->control, &settings);
    brink_result started = brink_control_add(&taker->control, tasks, 1);
    bool added = !brink_failed(started);
    if (added)
        started = brink_control_run(&taker->control);
    taker->runs = !brink_failed(started);
    if (added && brink_failed(started)) {
        int fd = brink_loop_remove_source(&taker->control.loop, &taker->source);
        (void)fd; /* the caller's still */
    }
    if (brink_failed(started))
        brink_control_stop(&taker->control);
    return started;
}

void brink_taker_stop(struct brink_taker *taker)
{
    if (!taker->runs)
        return;
    brink_control_stop(&taker->control);
    taker->runs = false;
}
