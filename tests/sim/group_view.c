#include "sim/group_view.h"

#include "upstream/group_inner.h"

uint32_t sim_group_queued(const struct brink_group *group)
{
    return group == NULL ? 0 : group->queued;
}

uint32_t sim_group_connections(const struct brink_group *group)
{
    return group == NULL ? 0 : group->connections;
}

uint64_t sim_group_return_ms(struct brink_group *group)
{
    return atomic_load(&group->return_ms);
}

bool sim_group_check(struct brink_group *group)
{
    return brink_group_check(group);
}

bool sim_group_rests(const struct brink_group *group)
{
    for (size_t i = 0; i < group->roster.count; i++) {
        const struct brink_target *target = group->roster.members[i].target;
        if (target->connections != 0 || target->references != 1)
            return false;
    }
    return true;
}
