#include <errno.h>

#include "upstream/group_inner.h"

/* Under the lock. */
static void count_lease(struct brink_group *group, struct brink_target *target)
{
    target->references++;
    target->connections++;
    target->total_connections++;
    group->connections++;
}

/* The member of that address, leased; or NULL. */
static struct brink_target *lease_member(struct brink_group *group, const char *text)
{
    const struct brink_roster *roster = &group->roster;
    uint64_t hash = brink_maglev_hash(text);
    (void)pthread_mutex_lock(&group->lock);
    struct brink_target *member =
        brink_roster_entry_find(roster->members, roster->count, hash, text);
    if (member != NULL)
        count_lease(group, member);
    (void)pthread_mutex_unlock(&group->lock);
    return member;
}

/* It has no reference but the lease's: it goes with that. */
static struct brink_target *lease_stranger(struct brink_group *group,
                                           const struct brink_address *address, const char *name,
                                           uint64_t now_ms)
{
    struct brink_target *stranger = brink_target_new(group, address, name, now_ms);
    if (stranger == NULL)
        return NULL;
    stranger->references = 0;
    atomic_store(&stranger->state, (uint8_t)BRINK_TARGET_GONE);
    (void)pthread_mutex_lock(&group->lock);
    count_lease(group, stranger);
    (void)pthread_mutex_unlock(&group->lock);
    return stranger;
}

brink_result brink_group_lease_address(struct brink_group *group,
                                       const struct brink_address *address, const char *name,
                                       uint64_t now_ms, struct brink_target **target)
{
    char text[BRINK_ADDRESS_TEXT_MAX];
    struct brink_target *leased =
        lease_member(group, brink_address_format(address, text, sizeof text));
    if (leased == NULL)
        leased = lease_stranger(group, address, name, now_ms);
    if (leased == NULL)
        return brink_fail(ENOMEM);
    *target = leased;
    return brink_ok();
}
