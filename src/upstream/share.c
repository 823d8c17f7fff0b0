#include "upstream/share.h"

#include <string.h>

#include "upstream/group_inner.h"

static struct brink_share *find(const struct brink_target *target, const void *worker)
{
    struct brink_share *share = target->shares;
    while (share != NULL && share->worker != worker)
        share = share->next;
    return share;
}

static struct brink_share *new_share(struct brink_group_memory *memory, const void *worker)
{
    (void)pthread_mutex_lock(&memory->lock);
    struct brink_share *share =
        brink_arena_alloc(&memory->arena, sizeof *share, _Alignof(struct brink_share));
    (void)pthread_mutex_unlock(&memory->lock);
    if (share == NULL)
        return NULL;
    memset(share, 0, sizeof *share);
    share->worker = worker;
    return share;
}

struct brink_share *brink_group_share(struct brink_group *group, struct brink_target *target,
                                      const void *worker)
{
    (void)pthread_mutex_lock(&group->lock);
    struct brink_share *share = find(target, worker);
    (void)pthread_mutex_unlock(&group->lock);
    if (share != NULL)
        return share;
    share = new_share(&group->memory, worker);
    if (share == NULL)
        return NULL;
    (void)pthread_mutex_lock(&group->lock);
    share->next = target->shares;
    target->shares = share;
    (void)pthread_mutex_unlock(&group->lock);
    return share;
}

void brink_target_figures_add(const struct brink_target *target,
                              struct brink_target_figures *figures)
{
    for (const struct brink_share *share = target->shares; share != NULL; share = share->next) {
        for (size_t side = 0; side < 2; side++) {
            figures->frames[side] += brink_counter_read(&share->frames[side]);
            figures->bytes[side] += brink_counter_read(&share->bytes[side]);
        }
        figures->replies += brink_counter_read(&share->replies);
        figures->reply_us += brink_counter_read(&share->reply_us);
    }
}

void brink_target_give(struct brink_group_memory *memory, struct brink_target *target)
{
    while (target->shares != NULL) {
        struct brink_share *share = target->shares;
        target->shares = share->next;
        (void)pthread_mutex_lock(&memory->lock);
        brink_arena_release(&memory->arena, share, sizeof *share, _Alignof(struct brink_share));
        (void)pthread_mutex_unlock(&memory->lock);
    }
    brink_group_give(memory, target, sizeof *target);
}
