#include "app/load/work.h"

#include <errno.h>

enum {
    MS_NS = 1000000,
    AT_ONCE = 64,    /* connections that all threads open at a time: no queue is overrun */
    RESTING_MS = 100 /* before one that broke is opened again */
};

/* --- opening --- */

static void rest(struct brink_load_thread *thread, struct brink_load_connection *connection)
{
    connection->since_ns = thread->lane.now_ns;
    brink_list_push_back(&thread->resting, &connection->timed);
}

static bool early(const struct brink_load_thread *thread)
{
    return thread->phase == BRINK_LOAD_PHASE_OPENING;
}

/* It is of no use any more. At the start it is tried again as long as others get through; a silent
 * one only then. */
static void broke(struct brink_load_thread *thread, struct brink_load_connection *connection,
                  int err)
{
    struct brink_load_lane *lane = &thread->lane;
    enum brink_load_stage stage = brink_load_connection_stage(connection);
    bool was_open = connection->state == BRINK_LOAD_IS_OPEN;
    brink_load_troubles_add(&lane->troubles, stage, err, 1);
    brink_counter_add(&lane->errors, 1);
    thread->failure = (struct brink_load_reason){.stage = stage, .err = err, .count = 1};
    brink_load_connection_close(connection, lane);
    thread->all_open -= was_open;
    thread->open -= was_open && !connection->silent;
    if (early(thread) && thread->all_open == 0 && brink_list_empty(&thread->opening))
        thread->failed = true;
    if (early(thread) || (thread->phase < BRINK_LOAD_PHASE_OWED && !connection->silent))
        rest(thread, connection);
}

static void open_one(struct brink_load_thread *thread, struct brink_load_connection *connection)
{
    brink_result result = brink_load_connection_open(connection, &thread->lane);
    brink_list_remove(&connection->timed);
    if (brink_failed(result))
        broke(thread, connection, result.err);
    else
        brink_list_push_back(&thread->opening, &connection->timed);
}

static void opened(struct brink_load_thread *thread, struct brink_load_connection *connection)
{
    brink_list_remove(&connection->timed);
    thread->progress_ns = thread->lane.now_ns;
    thread->all_open++;
    thread->open += !connection->silent;
}

static struct brink_load_connection *first_timed(const struct brink_link *list)
{
    return brink_list_empty(list)
               ? NULL
               : BRINK_CONTAINER_OF(list->next, struct brink_load_connection, timed);
}

static unsigned count_opening(const struct brink_load_thread *thread)
{
    unsigned count = 0;
    for (const struct brink_link *at = thread->opening.next; at != &thread->opening; at = at->next)
        count++;
    return count;
}

/* The next of those that have never been opened, up to so many at a time. */
static void open_more(struct brink_load_thread *thread)
{
    uint32_t at_once = AT_ONCE / thread->plan->threads > 0 ? AT_ONCE / thread->plan->threads : 1;
    if (thread->tried == thread->count || thread->failed)
        return;
    for (unsigned opening = count_opening(thread);
         opening < at_once && thread->tried < thread->count && !thread->failed; opening++)
        open_one(thread, &thread->connections[thread->tried++]);
}

static uint64_t expiry_ns(const struct brink_load_connection *connection, uint32_t after_ms)
{
    return connection->since_ns + after_ms * (uint64_t)MS_NS;
}

static void expire(struct brink_load_thread *thread)
{
    struct brink_load_connection *connection;
    uint64_t now_ns = thread->lane.now_ns;
    while ((connection = first_timed(&thread->opening)) != NULL &&
           expiry_ns(connection, thread->plan->timeout_ms) <= now_ns)
        broke(thread, connection, ETIMEDOUT);
    while ((connection = first_timed(&thread->resting)) != NULL &&
           expiry_ns(connection, RESTING_MS) <= now_ns)
        open_one(thread, connection);
}

