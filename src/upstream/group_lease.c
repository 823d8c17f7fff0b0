#include <errno.h>

#include "upstream/group_inner.h"

/* The part of the roster that a server is chosen from. */
struct field {
    enum brink_target_state state; /* that they are in */
    uint64_t tier;
    uint32_t table;
};

static bool was_tried(const struct brink_pick *pick, const struct brink_target *target)
{
    for (size_t i = 0; i < pick->tried_count; i++) {
        if (pick->tried[i] == target)
            return true;
    }
    return false;
}

static bool could_be(const struct brink_roster_entry *member, enum brink_target_state state,
                     const struct brink_pick *pick)
{
    return member->weight > 0 && !brink_target_is_drained(member->target) &&
           brink_target_state_of(member->target) == state && !was_tried(pick, member->target);
}

/* Those that are ejected are better than none. */
static enum brink_target_state wanted_state(const struct brink_roster *roster)
{
    for (size_t i = 0; i < roster->count; i++) {
        if (brink_member_usable(&roster->members[i]))
            return BRINK_TARGET_UP;
    }
    return BRINK_TARGET_EJECTED;
}

/* False when there is nobody. */
static bool find_field(const struct brink_roster *roster, const struct brink_pick *pick,
                       struct field *field)
{
    *field = (struct field){.state = wanted_state(roster), .tier = UINT64_MAX};
    for (size_t i = 0; i < roster->count; i++) {
        const struct brink_roster_entry *member = &roster->members[i];
        if (member->tier >= field->tier || !could_be(member, field->state, pick))
            continue;
        field->tier = member->tier;
        field->table = member->table;
    }
    return field->tier != UINT64_MAX;
}

static uint32_t weight_now(const struct brink_group *group, const struct brink_roster_entry *member,
                           uint64_t now_ms)
{
    const struct brink_target *target = member->target;
    bool starts = target->returned && brink_target_state_of(target) == BRINK_TARGET_UP;
    uint64_t since_ms = now_ms > target->since_ms ? now_ms - target->since_ms : 0;
    return brink_pick_weight(member->weight, starts ? since_ms : UINT64_MAX,
                             brink_group_options(group)->slow_start_ms);
}

/* Gives those of the field that have room their weight, and the others none. */
static void weigh(struct brink_group *group, const struct brink_pick *pick,
                  const struct field *field)
{
    for (size_t i = 0; i < group->roster.count; i++) {
        const struct brink_roster_entry *member = &group->roster.members[i];
        struct brink_candidate *candidate = &group->roster.candidates[i];
        uint32_t connections = member->target->connections;
        bool room = member->max_connections == 0 || connections < member->max_connections;
        candidate->connections = connections;
        candidate->weight = 0;
        if (room && member->tier == field->tier && could_be(member, field->state, pick))
            candidate->weight = weight_now(group, member, pick->now_ms);
        candidate->full_weight = member->weight * BRINK_PICK_UNIT;
    }
}

static size_t pick_one(struct brink_group *group, const struct brink_pick *pick, uint32_t table)
{
    struct brink_roster *roster = &group->roster;
    switch (brink_group_options(group)->balance) {
    case BRINK_BALANCE_LEAST_CONNECTIONS:
        return brink_pick_least(roster->candidates, roster->count);
    case BRINK_BALANCE_RANDOM_TWO:
        return brink_pick_of_two(roster->candidates, roster->count, pick->random);
    case BRINK_BALANCE_SOURCE:
        return brink_pick_by_source(roster->candidates, &roster->tables[table], pick->source);
    case BRINK_BALANCE_ROUND_ROBIN:
        break;
    }
    return brink_pick_in_turn(roster->candidates, roster->count);
}

static brink_result lease_locked(struct brink_group *group, const struct brink_pick *pick,
                                 struct brink_target **target)
{
    struct field field;
    if (!find_field(&group->roster, pick, &field))
        return brink_fail(EHOSTUNREACH);
    weigh(group, pick, &field);
    size_t index = pick_one(group, pick, field.table);
    if (index == BRINK_PICK_NONE)
        return brink_fail(EAGAIN);
    struct brink_target *picked = group->roster.members[index].target;
    picked->references++;
    picked->connections++;
    picked->total_connections++;
    group->connections++;
    *target = picked;
    return brink_ok();
}

brink_result brink_group_lease(struct brink_group *group, const struct brink_pick *pick,
                               struct brink_target **target)
{
    brink_group_settle(group, pick->now_ms);
    (void)pthread_mutex_lock(&group->lock);
    brink_result leased = lease_locked(group, pick, target);
    (void)pthread_mutex_unlock(&group->lock);
    return leased;
}

/* Whether there was no place before the connection that has just ended. */
static bool was_full(const struct brink_group *group, const struct brink_target *target)
{
    if (brink_target_state_of(target) == BRINK_TARGET_GONE)
        return false;
    return target->connections + 1 == group->roster.members[target->index].max_connections;
}

void brink_group_end_lease(struct brink_group *group, struct brink_target *target)
{
    (void)pthread_mutex_lock(&group->lock);
    BRINK_ASSERT(target->connections > 0 && group->connections > 0);
    target->connections--;
    group->connections--;
    bool place = was_full(group, target);
    (void)pthread_mutex_unlock(&group->lock);
    if (place)
        brink_group_notify(group, false);
}

void brink_group_release(struct brink_group *group, struct brink_target *target)
{
    brink_group_end_lease(group, target);
    brink_group_drop(group, target);
}
