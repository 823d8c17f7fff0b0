#include "relay/greeting.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "net/proxy_header.h"
#include "relay/access.h"
#include "relay/couple.h"
#include "relay/pair.h"

/* What has come of a header; of a client that sent none, its first bytes. */
struct brink_header_buffer {
    size_t size;
    size_t wanted;
    uint8_t bytes[BRINK_PROXY_HEADER_MAX];
};

/* What the header said stays with the session, for each server that it will have. */
struct brink_greeting {
    struct brink_header_buffer *buffer; /* NULL: it has been read, and passed on if it was none */
    struct brink_peer destination;      /* family 0: not told */
    uint8_t id_size;
    uint8_t id[BRINK_PROXY_UNIQUE_ID_MAX];
};

static const struct brink_service_options *options_of(const struct brink_session *session)
{
    return brink_session_service(session)->options;
}

void brink_greeting_set_up(struct brink_service *service)
{
    struct brink_arena *arena = service->io.loop->arena;
    brink_slab_init(&service->greetings, arena, "greeting", sizeof(struct brink_greeting));
    brink_slab_init(&service->headers, arena, "header", sizeof(struct brink_header_buffer));
}

void brink_greeting_take_down(struct brink_service *service)
{
    brink_slab_destroy(&service->greetings);
    brink_slab_destroy(&service->headers);
}

bool brink_greeting_expected(struct brink_session *session)
{
    const struct brink_service_options *options = options_of(session);
    if (options->accept_proxy == BRINK_PROXY_ACCEPT_NONE)
        return false;
    return options->trusted.count == 0 ||
           brink_prefix_list_holds(&options->trusted, &session->peer);
}

size_t brink_greeting_wanted(const struct brink_session *session)
{
    const struct brink_pair *pair = BRINK_CONTAINER_OF_CONST(session, struct brink_pair, session);
    return pair->greeting->buffer->wanted;
}

static void drop_buffer(struct brink_session *session)
{
    struct brink_greeting *greeting = brink_pair_of(session)->greeting;
    brink_slab_free(&brink_session_service(session)->headers, greeting->buffer);
    greeting->buffer = NULL;
}

void brink_greeting_end(struct brink_session *session)
{
    struct brink_pair *pair = brink_pair_of(session);
    if (pair->greeting == NULL)
        return;
    drop_buffer(session);
    brink_slab_free(&brink_session_service(session)->greetings, pair->greeting);
    pair->greeting = NULL;
}

bool brink_greeting_is_over(struct brink_session *session)
{
    const struct brink_greeting *greeting = brink_pair_of(session)->greeting;
    return greeting == NULL || greeting->buffer == NULL;
}

void brink_greeting_save(struct brink_session *session, struct brink_parcel *parcel)
{
    const struct brink_greeting *greeting = brink_pair_of(session)->greeting;
    if (greeting == NULL)
        return;
    parcel->greeted = true;
    parcel->destination = greeting->destination;
    parcel->unique_id_size = greeting->id_size;
    memcpy(parcel->unique_id, greeting->id, greeting->id_size);
}

brink_result brink_greeting_restore(struct brink_session *session,
                                    const struct brink_parcel *parcel)
{
    struct brink_greeting *greeting = brink_slab_alloc(&brink_session_service(session)->greetings);
    if (greeting == NULL)
        return brink_fail(ENOMEM);
    *greeting = (struct brink_greeting){.destination = parcel->destination,
                                        .id_size = parcel->unique_id_size};
    memcpy(greeting->id, parcel->unique_id, parcel->unique_id_size);
    brink_pair_of(session)->greeting = greeting;
    return brink_ok();
}

static void refuse(struct brink_session *session, const char *why)
{
    char peer[BRINK_ADDRESS_TEXT_MAX];
    char text[BRINK_LOG_TEXT_MAX];
    const struct brink_service *service = brink_session_service(session);
    brink_log_write(&service->options->log, BRINK_LOG_WARN,
                    "event=bad-proxy-header service=%s peer=%s error=%s", service->kind->name,
                    brink_peer_format(&session->peer, peer, sizeof peer),
                    brink_log_quote(why, text, sizeof text));
    brink_session_close(session, BRINK_REASON_PROXY_HEADER, BRINK_SIDE_CLIENT, 0);
}

