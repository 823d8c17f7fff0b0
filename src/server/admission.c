#include "server/admission.h"

#include <errno.h>

static struct brink_entrance *entrance_of(struct brink_listener *listener)
{
    return listener->context;
}

/* --- places --- */

void brink_admission_resume(struct brink_loop *loop, struct brink_post *post)
{
    (void)post;
    struct brink_worker *worker = brink_worker_of(loop);
    atomic_store(&worker->place_posted, false); /* before it looks: who leaves from now on posts */
    brink_worker_resume(worker);
}

static void tell_one(struct brink_worker *worker, atomic_bool *waits)
{
    if (!atomic_load(waits) || !atomic_exchange(waits, false))
        return;
    if (atomic_exchange(&worker->place_posted, true))
        return;
    brink_result posted = brink_loop_post(&worker->loop, &worker->place_post);
    (void)posted.err; /* a worker that has ended accepts none anyway */
}

static void tell_waiting(struct brink_worker *worker)
{
    for (uint32_t i = 0; i < worker->peer_count; i++)
        tell_one(&worker->peers[i], &worker->peers[i].waits_for_place);
}

static void tell_waiting_at(struct brink_worker *worker, struct brink_gate *gate)
{
    for (uint32_t i = 0; i < worker->peer_count; i++)
        tell_one(&worker->peers[i], &gate->waits[i]);
}

static void leave_gate(struct brink_worker *worker, struct brink_gate *gate)
{
    if (gate == NULL)
        return;
    brink_clients_leave(&gate->clients);
    tell_waiting_at(worker, gate);
}

/* The flag goes up before the second look: whoever leaves in between sees it. */
static bool enter_gate(struct brink_worker *worker, struct brink_gate *gate)
{
    if (gate == NULL || brink_clients_enter(&gate->clients))
        return true;
    atomic_store(&gate->waits[worker->index], true);
    if (!brink_clients_full(&gate->clients))
        tell_waiting_at(worker, gate);
    return false;
}

static bool enter(struct brink_worker *worker, struct brink_gate *gate)
{
    if (!enter_gate(worker, gate))
        return false;
    if (brink_clients_enter(worker->clients))
        return true;
    leave_gate(worker, gate);
    atomic_store(&worker->waits_for_place, true);
    if (!brink_clients_full(worker->clients))
        tell_waiting(worker);
    return false;
}

void brink_admission_adopt(struct brink_worker *worker, struct brink_gate *gate)
{
    if (gate != NULL)
        brink_clients_add(&gate->clients);
    brink_clients_add(worker->clients);
}

void brink_admission_leave(struct brink_worker *worker, struct brink_gate *gate)
{
    leave_gate(worker, gate);
    brink_clients_leave(worker->clients);
    tell_waiting(worker);
}

/* --- the rate of new ones --- */

static void look_again(void *arg, uint64_t now_ms)
{
    (void)now_ms;
    struct brink_entrance *entrance = arg;
    brink_listener_resume(&entrance->listener);
}

/* Looks only: another worker may let one in meanwhile, whose token is then owed. */
static bool is_within_rate(struct brink_entrance *entrance)
{
    const struct brink_gate *gate = entrance->branch->gate;
    const struct brink_rate *rate = &entrance->branch->service.options->connections;
    if (gate == NULL || rate->per_second == 0)
        return true;
    uint64_t now_ms = entrance->worker->loop.now_ms;
    uint64_t wait_ms = brink_pace_wait_ms(&gate->pace, rate, now_ms);
    if (wait_ms == 0)
        return true;
    brink_counter_add(&entrance->rate_pauses, 1);
    brink_timer_arm(&entrance->worker->loop.wheel, entrance->again, now_ms + wait_ms);
    return false;
}

bool brink_admission_admit(struct brink_listener *listener)
{
    struct brink_entrance *entrance = entrance_of(listener);
    if (entrance->worker->giving.on) /* it is another process's */
        return false;
    return is_within_rate(entrance) && enter(entrance->worker, entrance->branch->gate);
}

void brink_admission_unadmit(struct brink_listener *listener)
{
    struct brink_entrance *entrance = entrance_of(listener);
    brink_admission_leave(entrance->worker, entrance->branch->gate);
}

void brink_admission_count(struct brink_entrance *entrance)
{
    struct brink_gate *gate = entrance->branch->gate;
    const struct brink_rate *rate = &entrance->branch->service.options->connections;
    if (gate != NULL && rate->per_second != 0)
        (void)brink_pace_take(&gate->pace, rate, 1, entrance->worker->loop.now_ms);
}

brink_result brink_admission_open(struct brink_entrance *entrance)
{
    entrance->again = brink_timer_new(&entrance->worker->loop.wheel, look_again, entrance);
    return entrance->again == NULL ? brink_fail(ENOMEM) : brink_ok();
}

void brink_admission_close(struct brink_entrance *entrance)
{
    brink_timer_free(&entrance->worker->loop.wheel, entrance->again);
    entrance->again = NULL;
}
