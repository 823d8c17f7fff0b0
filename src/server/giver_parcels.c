/* Parcels on their way; giver.c has the rest of server/giver.h. */
#include <errno.h>
#include <inttypes.h>

#include "base/log.h"
#include "server/cargo.h"
#include "server/giver_inner.h"
#include "server/giving.h"
#include "server/server.h"

static const struct brink_log *log_of(const struct brink_giver *giver)
{
    return &giver->server->plain_log;
}

/* --- parcels come and go --- */

bool brink_giver_reserve(struct brink_giver *giver)
{
    uint32_t before = atomic_load(&giver->under_way);
    do {
        if (before >= BRINK_GIVER_ROOM)
            return false;
    } while (!atomic_compare_exchange_weak(&giver->under_way, &before, before + 1));
    return true;
}

void brink_giver_unreserve(struct brink_giver *giver)
{
    (void)atomic_fetch_sub(&giver->under_way, 1);
}

bool brink_giver_is_half_empty(const struct brink_giver *giver)
{
    return atomic_load(&giver->under_way) <= BRINK_GIVER_ROOM / 2;
}

/* To its worker, which has not ended: the session is counted there. */
static void hand_back(struct brink_giver *giver, struct brink_cargo *cargo,
                      void (*run)(struct brink_loop *loop, struct brink_post *post))
{
    brink_list_remove(&cargo->link);
    cargo->post.run = run;
    brink_giver_unreserve(giver);
    brink_result posted = brink_loop_post(&cargo->worker->loop, &cargo->post);
    BRINK_ASSERT(!brink_failed(posted));
    (void)posted.err;
}

void brink_giver_confirm(struct brink_giver *giver, struct brink_cargo *cargo)
{
    brink_channel_close_fds(&giver->channel, cargo->parcel.fds, cargo->parcel.legs);
    giver->given++;
    hand_back(giver, cargo, brink_giving_confirm);
}

static void take_back(struct brink_giver *giver, struct brink_cargo *cargo, bool refused)
{
    giver->refused += refused;
    cargo->refused = refused;
    hand_back(giver, cargo, brink_giving_take_back);
}

void brink_giver_take_back_all(struct brink_giver *giver, struct brink_link *list, bool refused)
{
    while (!brink_list_empty(list))
        take_back(giver, BRINK_CONTAINER_OF(list->next, struct brink_cargo, link), refused);
}

/* --- the other process has gone --- */

static void end_here(struct brink_loop *loop, struct brink_post *post)
{
    (void)post;
    brink_giving_end(brink_worker_of(loop));
}

/* What comes back first is adopted before all go on. */
void brink_giver_give_up(struct brink_giver *giver)
{
    struct brink_server *server = giver->server;
    brink_log_write(log_of(giver), BRINK_LOG_ERROR,
                    "event=handover-failed error=\"the new process has gone\" handed_over=%" PRIu64
                    " taken_back=%" PRIu32,
                    giver->given, atomic_load(&giver->under_way));
    atomic_store(&giver->state, BRINK_GIVER_IDLE);
    brink_giver_take_back_all(giver, &giver->sent, false);
    brink_giver_take_back_all(giver, &giver->outbox, false);
    for (uint32_t i = 0; i < server->worker_count; i++) {
        giver->end_posts[i].run = end_here;
        brink_result posted = brink_loop_post(&server->workers[i].loop, &giver->end_posts[i]);
        (void)posted.err; /* it has ended, which it did by a stop */
    }
    brink_loop_close_source(&giver->control.loop, &giver->source);
    brink_timer_cancel(&giver->control.loop.wheel, giver->timer);
}

/* --- sending --- */

static brink_result send_cargo(struct brink_giver *giver, struct brink_cargo *cargo)
{
    struct brink_handover_message message = {.kind = BRINK_HANDOVER_PARCEL};
    cargo->parcel.id = ++giver->last_id;
    message.parcel = cargo->parcel;
    return brink_channel_send(&giver->channel, &message, cargo->parcel.fds, cargo->parcel.legs);
}

