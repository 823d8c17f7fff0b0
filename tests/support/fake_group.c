#include "support/fake_group.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"

void fake_group_init(struct brink_group *group)
{
    memset(group, 0, sizeof *group);
    brink_upstream_options_init(&group->options);
    group->options.name = "fake";
    group->options.health.interval_ms = 1000;
    group->version = 1;
}

struct fake_target *fake_group_add(struct brink_group *group, const struct brink_address *address)
{
    struct fake_target *added = &group->targets[group->count++];
    *added = (struct fake_target){.present = true, .target = {.address = *address}};
    (void)snprintf(added->target.name, sizeof added->target.name, "server%zu", group->count);
    group->version++;
    return added;
}

void fake_group_remove(struct brink_group *group, struct fake_target *target)
{
    target->present = false;
    group->version++;
}

unsigned fake_group_holds(const struct brink_group *group)
{
    unsigned holds = 0;
    for (size_t i = 0; i < group->count; i++)
        holds += group->targets[i].holds;
    return holds;
}

const struct brink_upstream_options *brink_group_options(const struct brink_group *group)
{
    return &group->options;
}

uint64_t brink_group_version(const struct brink_group *group)
{
    return group->version;
}

size_t brink_group_hold(struct brink_group *group, struct brink_target **targets, size_t room)
{
    size_t found = 0;
    group->looks++;
    for (size_t i = 0; i < group->count; i++) {
        if (!group->targets[i].present)
            continue;
        if (found < room) {
            group->targets[i].holds++;
            targets[found] = &group->targets[i].target;
        }
        found++;
    }
    return found;
}

static struct fake_target *fake_of(struct brink_target *target)
{
    return BRINK_CONTAINER_OF(target, struct fake_target, target);
}

/* By whatever thread: cmocka knows the test's only. */
static void must_be_held(const struct fake_target *fake)
{
    if (fake->holds == 0)
        abort();
}

void brink_group_drop(struct brink_group *group, struct brink_target *target)
{
    (void)group;
    must_be_held(fake_of(target));
    fake_of(target)->holds--;
}

void brink_group_checked(struct brink_group *group, struct brink_target *target, bool passed,
                         const char *why, uint64_t now_ms)
{
    (void)group;
    (void)now_ms;
    struct fake_target *fake = fake_of(target);
    must_be_held(fake);
    if (passed)
        fake->passed++;
    else
        fake->failed++;
    if (!passed)
        (void)snprintf(fake->why, sizeof fake->why, "%s", why);
}
