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
    brink_counter_add(&brink_session_service(session)->stats.waits, 1);
    brink_list_push_back(&dialings->queued, &dialing->link);
    return true;
}

/* Has one that waits look again, on its timer: it may be another thread's just now. */
static void wake(struct brink_dialing *dialing)
{
    struct brink_loop *loop = brink_session_service(dialing->session)->io.loop;
    dialing->again_ms = 0;
    brink_timer_arm(&loop->wheel, dialing->session->timer, loop->now_ms);
}

/* The first that has not been refused by a server, and so may have any; NULL: there is none. All
 * that have not are alike: where there is no place for the first there is none for them. */
static struct brink_dialing *first_in_line(const struct brink_dialings *dialings)
{
    const struct brink_link *head = &dialings->queued;
    for (struct brink_link *link = head->next; link != head; link = link->next) {
        struct brink_dialing *dialing = BRINK_CONTAINER_OF(link, struct brink_dialing, link);
        if (dialing->tried_count == 0)
            return dialing;
    }
    return NULL;
}

/* The first in line, and each that has been refused: that one may wait for another server, which
 * has a place. There are few of them. */
static void wake_all_kinds(struct brink_dialings *dialings)
{
    struct brink_dialing *first = first_in_line(dialings);
    const struct brink_link *head = &dialings->queued;
    for (struct brink_link *link = head->next; link != head; link = link->next) {
        struct brink_dialing *dialing = BRINK_CONTAINER_OF(link, struct brink_dialing, link);
        if (dialing == first || dialing->tried_count > 0)
            wake(dialing);
    }
}

/* Who has been refused waits behind nobody, nor anybody behind it: they may wait for different
 * servers. */
bool brink_waiting_has_others_first(struct brink_session *session)
{
    const struct brink_dialing *dialing = brink_pair_of(session)->dialing;
    if (dialing->tried_count > 0)
        return false;
    const struct brink_dialing *first = first_in_line(brink_dialings_of(session));
    return first != NULL && first != dialing;
}

void brink_waiting_leave(struct brink_session *session)
{
    struct brink_dialings *dialings = brink_dialings_of(session);
    struct brink_dialing *dialing = brink_pair_of(session)->dialing;
    if (!dialing->queued)
        return;
    bool was_first = dialing == first_in_line(dialings);
    dialing->queued = false;
    brink_list_remove(&dialing->link);
    brink_group_leave_queue(dialings->group);
    struct brink_dialing *next = was_first ? first_in_line(dialings) : NULL;
    if (next != NULL) /* there may be a place for more than one */
        wake(next);
}

static void changed(struct brink_loop *loop, struct brink_post *post)
{
    (void)loop;
    struct brink_dialings *dialings = BRINK_CONTAINER_OF(post, struct brink_dialings, post);
    atomic_store(&dialings->posted, false); /* before it looks: what changes later is told anew */
    wake_all_kinds(dialings);
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

void brink_dialings_retire(struct brink_dialings *dialings)
{
    brink_group_unwatch(dialings->group, &dialings->watcher);
}

void brink_dialings_destroy(struct brink_dialings *dialings)
{
    if (dialings->group == NULL)
        return;
    brink_dialings_retire(dialings);
    brink_slab_destroy(&dialings->pool);
}
