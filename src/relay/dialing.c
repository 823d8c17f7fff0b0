#include "relay/dialing.h"

#include <errno.h>

#include "base/hash.h"
#include "net/dialer.h"
#include "net/options.h"
#include "relay/couple.h"
#include "relay/figures.h"
#include "relay/greeting.h"
#include "relay/leave.h"
#include "relay/meter.h"
#include "relay/pair.h"
#include "relay/report.h"
#include "relay/service.h"
#include "relay/waiting.h"

enum { REDIAL_MS = 10 }; /* a unix socket's queue was full */

static uint64_t draw(struct brink_dialings *dialings)
{
    dialings->chance += UINT64_C(0x9e3779b97f4a7c15);
    return brink_hash_mix(dialings->chance);
}

/* The same on every instance, and not of the port: a client comes back to its server. */
static uint64_t source_of(const struct brink_peer *peer)
{
    struct brink_peer plain = brink_peer_unmapped(peer); /* however the listener sees it */
    return brink_hash_bytes(plain.bytes, sizeof plain.bytes);
}

void brink_dialing_end(struct brink_session *session)
{
    struct brink_pair *pair = brink_pair_of(session);
    struct brink_dialings *dialings = brink_dialings_of(session);
    if (pair->dialing == NULL)
        return;
    brink_waiting_leave(session);
    for (unsigned i = 0; i < pair->dialing->tried_count; i++)
        brink_group_drop(dialings->group, pair->dialing->tried[i]);
    brink_slab_free(&dialings->pool, pair->dialing);
    pair->dialing = NULL;
}

static void give_up(struct brink_session *session, enum brink_reason reason, int sys_errno)
{
    brink_session_close(session, reason, BRINK_SIDE_UPSTREAM, sys_errno);
    brink_dialing_end(session);
}

void brink_dialing_release(struct brink_session *session)
{
    struct brink_pair *pair = brink_pair_of(session);
    struct brink_target *target = pair->target;
    pair->target = NULL;
    pair->share = NULL;
    if (target != NULL)
        brink_group_release(brink_dialings_of(session)->group, target);
}

/* Ends the lease, but keeps the server in mind: where another stood it would be taken for it. */
static void release_tried(struct brink_session *session)
{
    struct brink_pair *pair = brink_pair_of(session);
    struct brink_dialing *dialing = pair->dialing;
    dialing->tried[dialing->tried_count++] = pair->target;
    brink_group_end_lease(brink_dialings_of(session)->group, pair->target);
    pair->target = NULL;
}

static void give_up_tried(struct brink_session *session)
{
    const struct brink_dialing *dialing = brink_pair_of(session)->dialing;
    if (dialing->tried_count == 0)
        give_up(session, BRINK_REASON_NO_SERVER, 0);
    else
        give_up(session, dialing->late ? BRINK_REASON_CONNECT_TIMEOUT : BRINK_REASON_CONNECT_FAILED,
                dialing->last_errno);
}

static brink_result lease(struct brink_session *session)
{
    struct brink_pair *pair = brink_pair_of(session);
    struct brink_dialings *dialings = brink_dialings_of(session);
    struct brink_pick pick = {
        .now_ms = brink_dialings_now(session),
        .source = source_of(&session->peer),
        .random = draw(dialings),
        .tried = pair->dialing->tried,
        .tried_count = pair->dialing->tried_count,
    };
    return brink_group_lease(dialings->group, &pick, &pair->target);
}

/* As lease, but for a place that others have waited for longer. */
static brink_result lease_in_turn(struct brink_session *session)
{
    return brink_waiting_has_others_first(session) ? brink_fail(EAGAIN) : lease(session);
}

/* False: none, for now or for good. The wish is told before the second look: a place that gets free
 * in between is told of, or seen. */
static bool find_target(struct brink_session *session)
{
    brink_result leased = lease_in_turn(session);
    if (leased.err == EAGAIN) {
        if (!brink_waiting_enter(session)) {
            give_up(session, BRINK_REASON_QUEUE_FULL, 0);
            return false;
        }
        atomic_store(&brink_dialings_of(session)->watcher.waits, true);
        leased = lease_in_turn(session);
        if (leased.err == EAGAIN) { /* the end of an ejection is told only to who asks */
            struct brink_dialing *dialing = brink_pair_of(session)->dialing;
            dialing->again_ms =
                brink_group_advance(brink_dialings_of(session)->group, brink_dialings_now(session));
            return false;
        }
    }
    if (brink_failed(leased)) {
        give_up_tried(session);
        return false;
    }
    brink_waiting_leave(session);
    return true;
}