/* --- frames --- */

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* Frames that the connection may begin now. */
static uint32_t allowance(const struct brink_load_thread *thread,
                          const struct brink_load_connection *connection)
{
    const struct brink_load_plan *plan = thread->plan;
    uint32_t window = plan->one_way ? plan->burst : plan->in_flight;
    uint64_t room = window > connection->in_flight ? window - connection->in_flight : 0;
    if (plan->one_way && connection->blocked)
        return 0; /* the frames that it has will do */
    if (plan->churn > 0)
        room = least(room, plan->churn - connection->life);
    return (uint32_t)least(room, plan->rate > 0 ? connection->due : thread->left);
}

static bool spent(const struct brink_load_thread *thread,
                  const struct brink_load_connection *connection)
{
    uint32_t churn = thread->plan->churn;
    return churn > 0 && connection->life == churn && connection->in_flight == 0;
}

static void renew(struct brink_load_thread *thread, struct brink_load_connection *connection)
{
    brink_load_connection_close(connection, &thread->lane);
    thread->all_open--;
    thread->open--;
    open_one(thread, connection);
}

static void need_more(struct brink_load_thread *thread, struct brink_load_connection *connection)
{
    if (brink_list_empty(&connection->more))
        brink_list_push_back(&thread->more, &connection->more);
}

/* Begins as many frames as it may. */
static void refill(struct brink_load_thread *thread, struct brink_load_connection *connection)
{
    if (thread->phase != BRINK_LOAD_PHASE_RUNNING || connection->silent ||
        connection->state != BRINK_LOAD_IS_OPEN)
        return;
    if (thread->plan->rate == 0 && thread->lane.now_ns >= thread->end_ns)
        return; /* at a fixed rate, what was due before the end may leave */
    uint32_t frames = allowance(thread, connection);
    if (frames > 0) {
        if (thread->plan->rate > 0)
            connection->due -= frames;
        else if (thread->left != UINT64_MAX)
            thread->left -= frames;
        thread->unsent -= thread->plan->rate > 0 ? frames : 0;
        brink_result result = brink_load_connection_send(connection, &thread->lane, frames);
        if (brink_failed(result)) {
            broke(thread, connection, result.err);
            return;
        }
    }
    if (spent(thread, connection))
        renew(thread, connection);
    else if (thread->plan->one_way && allowance(thread, connection) > 0)
        need_more(thread, connection);
}

void brink_load_work_event(struct brink_load_thread *thread,
                           struct brink_load_connection *connection, uint32_t events)
{
    bool was_open = connection->state == BRINK_LOAD_IS_OPEN;
    brink_result result = brink_load_connection_event(connection, &thread->lane, events);
    if (!was_open && connection->state == BRINK_LOAD_IS_OPEN)
        opened(thread, connection);
    if (brink_failed(result)) {
        broke(thread, connection, result.err);
        return;
    }
    if (connection->unread)
        need_more(thread, connection);
    refill(thread, connection);
}

/* Those that are due by now are their connections'. */
static void release_due(struct brink_load_thread *thread)
{
    uint64_t until_ns = least(thread->lane.now_ns, thread->end_ns - 1);
    while (brink_load_work_due_ns(thread) <= until_ns) {
        struct brink_load_connection *connection = &thread->connections[thread->schedule.index];
        connection->due++;
        thread->unsent++;
        need_more(thread, connection);
        brink_load_schedule_advance(&thread->schedule);
    }
}

/* Each of those that wait for no edge, once. */
static void serve_more(struct brink_load_thread *thread)
{
    struct brink_link now;
    struct brink_link *link;
    brink_list_init(&now);
    brink_list_move(&now, &thread->more);
    while ((link = brink_list_pop_front(&now)) != NULL) {
        struct brink_load_connection *connection =
            BRINK_CONTAINER_OF(link, struct brink_load_connection, more);
        if (connection->unread)
            brink_load_work_event(thread, connection, 0);
        else
            refill(thread, connection);
    }
}

/* --- by the clock --- */

