#include "relay/adopt.h"

#include <errno.h>
#include <string.h>

#include "relay/access.h"
#include "relay/couple.h"
#include "relay/echo.h"
#include "relay/greeting.h"
#include "relay/meter.h"
#include "relay/pair.h"

static bool is_of_the_kind(const struct brink_service *service, const struct brink_parcel *parcel)
{
    const struct brink_service_kind *kind = parcel->legs == 2 ? &brink_pair_kind : &brink_echo_kind;
    return service->kind == kind && parcel->shape == brink_spec_shape(&service->options->spec);
}

/* A moment so long ago; the beginning of time, if it is longer ago than that. */
static uint64_t ago(uint64_t now_ms, uint64_t span_ms)
{
    return span_ms < now_ms ? now_ms - span_ms : 0;
}

static brink_result set_up_leg(struct brink_session *session, unsigned index,
                               const struct brink_parcel_leg *from)
{
    const struct brink_service *service = brink_session_service(session);
    struct brink_leg *leg = brink_session_leg(session, index);
    brink_session_init_leg(session, index, &brink_couple_ops);
    leg->stream.paused = true;
    leg->stream.exact = from->exact;
    leg->stream.bytes_in = from->bytes_in;
    leg->stream.bytes_out = from->bytes_out;
    leg->flow.frames = from->frames;
    const struct brink_direction *direction =
        brink_flow_direction(&service->options->spec, brink_leg_side(leg));
    brink_result restored = brink_position_restore(&from->position, direction, &leg->flow.decoder);
    brink_flow_start(&leg->flow, (uint32_t)service->io.loop->now_ms);
    return restored;
}

static brink_result set_up_pair(struct brink_session *session, const struct brink_parcel *parcel)
{
    struct brink_pair *pair = brink_pair_of(session);
    const struct brink_service *service = brink_session_service(session);
    uint64_t now_ms = service->io.loop->now_ms;
    struct brink_address address;
    char name[BRINK_HOST_MAX];
    brink_result made =
        brink_address_read(&address, parcel->server, BRINK_ADDRESS_TO_CONNECT, name, NULL);
    if (!brink_failed(made) && name[0] != '\0')
        made = brink_fail(EINVAL);
    if (!brink_failed(made) && parcel->greeted)
        made = brink_greeting_restore(session, parcel);
    if (brink_failed(made))
        return made;
    pair->connected_ms = (uint32_t)ago(now_ms, parcel->connected_ms);
    pair->frames_before = (uint32_t)parcel->frames_before & 0x3fffffffU;
    pair->in_vain = (unsigned)parcel->in_vain & 3U;
    const char *server = parcel->server_name[0] != '\0' ? parcel->server_name : NULL;
    made =
        brink_group_lease_address(service->dialings.group, &address, server, now_ms, &pair->target);
    if (!brink_failed(made))
        pair->share = brink_group_share(service->dialings.group, pair->target, service->io.loop);
    return made;
}

/* All but the connections. */
static brink_result set_up(struct brink_session *session, const struct brink_parcel *parcel)
{
    brink_result made = brink_ok();
    session->opened_ms = ago(session->opened_ms, parcel->age_ms);
    session->kept = parcel->kept;
    session->answered = parcel->answered;
    session->rehomed = parcel->rehomed;
    for (unsigned i = 0; i < parcel->legs && !brink_failed(made); i++)
        made = set_up_leg(session, i, &parcel->leg[i]);
    if (!brink_failed(made) && parcel->legs == 2)
        made = set_up_pair(session, parcel);
    return made;
}

/* Takes those that are in the loop out of it. */
static void detach(struct brink_session *session)
{
    brink_session_blame(session, BRINK_REASON_HANDED_OVER, BRINK_SIDE_CLIENT, 0);
    session->state = BRINK_SESSION_CLOSING;
    for (unsigned i = 0; i < session->legs_open; i++) {
        int fd = brink_stream_detach(&brink_session_leg(session, i)->stream);
        (void)fd; /* the parcel's */
    }
}

static brink_result open_legs(struct brink_session *session, const struct brink_parcel *parcel)
{
    const struct brink_service *service = brink_session_service(session);
    const struct brink_sys *sys = service->io.loop->sys;
    uint64_t now_ms = service->io.loop->now_ms;
    for (unsigned i = 0; i < parcel->legs; i++) {
        struct brink_stream *stream = &brink_session_leg(session, i)->stream;
        int result = sys->ops->set_nonblocking(sys->context, parcel->fds[i]);
        if (result < 0)
            return brink_fail(-result);
        brink_result opened = brink_stream_open(stream, parcel->fds[i], service->options->arming);
        if (brink_failed(opened))
            return opened;
        stream->active_ms = (uint32_t)ago(now_ms, parcel->leg[i].quiet_ms);
        session->legs_open++;
    }
    return brink_ok();
}

static void free_session(struct brink_session *session)
{
    struct brink_service *service = brink_session_service(session);
    brink_access_leave(session);
    if (service->kind->on_gone != NULL)
        service->kind->on_gone(session);
    brink_session_destroy(session);
    brink_slab_free(&service->sessions, session);
}

/* One of which a connection is in the loop already is freed by that. */
static void undo(struct brink_session *session)
{
    struct brink_loop *loop = brink_session_service(session)->io.loop;
    if (session->legs_open == 0) {
        free_session(session);
        return;
    }
    detach(session);
    brink_loop_release(loop, &brink_session_leg(session, 0)->stream.source);
}

static brink_result new_session(struct brink_service *service, const struct brink_parcel *parcel,
                                struct brink_session **session)
{
    struct brink_session *made = brink_slab_alloc(&service->sessions);
    if (made == NULL)
        return brink_fail(ENOMEM);
    memset(made, 0, service->session_size);
    brink_result begun = brink_session_init(made, service, &parcel->peer);
    if (brink_failed(begun))
        brink_slab_free(&service->sessions, made);
    else
        *session = made;
    return begun;
}

brink_result brink_adopt(struct brink_service *service, const struct brink_parcel *parcel,
                         struct brink_session **session)
{
    if (!is_of_the_kind(service, parcel))
        return brink_fail(EPROTOTYPE);
    for (unsigned i = 0; i < parcel->legs; i++)
        if (parcel->fds[i] < 0)
            return brink_fail(EBADF);
    brink_result made = new_session(service, parcel, session);
    if (brink_failed(made))
        return made;
    made = set_up(*session, parcel);
    if (!brink_failed(made))
        made = open_legs(*session, parcel);
    if (brink_failed(made))
        undo(*session);
    else
        brink_access_count(*session);
    return made;
}

void brink_adopt_go_on(struct brink_session *session)
{
    struct brink_loop *loop = brink_session_service(session)->io.loop;
    brink_meter_begin(session);
    brink_session_arm(session);
    for (unsigned i = 0; i < brink_session_legs(session); i++) {
        struct brink_leg *leg = brink_session_leg(session, i);
        if (session->state == BRINK_SESSION_OPEN && brink_couple_may_read(session, leg))
            brink_stream_resume(&leg->stream);
    }
    brink_loop_release(loop, &brink_session_leg(session, 0)->stream.source);
}

void brink_adopt_give_up(struct brink_session *session)
{
    undo(session);
}

const char *brink_adopt_error_text(int err)
{
    switch (err) {
    case EPROTOTYPE:
        return "the listener's service or frame is another one";
    case EBADF:
        return "its descriptors did not come";
    case EINVAL:
        return "it makes no sense";
    default:
        return strerror(err);
    }
}
