/* What reaches a stream from other threads: brink/stream.h.
 *
 *     id:  generation (32 bits) | worker (8) | index in its loop's slots (24) */
#include <errno.h>
#include <string.h>

#include "relay/endpoint.h"
#include "server/server.h"

enum { INDEX_BITS = 24 };

struct brink_worker *brink_server_worker_of(const struct brink_server *server, brink_stream_id id)
{
    uint32_t index = (uint32_t)(id.value >> INDEX_BITS) & 0xff;
    bool none = id.value >> 32 == 0 || index >= server->worker_count;
    return none ? NULL : &server->workers[index];
}

brink_stream_id brink_stream_get_id(const struct brink_stream *stream)
{
    const struct brink_worker *worker =
        BRINK_CONTAINER_OF_CONST(stream->io->loop, struct brink_worker, loop);
    brink_stream_id id = {(uint64_t)stream->source.generation << 32 |
                          (uint64_t)worker->index << INDEX_BITS | stream->source.index};
    return id;
}

struct brink_stream *brink_server_find(struct brink_server *server, brink_stream_id id)
{
    struct brink_worker *worker = brink_server_worker_of(server, id);
    if (worker == NULL)
        return NULL;
    uint32_t index = (uint32_t)id.value & ((UINT32_C(1) << INDEX_BITS) - 1);
    struct brink_source *source = brink_loop_find(&worker->loop, index, (uint32_t)(id.value >> 32));
    if (source == NULL || source->ops->reclaim != brink_leg_reclaim)
        return NULL;
    return brink_stream_of_source(source);
}

static void deliver(struct brink_mail *mail, struct brink_worker *worker)
{
    if (mail->fn != NULL) {
        mail->fn(mail->server, mail->arg);
        return;
    }
    struct brink_stream *stream = brink_server_find(mail->server, mail->id);
    brink_result sent = brink_fail(EPIPE);
    if (stream != NULL)
        sent = brink_stream_send(stream, mail->data, mail->length);
    if (brink_failed(sent))
        brink_counter_add(&worker->posts_dropped, 1);
}

static void run_mail(struct brink_loop *loop, struct brink_post *post)
{
    struct brink_mail *mail = BRINK_CONTAINER_OF(post, struct brink_mail, post);
    deliver(mail, BRINK_CONTAINER_OF(loop, struct brink_worker, loop));
    brink_mail_free(&mail->server->mailbox, mail);
}

static brink_result post(struct brink_server *server, brink_stream_id id, struct brink_mail *mail)
{
    mail->post.run = run_mail;
    mail->server = server;
    mail->id = id;
    brink_result posted = brink_loop_post(&brink_server_worker_of(server, id)->loop, &mail->post);
    if (brink_failed(posted))
        brink_mail_free(&server->mailbox, mail);
    return posted;
}

brink_result brink_server_send(struct brink_server *server, brink_stream_id id, const void *payload,
                               size_t length)
{
    if (brink_server_worker_of(server, id) == NULL)
        return brink_fail(ESRCH);
    struct brink_mail *mail = brink_mail_new(&server->mailbox, length);
    if (mail == NULL)
        return brink_fail(ENOMEM);
    if (length > 0)
        memcpy(mail->data, payload, length);
    return post(server, id, mail);
}

brink_result brink_server_post(struct brink_server *server, brink_stream_id id,
                               void (*fn)(struct brink_server *server, void *arg), void *arg)
{
    if (brink_server_worker_of(server, id) == NULL)
        return brink_fail(ESRCH);
    struct brink_mail *mail = brink_mail_new(&server->mailbox, 0);
    if (mail == NULL)
        return brink_fail(ENOMEM);
    mail->fn = fn;
    mail->arg = arg;
    return post(server, id, mail);
}
