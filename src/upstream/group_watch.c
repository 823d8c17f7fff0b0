#include "upstream/group_inner.h"

void brink_group_watch(struct brink_group *group, struct brink_group_watcher *watcher)
{
    (void)pthread_mutex_lock(&group->watching);
    brink_list_push_back(&group->watchers, &watcher->link);
    (void)pthread_mutex_unlock(&group->watching);
}

void brink_group_unwatch(struct brink_group *group, struct brink_group_watcher *watcher)
{
    (void)pthread_mutex_lock(&group->watching);
    brink_list_remove(&watcher->link);
    (void)pthread_mutex_unlock(&group->watching);
}

/* All that wait are told of one place: the one that would get it may be gone by then. */
void brink_group_notify(struct brink_group *group, bool all)
{
    (void)pthread_mutex_lock(&group->watching);
    const struct brink_link *head = &group->watchers;
    for (struct brink_link *link = head->next; link != head; link = link->next) {
        struct brink_group_watcher *watcher =
            BRINK_CONTAINER_OF(link, struct brink_group_watcher, link);
        if (atomic_exchange(&watcher->waits, false) || all)
            watcher->notify(watcher);
    }
    (void)pthread_mutex_unlock(&group->watching);
}

bool brink_group_enter_queue(struct brink_group *group)
{
    (void)pthread_mutex_lock(&group->lock);
    bool room = group->queued < brink_group_options(group)->queue_max;
    group->queued += room;
    (void)pthread_mutex_unlock(&group->lock);
    return room;
}

void brink_group_leave_queue(struct brink_group *group)
{
    (void)pthread_mutex_lock(&group->lock);
    BRINK_ASSERT(group->queued > 0);
    group->queued--;
    (void)pthread_mutex_unlock(&group->lock);
}