/* What was not the header's is the client's, and is passed on when it is connected. */
static void go_on(struct brink_session *session, size_t header_size)
{
    struct brink_pair *pair = brink_pair_of(session);
    struct brink_stream *client = &pair->client.stream;
    client->bytes_in = pair->greeting->buffer->size - header_size;
    if (client->bytes_in == 0)
        drop_buffer(session);
    client->source.ops = &brink_couple_ops.source;
    brink_stream_pause(client);
    enum brink_reason denied = brink_access_admit(session);
    if (denied == BRINK_REASON_NONE) {
        brink_dialing_begin(session);
        return;
    }
    brink_counter_add(&brink_session_service(session)->stats.denied, 1);
    brink_session_close(session, denied, BRINK_SIDE_CLIENT, 0);
}

static void take_header(struct brink_session *session, const struct brink_proxy_header *header)
{
    struct brink_greeting *greeting = brink_pair_of(session)->greeting;
    if (header->kind == BRINK_PROXY_PROXIED)
        session->peer = header->source;
    greeting->destination = header->destination;
    greeting->id_size = (uint8_t)header->unique_id_length;
    if (header->unique_id_length > 0)
        memcpy(greeting->id, header->unique_id, header->unique_id_length);
    go_on(session, header->length);
}

static size_t on_data(struct brink_stream *stream, const uint8_t *data, size_t length)
{
    struct brink_session *session = brink_session_of(stream);
    struct brink_header_buffer *buffer = brink_pair_of(session)->greeting->buffer;
    struct brink_proxy_header header;
    struct brink_message why;
    BRINK_ASSERT(length <= sizeof buffer->bytes - buffer->size);
    memcpy(buffer->bytes + buffer->size, data, length);
    buffer->size += length;
    switch (
        brink_proxy_header_decode(buffer->bytes, buffer->size, &header, &buffer->wanted, &why)) {
    case BRINK_PROXY_MORE:
        break;
    case BRINK_PROXY_COMPLETE:
        take_header(session, &header);
        break;
    case BRINK_PROXY_NONE:
        if (options_of(session)->accept_proxy == BRINK_PROXY_ACCEPT_OPTIONAL)
            go_on(session, 0);
        else
            refuse(session, why.text);
        break;
    case BRINK_PROXY_CORRUPT:
        refuse(session, why.text);
        break;
    }
    return 0;
}

static void on_eof(struct brink_stream *stream)
{
    struct brink_session *session = brink_session_of(stream);
    if (stream->bytes_in == 0) /* as other balancers' probes do */
        brink_session_close(session, BRINK_REASON_CLIENT_CLOSED, BRINK_SIDE_CLIENT, 0);
    else
        refuse(session, "the connection ended within the header");
}

static void on_error(struct brink_stream *stream, int sys_errno)
{
    brink_session_close(brink_session_of(stream), BRINK_REASON_CLIENT_RESET, BRINK_SIDE_CLIENT,
                        sys_errno);
}

static void nothing_to_do(struct brink_stream *stream)
{
    (void)stream; /* nothing is sent meanwhile */
}

static size_t when_scarce(struct brink_stream *stream)
{
    return brink_greeting_wanted(brink_session_of(stream)); /* its buffer is there already */
}

static const struct brink_stream_ops greeting_ops = {
    .source = {brink_stream_source_run, brink_leg_reclaim, brink_leg_head},
    .on_data = on_data,
    .on_eof = on_eof,
    .on_low = nothing_to_do,
    .on_error = on_error,
    .on_finished = nothing_to_do,
    .when_scarce = when_scarce,
};

static struct brink_greeting *new_greeting(struct brink_service *service)
{
    struct brink_greeting *greeting = brink_slab_alloc(&service->greetings);
    struct brink_header_buffer *buffer = brink_slab_alloc(&service->headers);
    if (greeting == NULL || buffer == NULL) {
        brink_slab_free(&service->greetings, greeting);
        brink_slab_free(&service->headers, buffer);
        return NULL;
    }
    buffer->size = 0;
    buffer->wanted = 1; /* it says itself how many are, once there is something to judge by */
    *greeting = (struct brink_greeting){.buffer = buffer};
    return greeting;
}

void brink_greeting_begin(struct brink_session *session)
{
    struct brink_pair *pair = brink_pair_of(session);
    session->state = BRINK_SESSION_GREETING;
    pair->greeting = new_greeting(brink_session_service(session));
    if (pair->greeting == NULL) {
        brink_session_close(session, BRINK_REASON_NO_MEMORY, BRINK_SIDE_CLIENT, ENOMEM);
        return;
    }
    pair->client.stream.source.ops = &greeting_ops.source;
    brink_stream_resume(&pair->client.stream);
    brink_session_arm(session);
}

