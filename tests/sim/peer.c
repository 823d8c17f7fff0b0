#include "sim/peer.h"

#include <stdlib.h>
#include <string.h>

enum { LONG_REST_MS = 900 }; /* beyond that, the linger of a second may be over */

void sim_peer_init(struct sim_peer *peer, struct sim_kernel *kernel, struct sim_conn *conn,
                   bool upstream, const struct brink_layout *layout)
{
    struct sim_tape *tape = kernel->tape;
    *peer = (struct sim_peer){.id = conn->id,
                              .socket = &conn->end[upstream ? 1 : 0],
                              .upstream = upstream,
                              .layout = layout,
                              .frame_begun_ms = UINT64_MAX};
    conn->end[0].owner = peer;
    conn->end[1].owner = peer;
    peer->replies = upstream && sim_choose(tape, 2);
    peer->ops = sim_choose(tape, 12);
    if (peer->replies && sim_choose(tape, 4) == 3)
        peer->leaves_after = sim_between(tape, 1, 8);
    peer->pace = (enum sim_pace)sim_choose(tape, 3);
    if (sim_chance(tape, 80))
        peer->reading = (enum sim_reading)sim_choose(tape, 3);
}

void sim_peer_free(struct sim_peer *peer)
{
    free(peer->pending);
    peer->pending = NULL;
}

static void add(struct sim_peer *peer, const void *bytes, size_t length)
{
    if (peer->pending_at == peer->pending_length)
        peer->pending_at = peer->pending_length = 0;
    peer->pending = realloc(peer->pending, peer->pending_length + length + 1);
    if (peer->pending == NULL)
        abort();
    if (length > 0)
        memcpy(peer->pending + peer->pending_length, bytes, length);
    peer->pending_length += length;
}

/* Bytes that tell whose they are and where they stand. */
static void add_payload(struct sim_peer *peer, size_t length)
{
    uint8_t bytes[512];
    size_t at = peer->socket->written + peer->pending_length - peer->pending_at;
    while (length > 0) {
        size_t n = length < sizeof bytes ? length : sizeof bytes;
        for (size_t i = 0; i < n; i++, at++)
            bytes[i] = (uint8_t)((at * 131) ^ (at >> 8) ^ (peer->id * 37));
        add(peer, bytes, n);
        length -= n;
    }
}

static void add_frame(struct sim_peer *peer, size_t payload)
{
    uint8_t header[BRINK_HEADER_MAX];
    size_t length = 0;
    if (peer->layout->kind != BRINK_LENGTH_NONE &&
        brink_frame_encode_header(peer->layout, payload, header, &length).err != 0)
        return; /* too large for this layout */
    add(peer, header, length);
    add_payload(peer, payload);
}

/* Some of a frame, and no more of it. */
static void add_part(struct sim_peer *peer, struct sim_tape *tape)
{
    add(peer, "", 0); /* what was sent has gone from there then */
    size_t before = peer->pending_length;
    add_frame(peer, sim_between(tape, 1, 300));
    size_t whole = peer->pending_length - before;
    if (whole > 1)
        peer->pending_length -= sim_between(tape, 1, (uint32_t)whole - 1);
    peer->misbehaved = true;
}

static void add_garbage(struct sim_peer *peer, struct sim_tape *tape)
{
    static const char http[] = "GET / HTTP/1.1\r\n";
    uint8_t bytes[64];
    unsigned kind = sim_choose(tape, 4);
    for (size_t i = 0; i < sizeof bytes; i++) {
        uint32_t any = kind > 1 ? sim_choose(tape, 256) : 0xff;
        bytes[i] = kind == 1 ? (uint8_t)http[i % (sizeof http - 1)] : (uint8_t)any;
    }
    add(peer, bytes, sim_between(tape, 1, sizeof bytes));
    peer->misbehaved = true;
}

static void rest(struct sim_peer *peer, struct sim_kernel *kernel)
{
    uint32_t ms = UINT32_C(1) << sim_choose(kernel->tape, 12);
    peer->rests_until_us = kernel->now_us + 1000 * (uint64_t)sim_between(kernel->tape, ms / 2, ms);
    peer->rested |= ms >= LONG_REST_MS;
}

static void next_op(struct sim_peer *peer, struct sim_kernel *kernel)
{
    struct sim_tape *tape = kernel->tape;
    unsigned burst = 1;
    peer->ops--;
    switch (sim_choose(tape, 16)) {
    case 0:
    case 1:
        burst = sim_between(tape, 1, 20);
        for (unsigned i = 0; i < burst; i++)
            add_frame(peer, sim_choose(tape, 40));
        break;
    case 2:
    case 3:
        add_frame(peer, sim_choose(tape, 3000));
        break;
    case 4:
        burst = sim_between(tape, 1, 6);
        for (unsigned i = 0; i < burst; i++)
            add_frame(peer, 2 * (size_t)sim_choose(tape, 65536));
        break;
    case 5:
        add_frame(peer, 0);
        break;
    case 6:
    case 7:
    case 8:
        rest(peer, kernel);
        break;
    case 9:
        peer->then = SIM_THEN_FIN;
        break;
    case 10:
        add_part(peer, tape);
        peer->then = sim_choose(tape, 2) ? SIM_THEN_CLOSE : SIM_THEN_FIN;
        break;
    case 11:
        if (sim_choose(tape, 2))
            add_part(peer, tape);
        peer->then = SIM_THEN_RESET;
        peer->misbehaved = true;
        break;
    case 12:
        if (sim_choose(tape, 4) == 0)
            add_garbage(peer, tape);
        break;
    case 13:
        peer->then = SIM_THEN_CLOSE;
        peer->misbehaved = true; /* it does not wait for what is owed to it */
        break;
    case 14:
        peer->reading = (enum sim_reading)sim_choose(tape, 3);
        break;
    default:
        peer->pace = (enum sim_pace)sim_choose(tape, 3);
        break;
    }
}

