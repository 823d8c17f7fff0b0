#include "app/load/reply.h"

#include <errno.h>
#include <string.h>

#include "app/clock.h"
#include "app/load/schedule.h"

void brink_load_reply_begin(struct brink_load_connection *connection,
                            const struct brink_load_lane *lane)
{
    brink_decoder_init(&connection->decoder, lane->plan->reply);
    connection->reply_index = connection->out_index;
    connection->reply_done = 0;
    connection->differs = false;
    connection->batch_count = 0;
}

static void opened(struct brink_load_connection *connection)
{
    connection->state = BRINK_LOAD_IS_OPEN;
    connection->greeted = true;
    connection->reply_done = 0;
}

/* --- how long they took --- */

/* Frames that left together are timed together. */
static void time_batches(struct brink_load_connection *connection, struct brink_load_lane *lane,
                         uint32_t replies)
{
    while (replies > 0) {
        struct brink_load_batch *batch = &connection->batches[connection->batch_first];
        uint32_t frames = batch->frames < replies ? batch->frames : replies;
        brink_latency_add_many(&lane->latency, lane->now_ns - batch->at_ns, frames);
        batch->frames -= frames;
        replies -= frames;
        if (batch->frames > 0)
            break;
        connection->batch_count--;
        connection->batch_first++;
        if (connection->batch_first == lane->plan->in_flight)
            connection->batch_first = 0;
    }
}

/* At a fixed rate, from the time at which each was due: that it had to wait is in the figure. */
static void time_due(const struct brink_load_connection *connection, struct brink_load_lane *lane,
                     uint32_t replies)
{
    const struct brink_load_plan *plan = lane->plan;
    uint64_t oldest = connection->begun - connection->in_flight;
    for (uint32_t i = 0; i < replies; i++) {
        uint64_t frame = connection->number + (oldest + i) * plan->connections;
        uint64_t due_ns = lane->begin_ns + brink_load_schedule_due_ns(frame, plan->rate);
        brink_latency_add(&lane->latency, lane->now_ns > due_ns ? lane->now_ns - due_ns : 0);
    }
}

/* A frame cannot be answered before all of it has been sent: what is beyond answers nothing. */
static void count(struct brink_load_connection *connection, struct brink_load_lane *lane,
                  uint64_t replies)
{
    uint32_t owed = connection->in_flight - connection->out_queued;
    uint32_t answered = replies < owed ? (uint32_t)replies : owed;
    lane->unasked += replies - answered;
    if (answered == 0)
        return;
    if (connection->batches == NULL)
        time_due(connection, lane, answered);
    else
        time_batches(connection, lane, answered);
    connection->in_flight -= answered;
    lane->in_flight -= answered;
    lane->last_ns = lane->now_ns;
    brink_counter_add(&lane->frames, answered);
}

/* --- whether they are the same --- */

static void compare(struct brink_load_connection *connection, const struct brink_load_tape *tape,
                    const uint8_t *data, size_t length)
{
    const uint8_t *expected =
        tape->bytes + tape->offsets[connection->reply_index] + connection->reply_done;
    size_t size = brink_load_tape_size(tape, connection->reply_index);
    if (connection->differs || connection->reply_done + length > size ||
        memcmp(expected, data, length) != 0)
        connection->differs = true;
    connection->reply_done += length;
}

/* The reply ends here. */
static void judge(struct brink_load_connection *connection, struct brink_load_lane *lane)
{
    const struct brink_load_tape *tape = &lane->plan->tape;
    size_t size = brink_load_tape_size(tape, connection->reply_index);
    if (lane->plan->verify && (connection->differs || connection->reply_done != size))
        lane->different++;
    connection->differs = false;
    connection->reply_done = 0;
    connection->reply_index =
        connection->reply_index + 1 < tape->count ? connection->reply_index + 1 : 0;
}

/* --- frames --- */

static brink_result refuse(struct brink_load_lane *lane, const struct brink_decoded *bad,
                           const uint8_t *header, size_t length)
{
    const struct brink_load_plan *plan = lane->plan;
    struct brink_load_troubles *troubles = &lane->troubles;
    if (troubles->no_frame[0] == '\0')
        brink_frame_explain_error(&plan->spec, plan->reply, bad, header, length, troubles->no_frame,
                                  sizeof troubles->no_frame);
    return brink_fail(EPROTO);
}

static brink_result take_frames(struct brink_load_connection *connection,
                                struct brink_load_lane *lane, size_t length)
{
    const struct brink_load_plan *plan = lane->plan;
    const uint8_t *data = lane->buffer;
    uint64_t replies = 0;
    brink_result result = brink_ok();
    while (length > 0) {
        size_t used = 0;
        if (!plan->verify && connection->state == BRINK_LOAD_IS_OPEN)
            used = brink_decoder_skip(&connection->decoder, plan->reply, data, length, &replies);
        data += used;
        length -= used;
        if (length == 0)
            break;
        struct brink_decoded decoded =
            brink_decoder_next(&connection->decoder, plan->reply, data, length);
        if (decoded.event == BRINK_DECODE_BAD) {
            result = refuse(lane, &decoded, data, length);
            break;
        }
        if (plan->verify && connection->state == BRINK_LOAD_IS_OPEN)
            compare(connection, &plan->tape, data, decoded.used);
        data += decoded.used;
        length -= decoded.used;
        if (decoded.event != BRINK_DECODE_FRAME)
            continue;
        if (connection->state == BRINK_LOAD_IS_OPENING) {
            opened(connection);
            continue;
        }
        replies++;
        if (plan->verify)
            judge(connection, lane);
    }
    count(connection, lane, replies);
    return result;
}

/* Without frames: a reply is as many bytes as were sent. */
static void take_raw(struct brink_load_connection *connection, struct brink_load_lane *lane,
                     size_t length)
{
    const struct brink_load_tape *tape = &lane->plan->tape;
    const uint8_t *data = lane->buffer;
    uint64_t replies = 0;
    while (length > 0) {
        bool opening = connection->state == BRINK_LOAD_IS_OPENING;
        size_t size =
            opening ? tape->opening_size : brink_load_tape_size(tape, connection->reply_index);
        size_t left = size - connection->reply_done;
        size_t used = length < left ? length : left;
        if (lane->plan->verify && !opening)
            compare(connection, tape, data, used);
        else
            connection->reply_done += used;
        data += used;
        length -= used;
        if (used < left)
            break;
        if (opening) {
            opened(connection);
        } else {
            replies++;
            judge(connection, lane);
        }
    }
    count(connection, lane, replies);
}

brink_result brink_load_reply_take(struct brink_load_connection *connection,
                                   struct brink_load_lane *lane, size_t length)
{
    lane->now_ns = brink_clock_now_ns();
    if (lane->plan->one_way)
        return brink_ok(); /* whatever it says, nobody asked */
    if (connection->state == BRINK_LOAD_IS_OPEN)
        lane->received += length;
    if (lane->plan->reply->frame.kind != BRINK_LENGTH_NONE)
        return take_frames(connection, lane, length);
    take_raw(connection, lane, length);
    return brink_ok();
}