void brink_load_work_begin(struct brink_load_thread *thread)
{
    const struct brink_load_plan *plan = thread->plan;
    thread->end_ns =
        plan->count > 0 ? UINT64_MAX : thread->lane.begin_ns + plan->duration_ms * (uint64_t)MS_NS;
    thread->lane.last_ns = thread->lane.begin_ns;
    thread->left = UINT64_MAX;
    if (plan->count > 0)
        thread->left = plan->count / plan->threads + (thread->number < plan->count % plan->threads);
    thread->schedule = (struct brink_load_schedule){.connections = plan->connections,
                                                    .threads = plan->threads,
                                                    .thread = thread->number,
                                                    .rate = plan->rate};
    for (uint32_t i = 0; i < thread->working && plan->rate == 0; i++)
        refill(thread, &thread->connections[i]);
}

void brink_load_work_by_clock(struct brink_load_thread *thread)
{
    if (thread->phase < BRINK_LOAD_PHASE_OWED) {
        open_more(thread);
        expire(thread);
    }
    if (thread->phase == BRINK_LOAD_PHASE_RUNNING && thread->plan->rate > 0)
        release_due(thread);
    if (!brink_list_empty(&thread->more))
        serve_more(thread);
}

uint64_t brink_load_work_next_ns(const struct brink_load_thread *thread)
{
    const struct brink_load_connection *opening = first_timed(&thread->opening);
    const struct brink_load_connection *resting = first_timed(&thread->resting);
    uint64_t next_ns = UINT64_MAX;
    if (thread->phase >= BRINK_LOAD_PHASE_OWED)
        return next_ns;
    if (opening != NULL)
        next_ns = expiry_ns(opening, thread->plan->timeout_ms);
    if (resting != NULL)
        next_ns = least(next_ns, expiry_ns(resting, RESTING_MS));
    return next_ns;
}

uint64_t brink_load_work_due_ns(const struct brink_load_thread *thread)
{
    const struct brink_load_plan *plan = thread->plan;
    if (plan->rate == 0 || thread->phase != BRINK_LOAD_PHASE_RUNNING)
        return UINT64_MAX;
    uint64_t frame = brink_load_schedule_next(&thread->schedule);
    if (plan->count > 0 && frame >= plan->count)
        return UINT64_MAX;
    return thread->lane.begin_ns + brink_load_schedule_due_ns(frame, plan->rate);
}

bool brink_load_work_over(const struct brink_load_thread *thread)
{
    if (thread->lane.now_ns >= thread->end_ns)
        return true;
    if (thread->plan->rate == 0)
        return thread->left == 0;
    return brink_load_work_due_ns(thread) == UINT64_MAX && thread->unsent == 0;
}

void brink_load_work_flush(struct brink_load_thread *thread)
{
    if (thread->plan->rate > 0)
        release_due(thread);
    serve_more(thread);
}

void brink_load_work_give_up(struct brink_load_thread *thread)
{
    thread->failed = true;
    if (thread->failure.count == 0)
        thread->failure = (struct brink_load_reason){
            .stage = BRINK_LOAD_CONNECTING, .err = ETIMEDOUT, .count = 1};
}

void brink_load_work_stall(struct brink_load_thread *thread)
{
    struct brink_load_lane *lane = &thread->lane;
    if (lane->in_flight > 0 || lane->troubles.count > 0)
        return;
    brink_load_troubles_add(&lane->troubles, BRINK_LOAD_CONNECTING, ETIMEDOUT, 1);
    brink_counter_add(&lane->errors, 1);
}

void brink_load_work_finish(struct brink_load_thread *thread, bool timed_out)
{
    struct brink_load_lane *lane = &thread->lane;
    for (uint32_t i = 0; i < thread->working; i++) {
        struct brink_load_connection *connection = &thread->connections[i];
        if (connection->in_flight == 0)
            continue;
        lane->unanswered += connection->in_flight;
        if (!timed_out)
            continue;
        brink_load_troubles_add(&lane->troubles, BRINK_LOAD_AT_WORK, ETIMEDOUT, 1);
        brink_counter_add(&lane->errors, 1);
    }
}
