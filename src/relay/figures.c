#include "relay/figures.h"

#include "relay/pair.h"

/* As the clock may be read twice in a turn by who shares a loop, a difference may be below 0. */
static uint64_t elapsed_us(uint64_t then_us, uint64_t now_us)
{
    return now_us > then_us ? now_us - then_us : 0;
}

void brink_figures_ended(struct brink_service *service, const struct brink_leg *leg,
                         uint32_t began_ms)
{
    const struct brink_loop *loop = service->io.loop;
    uint64_t passed_ms = (uint32_t)loop->now_ms - began_ms;
    uint64_t now_us = 1000 * passed_ms + (loop->now_us - 1000 * loop->now_ms);
    uint64_t began_us = (uint64_t)leg->stream.began * BRINK_BEGAN_UNIT_US;
    brink_time_tally_add(&service->stats.frame_us[brink_leg_side(leg)],
                         elapsed_us(began_us, now_us));
}

static uint32_t tick(const struct brink_service *service)
{
    return (uint32_t)(service->io.loop->now_us / BRINK_ASKED_UNIT_US);
}

/* 0 stands for: none is looked at. That number itself is passed over. */
static void ask(struct brink_pair *pair, const struct brink_service *service, uint64_t frames)
{
    uint64_t number = pair->client.flow.frames - frames + 1;
    if (pair->asked_frame != 0 || pair->upstream.flow.frames >= number)
        return;
    pair->asked_frame = (uint32_t)number;
    pair->asked_tick = tick(service);
}

static void reply(struct brink_pair *pair, struct brink_service *service)
{
    uint32_t replies = (uint32_t)pair->upstream.flow.frames;
    if (pair->asked_frame == 0 || (int32_t)(replies - pair->asked_frame) < 0)
        return;
    uint64_t us = (uint64_t)(tick(service) - pair->asked_tick) * BRINK_ASKED_UNIT_US;
    pair->asked_frame = 0;
    brink_time_tally_add(&service->stats.reply_us, us);
    if (pair->share == NULL)
        return;
    brink_counter_add(&pair->share->replies, 1);
    brink_counter_add(&pair->share->reply_us, us);
}

void brink_figures_talk(struct brink_session *session, enum brink_side side, uint64_t frames)
{
    struct brink_service *service = brink_session_service(session);
    if (side == BRINK_SIDE_CLIENT)
        ask(brink_pair_of(session), service, frames);
    else
        reply(brink_pair_of(session), service);
}

/* --- backpressure: the number of those that are paused, times how long it has been that --- */

void brink_figures_settle(struct brink_service *service)
{
    struct brink_service_stats *stats = &service->stats;
    uint64_t now_us = service->io.loop->now_us;
    uint64_t passed_us = elapsed_us(stats->settled_us, now_us);
    if (passed_us == 0)
        return;
    stats->settled_us = now_us;
    for (size_t side = 0; side < 2; side++) {
        uint64_t paused = brink_counter_read(&stats->paused[side]);
        if (paused > 0)
            brink_counter_add(&stats->paused_us[side], paused * passed_us);
    }
}

void brink_figures_pressed(struct brink_session *session, struct brink_leg *leg)
{
    struct brink_service *service = brink_session_service(session);
    enum brink_side side = brink_leg_side(leg);
    if (leg->stream.pressed || session->state != BRINK_SESSION_OPEN)
        return; /* one that closes would not be relieved any more */
    brink_figures_settle(service);
    leg->stream.pressed = true;
    brink_counter_add(&service->stats.pauses[side], 1);
    brink_counter_add(&service->stats.paused[side], 1);
}

void brink_figures_relieved(struct brink_session *session, struct brink_leg *leg)
{
    struct brink_service *service = brink_session_service(session);
    if (!leg->stream.pressed)
        return;
    brink_figures_settle(service);
    leg->stream.pressed = false;
    brink_counter_subtract(&service->stats.paused[brink_leg_side(leg)], 1);
}
