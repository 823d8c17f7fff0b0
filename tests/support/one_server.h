/* tests/support/one_server.h - a group with one server, for a relay under test. */
#ifndef BRINK_TESTS_ONE_SERVER_H
#define BRINK_TESTS_ONE_SERVER_H

#include "base/check.h"
#include "upstream/group.h"

/* NULL without memory. The caller closes it. */
static inline struct brink_group *one_server(const struct brink_upstream_options *options,
                                             const struct brink_address *address,
                                             const struct brink_log *log)
{
    struct brink_group *group;
    struct brink_target_entry entry = {.address = *address, .weight = 1};
    if (brink_failed(brink_group_open(&group, options, log, 1)))
        return NULL;
    if (!brink_failed(brink_group_update(group, 0, &entry, 1, 0)))
        return group;
    brink_group_close(group);
    return NULL;
}

#endif