/* What our side lacks is no fault of the server's. */
static bool is_ours(int err)
{
    return err == EMFILE || err == ENFILE || err == ENOMEM || err == ENOBUFS ||
           err == EADDRNOTAVAIL || err == ENOSPC;
}

static void note_failure(struct brink_session *session, bool late, int err)
{
    struct brink_pair *pair = brink_pair_of(session);
    struct brink_dialing *dialing = pair->dialing;
    dialing->late = late;
    dialing->last_errno = err;
    brink_group_note(brink_dialings_of(session)->group, pair->target, BRINK_OUTCOME_CONNECT_FAILED,
                     brink_dialings_now(session));
    brink_report_connect_failed(session, err);
    release_tried(session);
}

static unsigned tries_of(struct brink_session *session)
{
    uint32_t tries = brink_dialings_options(session)->tries;
    return tries < BRINK_TRIES_MAX ? tries : BRINK_TRIES_MAX;
}

static const struct brink_stream_ops dialing_ops;

/* What earlier connections of the session have brought stays counted. */
static void init_leg(struct brink_session *session)
{
    struct brink_leg *upstream = brink_session_leg(session, 1);
    uint64_t frames = upstream->flow.frames;
    uint64_t bytes_in = upstream->stream.bytes_in;
    brink_session_init_leg(session, 1, &dialing_ops);
    upstream->flow.frames = frames;
    upstream->stream.bytes_in = bytes_in;
}

static brink_result dial(struct brink_session *session)
{
    struct brink_pair *pair = brink_pair_of(session);
    struct brink_service *service = brink_session_service(session);
    struct brink_stream *upstream = &pair->upstream.stream;
    init_leg(session);
    upstream->exact = pair->target->address.sock.any.sa_family == AF_UNIX;
    brink_result dialed = brink_dial(service->io.loop, &upstream->source, &pair->target->address,
                                     service->options->arming);
    if (brink_failed(dialed))
        return dialed;
    brink_options_user_timeout(service->io.loop->sys, upstream->source.fd,
                               brink_dialings_options(session)->user_timeout_ms);
    session->legs_open++;
    return dialed;
}

/* One try at the leased server. False: it has failed already. */
static bool try_target(struct brink_session *session)
{
    struct brink_dialing *dialing = brink_pair_of(session)->dialing;
    brink_result dialed = dial(session);
    dialing->again_ms = BRINK_NEVER;
    if (!brink_failed(dialed))
        return true;
    if (dialed.err == EAGAIN) {
        dialing->again_ms = brink_dialings_now(session) + REDIAL_MS;
        return true;
    }
    if (is_ours(dialed.err)) {
        give_up(session, BRINK_REASON_CONNECT_FAILED, dialed.err);
        return true;
    }
    note_failure(session, false, dialed.err);
    return false;
}

static void look(struct brink_session *session)
{
    struct brink_pair *pair = brink_pair_of(session);
    do {
        if (pair->dialing->tried_count >= tries_of(session)) {
            give_up_tried(session);
            return;
        }
        if (!find_target(session))
            return;
        if (pair->dialing->tried_count > 0)
            brink_counter_add(&brink_session_service(session)->stats.retries, 1);
        uint32_t connect_ms = brink_dialings_options(session)->connect_ms;
        pair->dialing->due_ms =
            connect_ms == 0 ? BRINK_NEVER : brink_dialings_now(session) + connect_ms + 1;
    } while (!try_target(session));
}

/* Looks, and arms the timer for what comes of it. */
static void look_on(struct brink_session *session)
{
    look(session);
    if (session->state == BRINK_SESSION_CONNECTING)
        brink_session_arm(session);
}

/* On with another server: at once, or when the broken connection has been reclaimed. */
static void try_failed(struct brink_session *session, bool late, int err)
{
    struct brink_stream *upstream = &brink_session_leg(session, 1)->stream;
    note_failure(session, late, err);
    if (brink_stream_is_open(upstream))
        brink_stream_close_now(upstream);
    else
        look(session);
}

/* A client that had a server before is as idle as it was. */
static void begin_quiet(struct brink_pair *pair, bool again)
{
    if (again)
        pair->upstream.stream.active_ms = pair->client.stream.active_ms;
}

