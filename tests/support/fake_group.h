/* tests/support/fake_group.h - a group of servers as a checker sees it: who is in it is the test's
 * to say, and what is told of them is written down. Stands in for src/upstream/group.c. */
#ifndef BRINK_TESTS_FAKE_GROUP_H
#define BRINK_TESTS_FAKE_GROUP_H

#include "upstream/group.h"

enum { FAKE_TARGETS_MAX = BRINK_UPSTREAM_SERVERS_MAX };

struct fake_target {
    struct brink_target target; /* first */
    bool present;
    unsigned holds;
    unsigned passed;
    unsigned failed;
    char why[256]; /* of the latest that failed */
};

struct brink_group {
    struct brink_upstream_options options;
    struct fake_target targets[FAKE_TARGETS_MAX];
    size_t count;
    uint64_t version;
    unsigned looks; /* calls of brink_group_hold */
};

/* An empty group, of which servers are checked each second. */
void fake_group_init(struct brink_group *group);
struct fake_target *fake_group_add(struct brink_group *group, const struct brink_address *address);
void fake_group_remove(struct brink_group *group, struct fake_target *target);
/* How many of them are held, each as often as it is. */
unsigned fake_group_holds(const struct brink_group *group);

#endif
