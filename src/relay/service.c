#include "relay/service.h"

#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "relay/access.h"
#include "relay/drain.h"
#include "relay/greeting.h"
#include "relay/reading.h"
#include "relay/session.h"

void brink_service_init(struct brink_service *service, struct brink_buffers *buffers,
                        const struct brink_service_options *options)
{
    const struct brink_service_kind *kind = options->kind;
    bool metered = brink_rates_any(&options->rates);
    size_t meter_size = metered ? sizeof(struct brink_meter) : 0;
    BRINK_ASSERT(kind->session_size % _Alignof(struct brink_meter) == 0);
    *service = (struct brink_service){
        .options = options,
        .kind = kind,
        .metered = metered,
        .session_size = kind->session_size + meter_size,
    };
    brink_slab_init(&service->sessions, buffers->loop->arena, kind->name, service->session_size);
    brink_slab_init(&service->some, buffers->loop->arena, "drain", sizeof(struct brink_drain));
    brink_list_init(&service->drains);
    brink_list_init(&service->drain.link);
    brink_io_init(&service->io, buffers, options->high_bytes, options->low_bytes);
    if (metered || options->accept_proxy != BRINK_PROXY_ACCEPT_NONE)
        service->io.read_limit = brink_reading_limit;
    brink_greeting_set_up(service);
    if (options->group != NULL)
        brink_dialings_init(&service->dialings, options->group, buffers->loop, options->seed);
}

void brink_service_destroy(struct brink_service *service)
{
    brink_drain_end_all(service);
    brink_slab_destroy(&service->some);
    brink_dialings_destroy(&service->dialings);
    brink_greeting_take_down(service);
    brink_slab_destroy(&service->sessions);
}

/* Whose client it is may have to be read first; then it is admitted after that. */
static brink_result admit_and_open(struct brink_session *session, int fd, enum brink_reason *denied)
{
    struct brink_service *service = brink_session_service(session);
    *denied = BRINK_REASON_NONE;
    if (!brink_greeting_expected(session))
        *denied = brink_access_admit(session);
    if (*denied != BRINK_REASON_NONE)
        return brink_fail(EACCES);
    brink_result opened = service->kind->open(session, fd);
    if (brink_failed(opened))
        brink_access_leave(session);
    return opened;
}

static brink_result open_session(struct brink_service *service, int fd,
                                 const struct brink_peer *peer, enum brink_reason *denied)
{
    struct brink_session *session = brink_slab_alloc(&service->sessions);
    if (session == NULL)
        return brink_fail(ENOMEM);
    memset(session, 0, service->session_size);
    brink_result opened = brink_session_init(session, service, peer);
    if (!brink_failed(opened)) {
        opened = admit_and_open(session, fd, denied);
        if (brink_failed(opened))
            brink_session_destroy(session);
    }
    if (brink_failed(opened))
        brink_slab_free(&service->sessions, session);
    else
        brink_loop_release(service->io.loop, &brink_session_leg(session, 0)->stream.source);
    return opened;
}

/* Nobody waits for the answer to it. */
static void say_goodbye(const struct brink_service *service, int fd)
{
    const struct brink_bytes *goodbye = &service->options->goodbye_refused;
    const struct brink_sys *sys = service->io.loop->sys;
    if (goodbye->size > 0)
        (void)sys->ops->send(sys->context, fd, goodbye->data, goodbye->size);
}

static void refuse(struct brink_service *service, const struct brink_peer *peer,
                   enum brink_reason denied, int err)
{
    char text[BRINK_ADDRESS_TEXT_MAX];
    const struct brink_log *log = &service->options->log;
    (void)brink_peer_format(peer, text, sizeof text);
    if (denied != BRINK_REASON_NONE) {
        brink_counter_add(&service->stats.denied, 1);
        brink_log_write(log, BRINK_LOG_INFO, "event=denied service=%s peer=%s reason=%s",
                        service->kind->name, text, brink_reason_name(denied));
    } else {
        brink_counter_add(&service->stats.refused, 1);
        brink_log_write(log, BRINK_LOG_WARN, "event=refused service=%s peer=%s error=\"%s\"",
                        service->kind->name, text, strerror(err));
    }
}

void brink_service_accept(struct brink_service *service, int fd, const struct brink_peer *peer)
{
    char text[BRINK_ADDRESS_TEXT_MAX];
    const struct brink_log *log = &service->options->log;
    brink_counter_add(&service->stats.accepted, 1);
    brink_counter_add(&service->stats.sessions, 1);
    if (brink_log_wants(log, BRINK_LOG_DEBUG))
        brink_log_write(log, BRINK_LOG_DEBUG, "event=accept service=%s peer=%s",
                        service->kind->name, brink_peer_format(peer, text, sizeof text));
    enum brink_reason denied = BRINK_REASON_NONE;
    brink_result opened = open_session(service, fd, peer, &denied);
    if (!brink_failed(opened))
        return;
    const struct brink_sys *sys = service->io.loop->sys;
    if (denied != BRINK_REASON_NONE)
        say_goodbye(service, fd);
    (void)sys->ops->close(sys->context, fd);
    refuse(service, peer, denied, opened.err);
    brink_counter_subtract(&service->stats.sessions, 1); /* the last: the service may go then */
    service->on_session_gone(service);
}

static bool is_leg(const struct brink_source *source)
{
    return source->ops->reclaim == brink_leg_reclaim;
}

void brink_service_each(struct brink_service *service,
                        void (*fn)(struct brink_session *session, const void *arg), const void *arg)
{
    struct brink_loop *loop = service->io.loop;
    service->visits++;
    for (uint32_t i = 0; i < loop->slots.room; i++) {
        struct brink_source *source = brink_loop_claim_at(loop, i, is_leg);
        if (source == NULL)
            continue;
        struct brink_stream *stream = brink_stream_of_source(source);
        if (brink_service_of(stream) == service) /* the loop is the worker's, not the service's */
            fn(brink_session_of(stream), arg);
        brink_loop_release(loop, source);
    }
    service->visits--;
}

static struct brink_leg *first_open(struct brink_session *session)
{
    struct brink_leg *client = brink_session_leg(session, 0);
    bool second = !brink_stream_is_open(&client->stream) && brink_session_legs(session) == 2;
    return second ? brink_session_leg(session, 1) : client;
}

void brink_sessions_visit(struct brink_loop *loop, uint32_t index,
                          void (*fn)(struct brink_session *session, void *arg), void *arg)
{
    struct brink_source *source = brink_loop_claim_at(loop, index, is_leg);
    if (source == NULL)
        return;
    struct brink_session *session = brink_session_of(brink_stream_of_source(source));
    if (&first_open(session)->stream.source == source)
        fn(session, arg);
    brink_loop_release(loop, source);
}