static void connected(struct brink_session *session)
{
    struct brink_pair *pair = brink_pair_of(session);
    bool again = pair->connected_ms != 0;
    brink_group_note(brink_dialings_of(session)->group, pair->target, BRINK_OUTCOME_CONNECTED,
                     brink_dialings_now(session));
    pair->share = brink_group_share(brink_dialings_of(session)->group, pair->target,
                                    brink_dialings_of(session)->loop);
    pair->connected_ms = (uint32_t)brink_dialings_now(session);
    pair->frames_before = pair->upstream.flow.frames & 0x3fffffffU;
    session->answered = false;
    brink_dialing_end(session);
    session->state = BRINK_SESSION_OPEN;
    brink_stream_adopt(&pair->upstream.stream, &brink_couple_ops);
    if (!brink_greeting_send(session))
        return;
    begin_quiet(pair, again);
    brink_meter_begin(session);
    brink_session_arm(session);
    if (brink_couple_may_read(session, &pair->client))
        brink_stream_resume(&pair->client.stream);
}

/* It went down meanwhile, which has been told already: no try has failed, and it is not chosen
 * again. */
static void pass_over(struct brink_session *session)
{
    brink_dialing_release(session);
    brink_stream_close_now(&brink_session_leg(session, 1)->stream); /* on when it is reclaimed */
}

static void dialing_run(struct brink_loop *loop, struct brink_source *source)
{
    struct brink_session *session = brink_session_of(brink_stream_of_source(source));
    const struct brink_target *target = brink_pair_of(session)->target;
    brink_result result = brink_dial_result(loop, source);
    if (result.err == EINPROGRESS)
        return;
    if (brink_failed(result))
        try_failed(session, false, result.err);
    else if (brink_leave_is_due(session) || brink_target_is_drained(target))
        pass_over(session);
    else
        connected(session);
}

static const struct brink_stream_ops dialing_ops = {
    .source = {dialing_run, brink_leg_reclaim, brink_leg_head},
};

void brink_dialing_begin(struct brink_session *session)
{
    struct brink_pair *pair = brink_pair_of(session);
    session->state = BRINK_SESSION_CONNECTING;
    brink_figures_relieved(session, &pair->client);
    brink_figures_relieved(session, &pair->upstream);
    pair->asked_frame = 0;
    pair->dialing = brink_slab_alloc(&brink_dialings_of(session)->pool);
    if (pair->dialing == NULL) {
        brink_session_close(session, BRINK_REASON_NO_MEMORY, BRINK_SIDE_UPSTREAM, ENOMEM);
        return;
    }
    *pair->dialing = (struct brink_dialing){.session = session, .again_ms = BRINK_NEVER};
    brink_list_init(&pair->dialing->link);
    if (session->legs_open > 1) /* the leg is another connection's still; see the next */
        brink_session_arm(session);
    else
        look_on(session);
}

void brink_dialing_leg_gone(struct brink_session *session)
{
    if (session->state == BRINK_SESSION_CONNECTING && brink_pair_of(session)->target == NULL)
        look_on(session);
}

static void overdue(struct brink_session *session)
{
    if (brink_pair_of(session)->dialing->queued)
        give_up(session, BRINK_REASON_QUEUE_TIMEOUT, 0);
    else
        try_failed(session, true, ETIMEDOUT);
}

/* A place may be free, or a unix socket's queue have room by now. */
static void again(struct brink_session *session)
{
    struct brink_dialing *dialing = brink_pair_of(session)->dialing;
    dialing->again_ms = BRINK_NEVER;
    if (dialing->queued || !try_target(session))
        look(session);
}

uint64_t brink_dialing_deadline(struct brink_session *session, uint64_t now_ms)
{
    const struct brink_pair *pair = brink_pair_of(session);
    const struct brink_dialing *dialing = pair->dialing;
    bool between = pair->target == NULL && !dialing->queued; /* see brink_dialing_leg_gone */
    if (between)
        return BRINK_NEVER;
    if (now_ms >= dialing->due_ms)
        overdue(session);
    else if (now_ms >= dialing->again_ms)
        again(session);
    dialing = pair->dialing;
    if (session->state != BRINK_SESSION_CONNECTING)
        return brink_timer_deadline(session->timer);
    if (pair->target == NULL && !dialing->queued)
        return BRINK_NEVER;
    return dialing->due_ms < dialing->again_ms ? dialing->due_ms : dialing->again_ms;
}
