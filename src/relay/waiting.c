#include "relay/waiting.h"

#include "relay/leave.h"

bool brink_waiting_enter(struct brink_session *session)
{
    struct brink_dialings *dialings = brink_dialings_of(session);
    struct brink_dialing *dialing = brink_pair_of(session)->dialing;
    if (dialing->queued)
        return true;
    if (!brink_group_enter_queue(dialings->group))
        return false;
    uint32_t queue_ms = brink_dialings_options(session)->queue_ms;
    dialing->due_ms = queue_ms == 0 ? BRINK_NEVER : brink_dialings_now(session) + queue_ms + 1;
    dialing->queued = true;
    brink_list_push_back(&dialings->queued, &dialing->link);
    return true;
}

/* Has those look again that may take a place: the first that waits for any, and who was refused
 * before it, and may wait for another one. On their timers: they may be other threads' just now. */
static void wake_first(struct brink_dialings *dialings)
{
    const struct brink_link *head = &dialings->queued;
    for (struct brink_link *link = head->next; link != head; link = link->next) {
        struct brink_dialing *dialing = BRINK_CONTAINER_OF(link, struct brink_dialing, link);
        dialing->again_ms = 0;
        brink_timer_arm(&dialings->loop->wheel, dialing->session->timer, dialings->loop->now_ms);
        if (dialing->tried_count == 0)
            return;
    }
}

/* Nobody waits behind one that has been refused: it may wait for one server only of those that
 * have room. */
bool brink_waiting_has_others_first(struct brink_session *session)
{
    const struct brink_link *head = &brink_dialings_of(session)->queued;
    const struct brink_link *own = &brink_pair_of(session)->dialing->link;
    for (const struct brink_link *link = head->next; link != head && link != own; link = link->next)
        if (BRINK_CONTAINER_OF_CONST(link, struct brink_dialing, link)->tried_count == 0)
            return true;
    return false;
}

void brink_waiting_leave(struct brink_session *session)
{
    struct brink_dialings *dialings = brink_dialings_of(session);
    struct brink_dialing *dialing = brink_pair_of(session)->dialing;
    if (!dialing->queued)
        return;
    dialing->queued = false;
    brink_list_remove(&dialing->link);
    brink_group_leave_queue(dialings->group);
    wake_first(dialings); /* there may be a place for more than one */
}

static void changed(struct brink_loop *loop, struct brink_post *post)
{
    (void)loop;
    struct brink_dialings *dialings = BRINK_CONTAINER_OF(post, struct brink_dialings, post);
    atomic_store(&dialings->posted, false); /* before it looks: what changes later is told anew */
    wake_first(dialings);
    brink_leave_servers(BRINK_CONTAINER_OF(dialings, struct brink_service, dialings));
}

static void notify(struct brink_group_watcher *watcher)
{
    struct brink_dialings *dialings = BRINK_CONTAINER_OF(watcher, struct brink_dialings, watcher);
    if (atomic_exchange(&dialings->posted, true))
        return;
    brink_result posted = brink_loop_post(dialings->loop, &dialings->post);
    (void)posted.err; /* a worker that has ended has no sessions */
}

void brink_dialings_init(struct brink_dialings *dialings, struct brink_group *group,
                         struct brink_loop *loop, uint64_t seed)
{
    *dialings = (struct brink_dialings){
        .group = group,
        .watcher = {.notify = notify},
        .post = {.run = changed},
        .loop = loop,
        .chance = seed,
    };
    brink_list_init(&dialings->queued);
    brink_list_init(&dialings->watcher.link);
    brink_slab_init(&dialings->pool, loop->arena, "dialing", sizeof(struct brink_dialing));
    brink_group_watch(group, &dialings->watcher);
}

void brink_dialings_destroy(struct brink_dialings *dialings)
{
    if (dialings->group == NULL)
        return;
    brink_group_unwatch(dialings->group, &dialings->watcher);
    brink_slab_destroy(&dialings->pool);
}
