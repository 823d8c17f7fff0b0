#include "server/giving.h"

#include <errno.h>

#include "base/log.h"
#include "relay/adopt.h"
#include "relay/endpoint.h"
#include "relay/handover.h"
#include "server/cargo.h"
#include "server/giver.h"
#include "server/server.h"
#include "server/sweep.h"

enum {
    LOOK_MS = 5,      /* between two looks at all sessions */
    LOOKS_MAX = 4096, /* in a turn */
};

/* --- looking --- */

struct look {
    struct brink_worker *worker;
    bool full; /* nothing more can be given for now */
};

static void give(struct look *look, struct brink_session *session)
{
    struct brink_worker *worker = look->worker;
    struct brink_giver *giver = worker->giving.giver;
    struct brink_cargo *cargo = NULL;
    if (brink_giver_reserve(giver))
        cargo = brink_cargo_new(&worker->server->mailbox);
    else
        look->full = true;
    if (cargo == NULL) {
        if (!look->full) /* no memory: later */
            brink_giver_unreserve(giver);
        look->full = true;
        return;
    }
    cargo->worker = worker;
    cargo->service = brink_session_service(session);
    brink_handover_take(session, &cargo->parcel);
    brink_giver_give(giver, cargo);
}

static void look_at(struct brink_session *session, void *arg)
{
    struct look *look = arg;
    if (!look->full && brink_session_service(session)->handing_over &&
        brink_handover_is_ready(session))
        give(look, session);
}

/* On from where it ended before, until all have been looked at. */
static void sweep(void *arg, uint64_t now_ms)
{
    struct look look = {.worker = arg};
    struct brink_giving *giving = &look.worker->giving;
    struct brink_loop *loop = &look.worker->loop;
    if (!giving->on)
        return;
    for (unsigned looks = 0; looks < LOOKS_MAX && !look.full && giving->passed < loop->slots.room;
         looks++) {
        if (giving->slot >= loop->slots.room)
            giving->slot = 0;
        brink_sessions_visit(loop, giving->slot, look_at, &look);
        giving->slot += !look.full;
        giving->passed += !look.full;
    }
    bool round_over = giving->passed >= loop->slots.room;
    if (round_over)
        giving->passed = 0;
    /* Where the giver is full its answers say when to go on. */
    uint64_t next_ms = round_over || look.full ? now_ms + LOOK_MS : now_ms;
    brink_timer_arm(&loop->wheel, giving->timer, next_ms);
}

/* --- beginning and ending --- */

brink_result brink_giving_open(struct brink_worker *worker)
{
    worker->giving = (struct brink_giving){
        .timer = brink_timer_new(&worker->loop.wheel, sweep, worker),
    };
    return worker->giving.timer == NULL ? brink_fail(ENOMEM) : brink_ok();
}

void brink_giving_close(struct brink_worker *worker)
{
    brink_timer_free(&worker->loop.wheel, worker->giving.timer);
    worker->giving.timer = NULL;
}

static bool is_application(const struct brink_service *service)
{
    return service->kind == &brink_endpoint_kind;
}

void brink_giving_begin(struct brink_worker *worker, struct brink_giver *giver,
                        const struct brink_drain_terms *terms)
{
    struct brink_giving *giving = &worker->giving;
    giving->on = true;
    giving->giver = giver;
    giving->terms = *terms;
    giving->slot = 0;
    giving->passed = 0;
    struct brink_branch *branch = brink_worker_first_branch(worker);
    for (; branch != NULL; branch = brink_worker_next_branch(branch)) {
        if (is_application(&branch->service))
            brink_drain_service(&branch->service, terms);
        else
            brink_handover_begin(&branch->service);
    }
    brink_sweep_now(worker);
    brink_timer_arm(&worker->loop.wheel, giving->timer, worker->loop.now_ms);
}

void brink_giving_end(struct brink_worker *worker)
{
    if (!worker->giving.on)
        return;
    worker->giving.on = false;
    struct brink_branch *branch = brink_worker_first_branch(worker);
    for (; branch != NULL; branch = brink_worker_next_branch(branch)) {
        if (!is_application(&branch->service))
            brink_handover_end(&branch->service);
        else if (!worker->draining)
            brink_drain_end_service(&branch->service);
    }
    brink_worker_resume(worker);
}

/* --- what comes of a parcel --- */

/* Others may be given now. */
static void go_on(struct brink_worker *worker)
{
    if (worker->giving.on && brink_giver_is_half_empty(worker->giving.giver))
        brink_timer_arm(&worker->loop.wheel, worker->giving.timer, worker->loop.now_ms);
}

void brink_giving_confirm(struct brink_loop *loop, struct brink_post *post)
{
    struct brink_cargo *cargo = brink_cargo_of(post);
    struct brink_worker *worker = brink_worker_of(loop);
    brink_handover_confirm(cargo->service);
    brink_cargo_free(&worker->server->mailbox, cargo);
    go_on(worker);
}

/* It could not go anywhere. */
static void lose(const struct brink_cargo *cargo, enum brink_reason reason, int err)
{
    char peer[BRINK_ADDRESS_TEXT_MAX];
    struct brink_service *service = cargo->service;
    const struct brink_sys *sys = service->io.loop->sys;
    for (unsigned i = 0; i < cargo->parcel.legs; i++)
        (void)sys->ops->close(sys->context, cargo->parcel.fds[i]);
    brink_log_write(&service->options->log, BRINK_LOG_WARN,
                    "event=handover-lost peer=%s reason=%s error=\"%s\"",
                    brink_peer_format(&cargo->parcel.peer, peer, sizeof peer),
                    brink_reason_name(reason), brink_adopt_error_text(err));
    brink_counter_add(&service->stats.closed[reason], 1);
    if (reason == BRINK_REASON_DRAIN_DEADLINE)
        brink_counter_add(&service->stats.drain_cut, 1);
    brink_counter_subtract(&service->stats.sessions, 1);
    service->on_session_gone(service);
}

/* The new process does not want it: it leaves, as those do that cannot be handed over. */
static void let_go(struct brink_worker *worker, struct brink_session *session)
{
    brink_result drained = brink_drain_session(session, &worker->giving.terms);
    if (brink_failed(drained)) /* no memory to remember it: it stands where it may leave */
        brink_session_close(session, BRINK_REASON_DRAINED, BRINK_SIDE_CLIENT, 0);
    else
        brink_sweep_now(worker);
}

void brink_giving_take_back(struct brink_loop *loop, struct brink_post *post)
{
    struct brink_cargo *cargo = brink_cargo_of(post);
    struct brink_worker *worker = brink_worker_of(loop);
    struct brink_session *session;
    brink_result adopted = brink_adopt(cargo->service, &cargo->parcel, &session);
    if (brink_failed(adopted)) {
        lose(cargo, BRINK_REASON_NO_MEMORY, adopted.err);
    } else {
        if (cargo->refused)
            let_go(worker, session);
        brink_adopt_go_on(session);
    }
    brink_cargo_free(&worker->server->mailbox, cargo);
    go_on(worker);
}
