/* What an operator does to single servers; weights are in group_update.c. */
#include <string.h>

#include "base/log.h"
#include "upstream/group_inner.h"

struct brink_target *brink_group_find(struct brink_group *group, const char *name)
{
    struct brink_target *found = NULL;
    (void)pthread_mutex_lock(&group->lock);
    for (size_t i = 0; i < group->roster.count && found == NULL; i++) {
        struct brink_target *target = group->roster.members[i].target;
        if (strcmp(target->name, name) == 0 || strcmp(target->text, name) == 0)
            found = target;
    }
    if (found != NULL)
        found->references++;
    (void)pthread_mutex_unlock(&group->lock);
    return found;
}

void brink_group_hold_one(struct brink_group *group, struct brink_target *target)
{
    (void)pthread_mutex_lock(&group->lock);
    target->references++;
    (void)pthread_mutex_unlock(&group->lock);
}

static void tell(const struct brink_group *group, const struct brink_target *target)
{
    char upstream[BRINK_LOG_NAME_MAX];
    char name[BRINK_LOG_NAME_MAX];
    char address[BRINK_LOG_NAME_MAX];
    brink_log_write(&group->log, BRINK_LOG_INFO, "event=server-%s upstream=%s server=%s address=%s",
                    brink_target_is_drained(target) ? "drained" : "undrained",
                    brink_log_quote(brink_group_options(group)->name, upstream, sizeof upstream),
                    brink_log_quote(target->name, name, sizeof name),
                    brink_log_quote(target->text, address, sizeof address));
}

void brink_group_set_drained(struct brink_group *group, struct brink_target *target, bool drained)
{
    (void)pthread_mutex_lock(&group->lock);
    bool before = atomic_exchange(&target->drained, drained);
    (void)pthread_mutex_unlock(&group->lock);
    if (before == drained)
        return;
    tell(group, target);
    brink_group_notify(group, true);
}
