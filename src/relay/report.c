#include "relay/report.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "relay/ending.h"
#include "relay/greeting.h"
#include "relay/pair.h"
#include "relay/standing.h"

static const char *side_name(enum brink_side side)
{
    return side == BRINK_SIDE_CLIENT ? "client" : "upstream";
}

/* What came back: from the upstream, or from us. */
static void describe_replies(struct brink_session *session, char *text, size_t size)
{
    const struct brink_leg *client = brink_session_leg(session, 0);
    if (brink_session_legs(session) == 2) {
        const struct brink_leg *upstream = brink_session_leg(session, 1);
        (void)snprintf(text, size, "upstream_bytes=%" PRIu64 " upstream_frames=%" PRIu64,
                       upstream->stream.bytes_in, upstream->flow.frames);
    } else {
        (void)snprintf(text, size, "sent_bytes=%" PRIu64, client->stream.bytes_out);
    }
}

/* Who served it, or, if nobody did, who could have. */
static void describe_server(struct brink_session *session, char *text, size_t size)
{
    const struct brink_service *service = brink_session_service(session);
    char name[BRINK_LOG_NAME_MAX];
    char address[BRINK_LOG_NAME_MAX];
    text[0] = '\0';
    if (brink_session_legs(session) == 1)
        return;
    const struct brink_target *target = brink_pair_of(session)->target;
    if (target == NULL)
        (void)snprintf(
            text, size, " upstream=%s",
            brink_log_quote(brink_group_options(service->dialings.group)->name, name, sizeof name));
    else if (strcmp(target->name, target->text) == 0)
        (void)snprintf(text, size, " upstream=%s",
                       brink_log_quote(target->text, address, sizeof address));
    else
        (void)snprintf(text, size, " upstream=%s server=%s",
                       brink_log_quote(target->text, address, sizeof address),
                       brink_log_quote(target->name, name, sizeof name));
}

void brink_report_connect_failed(struct brink_session *session, int sys_errno)
{
    const struct brink_service *service = brink_session_service(session);
    const struct brink_log *log = &service->options->log;
    char peer[BRINK_ADDRESS_TEXT_MAX];
    char server[2 * BRINK_LOG_NAME_MAX + 32];
    if (!brink_log_wants(log, BRINK_LOG_DEBUG))
        return;
    describe_server(session, server, sizeof server);
    brink_log_write(log, BRINK_LOG_DEBUG, "event=connect-failed service=%s peer=%s%s error=\"%s\"",
                    service->kind->name, brink_peer_format(&session->peer, peer, sizeof peer),
                    server, strerror(sys_errno));
}

/* Which listener it came in by, where they have names. */
static const char *describe_listener(const struct brink_service *service, char *text, size_t size)
{
    char name[BRINK_LOG_NAME_MAX];
    const char *listener = service->options->name;
    text[0] = '\0';
    if (listener != NULL && listener[0] != '\0')
        (void)snprintf(text, size, " listener=%s", brink_log_quote(listener, name, sizeof name));
    return text;
}

/* The id that its server was told, to find it in the server's log by. */
static const char *describe_id(struct brink_session *session, char *text, size_t size)
{
    char id[BRINK_GREETING_ID_TEXT];
    char quoted[BRINK_LOG_NAME_MAX];
    text[0] = '\0';
    if (brink_session_legs(session) == 2 && brink_greeting_id(session, id))
        (void)snprintf(text, size, " id=%s", brink_log_quote(id, quoted, sizeof quoted));
    return text;
}

/* From accept to its server's connection: all waiting, and all tries. */
static const char *describe_times(struct brink_session *session, char *text, size_t size)
{
    uint64_t now_ms = brink_session_service(session)->io.loop->now_ms;
    int used = snprintf(text, size, "ms=%" PRIu64, now_ms - session->opened_ms);
    if (brink_session_legs(session) == 1 || brink_pair_of(session)->connected_ms == 0)
        return text;
    if (session->rehomed)
        (void)snprintf(text + used, size - (size_t)used, " rehomed=yes");
    else
        (void)snprintf(text + used, size - (size_t)used, " connect_ms=%" PRIu32,
                       brink_pair_of(session)->connected_ms - (uint32_t)session->opened_ms);
    return text;
}