static void do_then(struct sim_peer *peer, struct sim_kernel *kernel)
{
    struct sim_socket *socket = peer->socket;
    static const char *const what[] = {"", "ends its side", "resets", "closes"};
    sim_trace(kernel, "peer %u %s", peer->id, what[peer->then]);
    switch (peer->then) {
    case SIM_THEN_FIN:
        socket->fin = true;
        break;
    case SIM_THEN_RESET:
        socket->abortive = true;
        sim_socket_close(kernel, socket);
        peer->over = true;
        break;
    case SIM_THEN_CLOSE:
        sim_socket_close(kernel, socket);
        peer->over = true;
        break;
    case SIM_GO_ON:
        break;
    }
    peer->then = SIM_GO_ON;
}

static bool send_some(struct sim_peer *peer, struct sim_kernel *kernel, bool finishing)
{
    size_t left = peer->pending_length - peer->pending_at;
    size_t n = sim_socket_free(peer->socket);
    n = n < left ? n : left;
    if (n > 1 && !finishing && peer->pace == SIM_DRIBBLE)
        n = 1;
    if (n > 1 && !finishing && peer->pace == SIM_IN_PIECES)
        n = sim_between(kernel->tape, 1, (uint32_t)(n > 65535 ? 65535 : n));
    if (n == 0)
        return false;
    sim_socket_append(peer->socket, peer->pending + peer->pending_at, n);
    peer->pending_at += n;
    sim_trace(kernel, "peer %u sends %zu", peer->id, n);
    return true;
}

/* As many replies as frames came. */
static bool reply(struct sim_peer *peer, struct sim_kernel *kernel)
{
    if (!peer->replies || peer->replied >= peer->got.frames)
        return false;
    peer->replied++;
    add_frame(peer, sim_choose(kernel->tape, 100));
    if (peer->replied == peer->leaves_after) {
        peer->then = sim_choose(kernel->tape, 3) ? SIM_THEN_FIN : SIM_THEN_RESET;
        peer->misbehaved |= peer->then == SIM_THEN_RESET;
    }
    return true;
}

static bool send_step(struct sim_peer *peer, struct sim_kernel *kernel, bool finishing)
{
    if (peer->socket->fin || peer->socket->dead || peer->socket->closed)
        return false;
    if (peer->pending_at < peer->pending_length)
        return send_some(peer, kernel, finishing);
    if (peer->then != SIM_GO_ON) {
        do_then(peer, kernel);
        return true;
    }
    if (reply(peer, kernel))
        return true;
    bool more = peer->ops > 0 && !(peer->replies && peer->got.frames == 0);
    if (finishing || (!more && !peer->replies)) {
        /* A server ends when its client does. */
        if (peer->upstream && !peer->got_end && !peer->got_error)
            return false;
        if (!finishing && !peer->upstream && peer->ops == 0 && sim_choose(kernel->tape, 8))
            return false; /* idles a while */
        peer->then = SIM_THEN_FIN;
        return true;
    }
    if (!more || peer->replies)
        return false;
    next_op(peer, kernel);
    return true;
}

static bool read_step(struct sim_peer *peer, struct sim_kernel *kernel, bool finishing)
{
    struct sim_socket *socket = peer->socket;
    struct sim_socket *from = socket->peer;
    if (socket->closed || peer->got_end || peer->got_error)
        return false;
    if (!finishing && peer->reading == SIM_READS_NOT) {
        peer->rested = true;
        return false;
    }
    size_t n = sim_socket_readable(socket);
    if (n > 1 && !finishing && peer->reading == SIM_READS_SLOWLY)
        n = sim_between(kernel->tape, 1, (uint32_t)(n > 100 ? 100 : n));
    if (n > 0) {
        from->taken += n;
        sim_framing_take(&peer->got, peer->layout, from->bytes, from->taken);
        sim_trace(kernel, "peer %u takes %zu", peer->id, n);
        return true;
    }
    if (socket->dead || socket->error != 0)
        peer->got_error = true;
    else if (from->fin_arrived)
        peer->got_end = true;
    if (peer->got_end || peer->got_error)
        sim_trace(kernel, "peer %u sees %s", peer->id, peer->got_end ? "the end" : "a reset");
    return peer->got_end || peer->got_error;
}

bool sim_peer_step(struct sim_peer *peer, struct sim_kernel *kernel, bool finishing)
{
    if (peer->over || peer->socket->connecting)
        return false;
    if (!finishing && kernel->now_us < peer->rests_until_us)
        return false;
    bool any = read_step(peer, kernel, finishing);
    any |= send_step(peer, kernel, finishing);
    struct sim_socket *socket = peer->socket;
    if (peer->got_error || (peer->got_end && (socket->fin || socket->dead))) {
        if (!socket->closed)
            sim_socket_close(kernel, socket);
        peer->over = true;
        any = true;
    }
    return any;
}
