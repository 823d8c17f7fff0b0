/* server/groups.h - a server's groups of upstream servers, from its options. */
#ifndef BRINK_SERVER_GROUPS_H
#define BRINK_SERVER_GROUPS_H

#include "server/view.h"
#include "upstream/group_change.h"

struct brink_groups {
    struct brink_group *all[BRINK_UPSTREAMS_MAX]; /* in the order of the options */
    /* Each group's own copy of them: those that it has, or will have. */
    const struct brink_upstream_options *options[BRINK_UPSTREAMS_MAX];
    bool is_new[BRINK_UPSTREAMS_MAX]; /* opened by brink_groups_renew, and not in use yet */
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

/* The groups for other options: those that `find` knows by their names, which stay as they are but
 * for a copy of their options, and new ones. Names are left to DNS. On failure none of the new ones
 * is open. */
BRINK_MUST_CHECK brink_result
brink_groups_renew(struct brink_groups *groups, const struct brink_view *view,
                   struct brink_arena *arena, const struct brink_log *log, uint64_t seed,
                   uint64_t now_ms, struct brink_group *(*find)(void *context, const char *name),
                   void *context, struct brink_message *why);

/* Closes the new ones. */
void brink_groups_drop(struct brink_groups *groups);

/* Prepares what is to become of a group: other options, the servers that `upstream` lists, and no
 * word any more from the sources in `silent`, a bit for each. Without an upstream: no servers at
 * all. On failure (EINVAL, ENOMEM ... and why) no change is under way. */
BRINK_MUST_CHECK brink_result brink_groups_prepare(struct brink_group_change *change,
                                                   struct brink_group *group,
                                                   const struct brink_upstream_options *options,
                                                   const struct brink_upstream_options *upstream,
                                                   unsigned silent, struct brink_arena *arena,
                                                   uint64_t now_ms, struct brink_message *why);

/* Nobody may use them any more. */
void brink_groups_close(struct brink_groups *groups);

/* The one of that name; NULL if there is none. */
struct brink_group *brink_groups_find(const struct brink_groups *groups, const char *name);

#endif