void brink_report_close(struct brink_session *session)
{
    const struct brink_service *service = brink_session_service(session);
    if (!brink_log_wants(&service->options->log, BRINK_LOG_INFO))
        return;
    const struct brink_leg *client = brink_session_leg(session, 0);
    const struct brink_ending ending = brink_ending_of(session);
    char listener[BRINK_LOG_NAME_MAX + 16];
    char peer[BRINK_ADDRESS_TEXT_MAX];
    char id[BRINK_LOG_NAME_MAX + 8];
    char server[2 * BRINK_LOG_NAME_MAX + 32];
    char code[BRINK_ENDING_TEXT];
    char times[96];
    char replies[128];
    char error[128] = "";
    describe_replies(session, replies, sizeof replies);
    if (session->sys_errno != 0)
        (void)snprintf(error, sizeof error, " error=\"%s\"", strerror(session->sys_errno));
    describe_server(session, server, sizeof server);
    brink_log_write(&service->options->log, BRINK_LOG_INFO,
                    "event=close service=%s%s peer=%s%s%s code=%s reason=%s side=%s%s %s"
                    " client_bytes=%" PRIu64 " client_frames=%" PRIu64 " %s",
                    service->kind->name, describe_listener(service, listener, sizeof listener),
                    brink_peer_format(&session->peer, peer, sizeof peer),
                    describe_id(session, id, sizeof id), server, brink_ending_format(&ending, code),
                    brink_reason_name(session->reason), side_name(session->side), error,
                    describe_times(session, times, sizeof times), client->stream.bytes_in,
                    client->flow.frames, replies);
}

/* Bytes of the present frame that have not come; that many are not known within a header. */
static const char *describe_missing(const struct brink_flow *flow, char *text, size_t size)
{
    if (brink_flow_mid_frame(flow) || !brink_flow_unfinished(flow))
        (void)snprintf(text, size, "%" PRIu64, brink_decoder_missing(&flow->decoder));
    else
        (void)snprintf(text, size, "header");
    return text;
}

void brink_report_drain_cut(struct brink_session *session, const uint64_t undelivered[2])
{
    const struct brink_service *service = brink_session_service(session);
    char peer[BRINK_ADDRESS_TEXT_MAX];
    char server[2 * BRINK_LOG_NAME_MAX + 32];
    char missing[2][32] = {"0", "0"};
    describe_server(session, server, sizeof server);
    for (unsigned i = 0; i < brink_session_legs(session); i++)
        (void)describe_missing(&brink_session_leg(session, i)->flow, missing[i], sizeof missing[i]);
    brink_log_write(
        &service->options->log, BRINK_LOG_WARN,
        "event=drain-cut service=%s peer=%s%s client_missing=%s upstream_missing=%s"
        " client_undelivered=%" PRIu64 " upstream_undelivered=%" PRIu64 " unanswered=%" PRIu64,
        service->kind->name, brink_peer_format(&session->peer, peer, sizeof peer), server,
        missing[BRINK_SIDE_CLIENT], missing[BRINK_SIDE_UPSTREAM], undelivered[BRINK_SIDE_CLIENT],
        undelivered[BRINK_SIDE_UPSTREAM], brink_standing_unanswered(session));
}

void brink_report_lost(struct brink_session *session, enum brink_side side, uint64_t undelivered)
{
    const struct brink_service *service = brink_session_service(session);
    char peer[BRINK_ADDRESS_TEXT_MAX];
    brink_log_write(&service->options->log, BRINK_LOG_WARN,
                    "event=frame-cut service=%s peer=%s side=%s missing=0 undelivered=%" PRIu64
                    " reason=%s",
                    service->kind->name, brink_peer_format(&session->peer, peer, sizeof peer),
                    side_name(side), undelivered, brink_reason_name(session->reason));
}

void brink_report_cut(struct brink_session *session, struct brink_leg *leg)
{
    const struct brink_service *service = brink_session_service(session);
    char peer[BRINK_ADDRESS_TEXT_MAX];
    char missing[32];
    (void)describe_missing(&leg->flow, missing, sizeof missing);
    brink_log_write(&service->options->log, BRINK_LOG_WARN,
                    "event=frame-cut service=%s peer=%s side=%s missing=%s reason=%s",
                    service->kind->name, brink_peer_format(&session->peer, peer, sizeof peer),
                    side_name(brink_leg_side(leg)), missing, brink_reason_name(session->reason));
}

void brink_report_bad_frame(struct brink_session *session, struct brink_leg *leg,
                            const struct brink_decoded *bad, const uint8_t *header, size_t length)
{
    const struct brink_service *service = brink_session_service(session);
    const struct brink_spec *spec = &service->options->spec;
    char peer[BRINK_ADDRESS_TEXT_MAX];
    char explanation[512];
    brink_frame_explain_error(spec, brink_flow_direction(spec, brink_leg_side(leg)), bad, header,
                              length, explanation, sizeof explanation);
    brink_log_write(&service->options->log, BRINK_LOG_WARN,
                    "event=bad-frame service=%s peer=%s side=%s error=%s %s", service->kind->name,
                    brink_peer_format(&session->peer, peer, sizeof peer),
                    side_name(brink_leg_side(leg)), brink_frame_error_name(bad->error),
                    explanation);
}