uint64_t brink_greeting_deadline(struct brink_session *session, uint64_t now_ms)
{
    uint32_t proxy_ms = options_of(session)->proxy_ms;
    uint64_t due = proxy_ms == 0 ? BRINK_NEVER : session->opened_ms + proxy_ms + 1;
    if (now_ms < due)
        return due;
    bool silent = brink_pair_of(session)->greeting->buffer->size == 0;
    if (silent && options_of(session)->accept_proxy == BRINK_PROXY_ACCEPT_OPTIONAL)
        go_on(session, 0); /* it need not send one, and may wait for the server to begin */
    else
        refuse(session, "it did not come in time");
    return brink_timer_deadline(session->timer);
}

/* --- to servers --- */

/* The address that the client spoke to; of a unix socket, or if it cannot be told, none. */
static struct brink_peer spoken_to(struct brink_session *session)
{
    const struct brink_pair *pair = brink_pair_of(session);
    const struct brink_sys *sys = brink_session_service(session)->io.loop->sys;
    struct sockaddr_storage address = {0};
    socklen_t length = sizeof address;
    if (pair->greeting != NULL && pair->greeting->destination.family != 0)
        return pair->greeting->destination;
    int told = sys->ops->getsockname(sys->context, pair->client.stream.source.fd,
                                     (struct sockaddr *)&address, &length);
    return brink_peer_from((struct sockaddr *)&address, told < 0 ? 0 : length);
}

static void set_id(struct brink_session *session, struct brink_proxy_header *header,
                   char text[static 17])
{
    const struct brink_greeting *greeting = brink_pair_of(session)->greeting;
    if (greeting != NULL && greeting->id_size > 0) {
        header->unique_id = greeting->id;
        header->unique_id_length = greeting->id_size;
        return;
    }
    (void)snprintf(text, 17, "%016" PRIx64, brink_session_id(session));
    header->unique_id = (const uint8_t *)text;
    header->unique_id_length = 16;
}

_Static_assert((int)BRINK_GREETING_ID_TEXT > (int)BRINK_PROXY_UNIQUE_ID_MAX, "any id has room");

bool brink_greeting_id(struct brink_session *session, char text[BRINK_GREETING_ID_TEXT])
{
    const struct brink_service *service = brink_session_service(session);
    const struct brink_greeting *greeting = brink_pair_of(session)->greeting;
    char made[17];
    struct brink_proxy_header header = {0};
    bool has = greeting != NULL && greeting->id_size > 0;
    if (!has && brink_group_options(service->dialings.group)->send_proxy != BRINK_PROXY_SEND_V2)
        return false;
    set_id(session, &header, made);
    for (size_t i = 0; i < header.unique_id_length; i++) {
        uint8_t byte = header.unique_id[i];
        text[i] = byte >= ' ' && byte < 0x7f ? (char)byte : '?';
    }
    text[header.unique_id_length] = '\0';
    return true;
}

static brink_result send_header(struct brink_session *session, enum brink_proxy_send version)
{
    uint8_t bytes[BRINK_PROXY_ENCODED_MAX];
    char id[17];
    size_t length;
    struct brink_proxy_header header = {
        .version = version == BRINK_PROXY_SEND_V1 ? 1 : 2,
        .kind = BRINK_PROXY_PROXIED,
        .source = session->peer,
        .destination = spoken_to(session),
    };
    if (header.version == 2)
        set_id(session, &header, id);
    brink_result encoded = brink_proxy_header_encode(&header, bytes, sizeof bytes, &length);
    if (!brink_failed(encoded))
        encoded = brink_stream_write(&brink_session_leg(session, 1)->stream, bytes, length);
    return encoded;
}

/* What came instead of a header goes the way of all that comes. */
static void pass_on(struct brink_session *session)
{
    struct brink_pair *pair = brink_pair_of(session);
    if (pair->greeting == NULL || pair->greeting->buffer == NULL)
        return;
    struct brink_header_buffer *buffer = pair->greeting->buffer;
    size_t size = (size_t)pair->client.stream.bytes_in;
    pair->greeting->buffer = NULL;
    (void)brink_couple_ops.on_data(&pair->client.stream, buffer->bytes + buffer->size - size, size);
    brink_slab_free(&brink_session_service(session)->headers, buffer);
}

bool brink_greeting_send(struct brink_session *session)
{
    const struct brink_service *service = brink_session_service(session);
    enum brink_proxy_send version = brink_group_options(service->dialings.group)->send_proxy;
    brink_result sent = brink_ok();
    if (version != BRINK_PROXY_SEND_NONE)
        sent = send_header(session, version);
    if (sent.err == ENOMEM) {
        brink_session_close(session, BRINK_REASON_NO_MEMORY, BRINK_SIDE_UPSTREAM, ENOMEM);
        return false;
    } /* a connection that broke is told of by its on_error */
    pass_on(session);
    return session->state == BRINK_SESSION_OPEN;
}
