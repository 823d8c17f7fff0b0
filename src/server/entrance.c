#include "server/entrance.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/log.h"
#include "server/admission.h"

enum { EXHAUSTION_TOLD_MS = 1000 }; /* at most one line in this time */

static struct brink_entrance *entrance_of(struct brink_listener *listener)
{
    return listener->context;
}

static void on_client(struct brink_listener *listener, int fd, const struct brink_peer *peer)
{
    struct brink_entrance *entrance = entrance_of(listener);
    brink_admission_count(entrance);
    brink_service_accept(&entrance->branch->service, fd, peer);
}

static bool on_exhausted(struct brink_listener *listener, int sys_errno)
{
    struct brink_worker *worker = entrance_of(listener)->worker;
    uint64_t now_ms = worker->loop.now_ms;
    if (now_ms - worker->exhaustion_told_ms >= EXHAUSTION_TOLD_MS) {
        worker->exhaustion_told_ms = now_ms;
        brink_log_write(brink_worker_log(worker), BRINK_LOG_WARN,
                        "event=accept-paused worker=%" PRIu32 " error=\"%s\" retry_ms=%d",
                        worker->index, strerror(sys_errno), BRINK_LISTENER_REST_MS);
    }
    worker->exhausted = true; /* after the line in the log, in which others may leave */
    return atomic_load(&worker->clients->count) == 0;
}

void brink_entrance_free(struct brink_entrance *entrance)
{
    struct brink_worker *worker = entrance->worker;
    entrance->branch->entrances--;
    brink_admission_close(entrance);
    brink_list_remove(&entrance->link);
    brink_arena_release(&worker->arena, entrance, sizeof *entrance,
                        _Alignof(struct brink_entrance));
}

static void free_gone(struct brink_worker *worker)
{
    struct brink_link *link = worker->entrances.next;
    while (worker->entrance_visits == 0 && link != &worker->entrances) {
        struct brink_entrance *entrance = BRINK_CONTAINER_OF(link, struct brink_entrance, link);
        link = link->next;
        if (entrance->passing && entrance->gone)
            brink_entrance_free(entrance);
    }
}

void brink_entrances_each(struct brink_worker *worker,
                          void (*fn)(struct brink_entrance *entrance, void *arg), void *arg)
{
    worker->entrance_visits++;
    for (struct brink_link *link = worker->entrances.next; link != &worker->entrances;
         link = link->next)
        fn(BRINK_CONTAINER_OF(link, struct brink_entrance, link), arg);
    worker->entrance_visits--;
    free_gone(worker);
}

static void on_gone(struct brink_listener *listener)
{
    struct brink_entrance *entrance = entrance_of(listener);
    entrance->gone = true;
    free_gone(entrance->worker);
}

static const struct brink_listener_owner owner = {
    brink_admission_admit, brink_admission_unadmit, on_client, on_exhausted, on_gone,
};

static struct brink_entrance *fail(struct brink_entrance *entrance, brink_result *result, int err)
{
    *result = brink_fail(err);
    if (entrance != NULL)
        brink_entrance_free(entrance);
    return NULL;
}

struct brink_entrance *brink_entrance_open(struct brink_worker *worker, int fd,
                                           struct brink_branch *branch, brink_result *result)
{
    struct brink_entrance *entrance =
        brink_arena_alloc(&worker->arena, sizeof *entrance, _Alignof(struct brink_entrance));
    if (entrance == NULL)
        return fail(entrance, result, ENOMEM);
    memset(entrance, 0, sizeof *entrance);
    entrance->worker = worker;
    entrance->branch = branch;
    branch->entrances++;
    brink_list_push_back(&worker->entrances, &entrance->link);
    *result = brink_admission_open(entrance);
    if (!brink_failed(*result))
        *result =
            brink_listener_start_held(&entrance->listener, &worker->loop, fd, &owner, entrance);
    return brink_failed(*result) ? fail(entrance, result, result->err) : entrance;
}

void brink_entrance_begin(struct brink_entrance *entrance)
{
    brink_listener_hold(&entrance->listener, brink_gate_is_held(entrance->branch->gate));
    brink_listener_begin(&entrance->listener);
}

/* Claimed, so that nobody is admitted to one and comes to the other. */
void brink_entrance_lead(struct brink_entrance *entrance, struct brink_branch *branch)
{
    brink_listener_claim(&entrance->listener);
    entrance->branch->entrances--;
    entrance->branch = branch;
    branch->entrances++;
    brink_listener_release(&entrance->listener);
}

void brink_entrance_end(struct brink_entrance *entrance)
{
    entrance->passing = true;
    brink_listener_end(&entrance->listener);
    free_gone(entrance->worker);
}

void brink_entrance_stop(struct brink_entrance *entrance)
{
    brink_listener_stop(&entrance->listener);
    brink_admission_close(entrance);
}

void brink_entrance_drop(struct brink_entrance *entrance)
{
    entrance->passing = true;
    brink_listener_stop(&entrance->listener);
    free_gone(entrance->worker);
}
