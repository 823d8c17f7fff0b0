/* sim/group_view.h - what the oracles need to see of a group's inside. NULL: a group of nobody. */
#ifndef BRINK_SIM_GROUP_VIEW_H
#define BRINK_SIM_GROUP_VIEW_H

#include "upstream/group.h"

uint32_t sim_group_queued(const struct brink_group *group);
uint32_t sim_group_connections(const struct brink_group *group);

/* When the first ejection is over; UINT64_MAX: none is. */
uint64_t sim_group_return_ms(struct brink_group *group);

bool sim_group_check(struct brink_group *group);

/* Nobody is connected to any of its servers, nor holds one. */
bool sim_group_rests(const struct brink_group *group);

#endif