/* A full channel is told of; for want of memory the next tick tries again. */
void brink_giver_flush(struct brink_giver *giver)
{
    while (!brink_list_empty(&giver->outbox) && brink_giver_state(giver) == BRINK_GIVER_GIVING) {
        struct brink_cargo *cargo =
            BRINK_CONTAINER_OF(giver->outbox.next, struct brink_cargo, link);
        brink_result sent = send_cargo(giver, cargo);
        if (sent.err == EPIPE) {
            brink_giver_give_up(giver);
            return;
        }
        if (sent.err == EMSGSIZE) {
            take_back(giver, cargo, true);
            continue;
        }
        if (brink_failed(sent)) {
            giver->full = sent.err == EAGAIN;
            return;
        }
        brink_list_remove(&cargo->link);
        brink_list_push_back(&giver->sent, &cargo->link);
    }
    giver->full = false;
}

void brink_giver_want(struct brink_giver *giver)
{
    struct brink_source *source = &giver->source;
    if (source->fd < 0)
        return;
    if (giver->full)
        source->ready &= (uint8_t)~BRINK_WRITABLE;
    brink_loop_want(&giver->control.loop, source,
                    BRINK_READABLE | (giver->full ? BRINK_WRITABLE : 0));
}

/* On its thread: from a worker. */
static void take(struct brink_loop *loop, struct brink_post *post)
{
    struct brink_giver *giver = brink_giver_of(loop);
    struct brink_cargo *cargo = brink_cargo_of(post);
    brink_list_push_back(&giver->outbox, &cargo->link);
    if (brink_giver_state(giver) != BRINK_GIVER_GIVING) { /* it has been given up meanwhile */
        take_back(giver, cargo, brink_giver_state(giver) == BRINK_GIVER_DONE);
        return;
    }
    if (!giver->full)
        brink_giver_flush(giver);
    brink_giver_want(giver);
}

void brink_giver_give(struct brink_giver *giver, struct brink_cargo *cargo)
{
    cargo->post.run = take;
    brink_result posted = brink_loop_post(&giver->control.loop, &cargo->post);
    BRINK_ASSERT(!brink_failed(posted)); /* it ends after the workers */
    (void)posted.err;
}

/* --- answers --- */

static struct brink_cargo *find(struct brink_giver *giver, uint64_t id)
{
    for (struct brink_link *at = giver->sent.next; at != &giver->sent; at = at->next) {
        struct brink_cargo *cargo = BRINK_CONTAINER_OF(at, struct brink_cargo, link);
        if (cargo->parcel.id == id)
            return cargo;
    }
    return NULL;
}

static void refused(struct brink_giver *giver, struct brink_cargo *cargo, const char *why)
{
    char peer[BRINK_ADDRESS_TEXT_MAX];
    char name[BRINK_LOG_NAME_MAX];
    char text[BRINK_LOG_TEXT_MAX];
    brink_log_write(log_of(giver), BRINK_LOG_WARN,
                    "event=handover-refused listener=%s peer=%s error=%s",
                    brink_log_quote(cargo->parcel.listener, name, sizeof name),
                    brink_peer_format(&cargo->parcel.peer, peer, sizeof peer),
                    brink_log_quote(why, text, sizeof text));
    take_back(giver, cargo, true);
}

/* What else it may say is of no concern. */
static void hear(struct brink_giver *giver, const struct brink_handover_message *message)
{
    bool answers =
        message->kind == BRINK_HANDOVER_ACCEPTED || message->kind == BRINK_HANDOVER_REFUSED;
    struct brink_cargo *cargo = answers ? find(giver, message->id) : NULL;
    if (cargo == NULL)
        return;
    if (message->kind == BRINK_HANDOVER_ACCEPTED)
        brink_giver_confirm(giver, cargo);
    else
        refused(giver, cargo, message->why);
}

/* Tells whether the channel is still there. */
bool brink_giver_receive(struct brink_giver *giver)
{
    struct brink_handover_message message;
    int fds[BRINK_RIGHTS_MAX];
    size_t count;
    for (;;) {
        brink_result received = brink_channel_receive(&giver->channel, &message, fds, &count);
        if (!brink_failed(received)) {
            brink_channel_close_fds(&giver->channel, fds, count);
            hear(giver, &message);
            continue;
        }
        if (received.err == EINVAL)
            continue;
        giver->source.ready &= (uint8_t)~BRINK_READABLE;
        return received.err != EPIPE;
    }
}
