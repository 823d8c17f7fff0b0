/* brink/stream.h - one connection of a framed server, as its application sees it.
 *
 * A stream belongs to one worker. All functions here but those that take a brink_stream_id are to
 * be called on that worker's thread: from a handler's callback, or from a function posted there
 * (brink_server_post). A stream is valid until its on_close has returned. */
#ifndef BRINK_STREAM_H
#define BRINK_STREAM_H

#include <stddef.h>
#include <stdint.h>

#include "brink/result.h"

#ifdef __cplusplus
extern "C" {
#endif

struct brink_stream;
struct brink_server;

/* Names a stream from any thread and at any time. An id whose stream has gone names nothing: it
 * never comes to mean a later connection. 0 names nothing. */
typedef struct brink_stream_id {
    uint64_t value;
} brink_stream_id;

/* A whole frame as it was on the wire. Valid during on_frame only. */
struct brink_frame {
    const uint8_t *bytes; /* header and payload */
    size_t size;          /* of both */
    size_t header;        /* bytes of the header; the payload starts there */
};

/* Why a connection ended, told by who caused it. */
enum brink_reason {
    BRINK_REASON_NONE = 0,
    BRINK_REASON_CLIENT_CLOSED,   /* the client ended its side and all was delivered */
    BRINK_REASON_UPSTREAM_CLOSED, /* the upstream did */
    BRINK_REASON_CLIENT_RESET,    /* the client's connection broke (sys_errno says how) */
    BRINK_REASON_UPSTREAM_RESET,
    BRINK_REASON_CLIENT_MID_FRAME, /* ended within a frame: the frame is cut */
    BRINK_REASON_UPSTREAM_MID_FRAME,
    BRINK_REASON_FRAME_TOO_LARGE, /* beyond the limit; `side` says whose */
    BRINK_REASON_FRAME_CORRUPT,   /* a length that the spec cannot mean */
    BRINK_REASON_FRAME_TIMEOUT,   /* a frame begun was not finished in time */
    BRINK_REASON_IDLE_TIMEOUT,
    BRINK_REASON_CONNECT_TIMEOUT, /* the upstream did not answer in time */
    BRINK_REASON_CONNECT_FAILED,  /* refused, unreachable, ... (sys_errno) */
    BRINK_REASON_DRAINED,         /* the server stops; nothing was cut */
    BRINK_REASON_DRAIN_DEADLINE,  /* the server stops and would wait no longer */
    BRINK_REASON_LOCAL_CLOSED,    /* the application called brink_stream_close or _abort */
    BRINK_REASON_NO_MEMORY,
    BRINK_REASON_NO_SERVER,     /* none of the upstream's is up */
    BRINK_REASON_QUEUE_FULL,    /* all servers have their max_connections, and enough wait */
    BRINK_REASON_QUEUE_TIMEOUT, /* waited too long for one of them */
    BRINK_REASON_SERVER_DOWN,   /* its server went down (brink_upstream_options.when_down) */
    BRINK_REASON_DENIED,        /* by the lists of who may connect */
    BRINK_REASON_SOURCE_LIMIT,  /* too many clients from where it came */
    BRINK_REASON_OVER_RATE,     /* more than its rate allows */
    BRINK_REASON_PROXY_HEADER,  /* the PROXY header is missing or wrong, or came too late */
    BRINK_REASON_FIRST_FRAME_TIMEOUT,
    BRINK_REASON_HALF_CLOSED_TIMEOUT, /* one side ended, and the other did not in time */
    BRINK_REASON_MAX_AGE,
    BRINK_REASON_HANDED_OVER, /* another process goes on with it (brink/handover.h) */
    BRINK_REASON_COUNT
};
const char *brink_reason_name(enum brink_reason reason); /* "client-closed" and so on */

enum brink_side { BRINK_SIDE_CLIENT = 0, BRINK_SIDE_UPSTREAM = 1 };

struct brink_close_info {
    enum brink_reason reason;
    enum brink_side side; /* whose doing, for the reasons about frames */
    int sys_errno;        /* for resets and failed connects, else 0 */
};

struct brink_stream_handler {
    /* Any may be NULL. `context` is the server's (brink_server_options.context). */
    void (*on_open)(struct brink_stream *stream, void *context);
    void (*on_frame)(struct brink_stream *stream, const struct brink_frame *frame, void *context);
    /* After a send was refused for want of room: the queue has fallen to the low watermark. */
    void (*on_writable)(struct brink_stream *stream, void *context);
    /* Once for each stream that was opened; the last call for it. */
    void (*on_close)(struct brink_stream *stream, const struct brink_close_info *info,
                     void *context);
};

/* Sends a frame made of the spec's header and `payload` (copied). What several calls queue within
 * one callback leaves together. Fails, with nothing queued, with ENOBUFS when the queue is above
 * the high watermark (the reader is slow: wait for on_writable, or close), ENOMEM, EMSGSIZE when
 * the spec cannot express the length, EPIPE when the stream is closing. A frame is taken whole or
 * not at all; one frame may overshoot the watermark. */
BRINK_MUST_CHECK brink_result brink_stream_send(struct brink_stream *stream, const void *payload,
                                                size_t length);

/* The same for bytes that already are whole frames, headers included; they are not looked at. */
BRINK_MUST_CHECK brink_result brink_stream_send_raw(struct brink_stream *stream, const void *bytes,
                                                    size_t length);

/* Ends the connection: sends what is queued, then closes; on_close follows, later, on the same
 * thread. Reading stops at once. Harmless when closing already. */
void brink_stream_close(struct brink_stream *stream);

/* Ends it now with a reset, queued bytes are dropped. on_close follows later on the same thread. */
void brink_stream_abort(struct brink_stream *stream);

/* Bytes queued and not yet taken by the kernel. */
size_t brink_stream_queued(const struct brink_stream *stream);

/* The application's own pointer, NULL at first. */
void brink_stream_set_user(struct brink_stream *stream, void *user);
void *brink_stream_user(const struct brink_stream *stream);

brink_stream_id brink_stream_get_id(const struct brink_stream *stream);

/* The peer's address as text, in `text`, which is also returned. */
const char *brink_stream_peer(const struct brink_stream *stream, char *text, size_t size);

/* Any thread: copies the payload and has the stream's worker send it as brink_stream_send would; a
 * stream gone by then, or with no room, does not get it (counted in the server's posts_dropped).
 * Fails with ENOMEM, or ESRCH if no such stream can exist, and has done nothing then. */
BRINK_MUST_CHECK brink_result brink_server_send(struct brink_server *server, brink_stream_id id,
                                                const void *payload, size_t length);

/* The stream of an id, on its worker's thread; NULL if it has gone. */
struct brink_stream *brink_server_find(struct brink_server *server, brink_stream_id id);

/* Any thread: calls fn(server, arg) on the worker that owns the stream. Fails with ENOMEM, ESRCH,
 * or EPIPE when the server has stopped; fn is not called then. A post that was accepted is always
 * run, at the latest while the server stops. */
BRINK_MUST_CHECK brink_result brink_server_post(struct brink_server *server, brink_stream_id id,
                                                void (*fn)(struct brink_server *server, void *arg),
                                                void *arg);

#ifdef __cplusplus
}
#endif
#endif
