/* server/groups.h - a server's groups of upstream servers, from its options. */
#ifndef BRINK_SERVER_GROUPS_H
#define BRINK_SERVER_GROUPS_H

#include "server/view.h"
#include "upstream/group.h"

struct brink_groups {
    struct brink_group *all[BRINK_UPSTREAMS_MAX];
    size_t count;
};

/* Opens the groups, with the servers whose addresses the options give. Names are looked up once,
 * and here, which may block, for the plain form of the options; else they are left to DNS (see
 * server/tasks.h). `arena`: for what is needed meanwhile. On failure (EINVAL, ENOMEM, and why) none
 * is open. */
BRINK_MUST_CHECK brink_result brink_groups_open(struct brink_groups *groups,
                                                const struct brink_view *view,
                                                struct brink_arena *arena,
                                                const struct brink_log *log, uint64_t seed,
                                                uint64_t now_ms, struct brink_message *why);

/* Nobody may use them any more. */
void brink_groups_close(struct brink_groups *groups);

/* The one of that name; NULL if there is none. */
struct brink_group *brink_groups_find(const struct brink_groups *groups, const char *name);

#endif
