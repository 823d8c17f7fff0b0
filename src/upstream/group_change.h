/* upstream/group_change.h - changing several things of a group at once, so that the step that may
 * fail is apart from the one that others see.
 *
 *     begin --list, list ...--> ready --> commit
 *        `---------------------------`--> undo
 *
 * In between other updates of the group wait: it should be short, and nothing that waits for one
 * may be waited for. Any thread; one change's calls come from one. */
#ifndef BRINK_UPSTREAM_GROUP_CHANGE_H
#define BRINK_UPSTREAM_GROUP_CHANGE_H

#include "upstream/group.h"
#include "upstream/roster.h"

struct brink_group_change {
    struct brink_group *group; /* NULL: none is under way */
    const struct brink_upstream_options *options;
    unsigned replaced;                            /* lists: a bit for each source */
    struct brink_list lists[BRINK_GROUP_SOURCES]; /* the new ones; once committed the old ones */
    struct brink_roster roster;                   /* likewise */
    bool same_tables;                             /* as the old roster's: they move */
    uint64_t round;
    uint64_t now_ms;
};

/* `options`: as brink_group_keep_options gave them, or brink_group_options. */
void brink_group_change_begin(struct brink_group_change *change, struct brink_group *group,
                              const struct brink_upstream_options *options, uint64_t now_ms);

/* What `source` says, as for brink_group_update; each source once. Fails with ENOMEM or ENOSPC, and
 * is to be undone then, as the next. */
BRINK_MUST_CHECK brink_result brink_group_change_list(struct brink_group_change *change,
                                                      unsigned source,
                                                      const struct brink_target_entry *entries,
                                                      size_t count);
BRINK_MUST_CHECK brink_result brink_group_change_ready(struct brink_group_change *change);

/* Cannot fail. Tells the log and the watchers. */
void brink_group_change_commit(struct brink_group_change *change);

/* The group is as it was. Harmless if none is under way. */
void brink_group_change_undo(struct brink_group_change *change);

#endif
