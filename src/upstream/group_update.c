#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "upstream/group_inner.h"

/* An update under way. Everything that can fail is done first, beside what is in use. */
struct change {
    struct brink_group *group;
    unsigned source;
    struct brink_list list; /* the source's new one */
    struct brink_roster roster;
    bool same_tables; /* as the old roster's: they move */
    uint64_t round;
    uint64_t now_ms;
};

struct brink_target *brink_member_find(const struct brink_member *members, size_t count,
                                       uint64_t hash, const char *text)
{
    for (size_t i = 0; i < count; i++) {
        struct brink_target *target = members[i].target;
        if (target->hash == hash && strcmp(target->text, text) == 0)
            return target;
    }
    return NULL;
}

/* One word in a log line, whatever it is. */
static void set_name(struct brink_target *target, const char *name)
{
    (void)snprintf(target->name, sizeof target->name, "%s", name);
    for (char *c = target->name; *c != '\0'; c++) {
        if ((unsigned char)*c <= ' ' || *c == 127 || *c == '"' || *c == '=')
            *c = '_';
    }
}

struct brink_target *brink_target_new(struct brink_group *group,
                                      const struct brink_address *address, const char *name,
                                      uint64_t now_ms)
{
    struct brink_target *target = brink_group_take(&group->memory, sizeof *target);
    if (target == NULL)
        return NULL;
    memset(target, 0, sizeof *target);
    target->address = *address;
    (void)brink_address_format(address, target->text, sizeof target->text);
    set_name(target, name != NULL ? name : target->text);
    atomic_init(&target->state, (uint8_t)BRINK_TARGET_UP);
    target->hash = brink_maglev_hash(target->text);
    target->references = 1;
    target->since_ms = now_ms;
    return target;
}

static struct brink_target *new_target(struct change *change,
                                       const struct brink_target_entry *entry)
{
    struct brink_target *target =
        brink_target_new(change->group, &entry->address, entry->name, change->now_ms);
    if (target != NULL)
        target->born = change->round;
    return target;
}

static brink_result add_entry(struct change *change, const struct brink_target_entry *entry)
{
    char text[BRINK_ADDRESS_TEXT_MAX];
    struct brink_list *list = &change->list;
    const struct brink_roster *roster = &change->group->roster;
    (void)brink_address_format(&entry->address, text, sizeof text);
    uint64_t hash = brink_maglev_hash(text);
    if (brink_member_find(list->members, list->count, hash, text) != NULL)
        return brink_ok(); /* twice in one list: the first counts */
    if (list->count == list->room)
        return brink_fail(ENOSPC);
    struct brink_target *target = brink_member_find(roster->members, roster->count, hash, text);
    if (target == NULL)
        target = new_target(change, entry);
    if (target == NULL)
        return brink_fail(ENOMEM);
    uint32_t weight = entry->weight < BRINK_WEIGHT_MAX ? entry->weight : BRINK_WEIGHT_MAX;
    list->members[list->count++] = (struct brink_member){
        .target = target,
        .weight = weight,
        .max_connections = entry->max_connections,
        .tier = entry->tier,
    };
    return brink_ok();
}

static brink_result make_list(struct change *change, const struct brink_target_entry *entries,
                              size_t count)
{
    size_t room = count < BRINK_UPSTREAM_SERVERS_MAX ? count : BRINK_UPSTREAM_SERVERS_MAX;
    brink_result made = brink_list_open(&change->group->memory, &change->list, room);
    for (size_t i = 0; i < count && !brink_failed(made); i++)
        made = add_entry(change, &entries[i]);
    return made;
}

/* Those that are given, where the source says what it said then. */
static void give_weights(struct brink_roster *roster)
{
    for (size_t i = 0; i < roster->count; i++) {
        struct brink_member *member = &roster->members[i];
        const struct brink_target *target = member->target;
        if (target->weighed && member->weight == target->weight_listed)
            member->weight = target->weight_given;
    }
}

static brink_result make_roster(struct change *change)
{
    struct brink_group *group = change->group;
    struct brink_list lists[BRINK_GROUP_SOURCES];
    memcpy(lists, group->lists, sizeof lists);
    lists[change->source] = change->list;
    brink_result made = brink_roster_open(&group->memory, &change->roster, lists,
                                          BRINK_GROUP_SOURCES, change->round);
    if (brink_failed(made))
        return made;
    give_weights(&change->roster);
    if (group->options.balance != BRINK_BALANCE_SOURCE)
        return made;
    change->same_tables = brink_roster_same_tables(&group->roster, &change->roster);
    if (change->same_tables)
        return made;
    return brink_roster_tabulate(&group->memory, &change->roster);
}

static void undo(struct change *change)
{
    struct brink_group *group = change->group;
    for (size_t i = 0; i < change->list.count; i++) {
        struct brink_target *target = change->list.members[i].target;
        if (target->born == change->round)
            brink_group_give(&group->memory, target, sizeof *target);
    }
    brink_roster_close(&group->memory, &change->roster);
    brink_list_close(&group->memory, &change->list);
}

/* Where a new server stands in the round: the seed says. Others stay where they were. */
static int64_t first_turn(const struct brink_group *group, const struct brink_member *member)
{
    if (group->seed == 0 || member->weight == 0)
        return 0;
    uint64_t chance = brink_maglev_mix(group->seed ^ member->target->hash);
    return (int64_t)(chance % ((uint64_t)member->weight * BRINK_PICK_UNIT));
}

/* Under the group's lock: puts the new list and roster in the place of the old, which `change` has
 * then. Who is gone keeps the reference that the roster had until that is told. */
static void swap(struct change *change)
{
    struct brink_group *group = change->group;
    struct brink_roster old = group->roster;
    struct brink_list old_list = group->lists[change->source];
    struct brink_roster *roster = &change->roster;
    if (change->same_tables) {
        roster->tables = old.tables;
        old.tables = NULL;
    }
    for (size_t i = 0; i < roster->count; i++) {
        struct brink_target *target = roster->members[i].target;
        bool is_new = target->born == change->round;
        roster->candidates[i].turn =
            is_new ? first_turn(group, &roster->members[i]) : old.candidates[target->index].turn;
        target->index = i;
        target->weighed = target->weighed && roster->members[i].weight == target->weight_given;
    }
    group->roster = *roster;
    group->lists[change->source] = change->list;
    change->roster = old;
    change->list = old_list;
}

/* Under the group's lock, of the old roster. Returns how many. */
static size_t mark_gone(struct change *change)
{
    size_t gone = 0;
    for (size_t i = 0; i < change->roster.count; i++) {
        struct brink_target *target = change->roster.members[i].target;
        if (target->listed == change->round)
            continue;
        change->group->ejected -= target->eject.ejected;
        brink_eject_end(&target->eject);
        target->since_ms = change->now_ms;
        atomic_store(&target->state, (uint8_t)BRINK_TARGET_GONE);
        gone++;
    }
    return gone;
}

static void commit(struct change *change)
{
    struct brink_group *group = change->group;
    (void)pthread_mutex_lock(&group->lock);
    size_t before = group->roster.count;
    swap(change);
    size_t gone = mark_gone(change);
    if (gone > 0 || group->roster.count != before)
        atomic_fetch_add(&group->version, 1);
    brink_group_find_return(group);
    (void)pthread_mutex_unlock(&group->lock);
}

static void tell_added(const struct change *change)
{
    const struct brink_group *group = change->group;
    char upstream[BRINK_LOG_NAME_MAX];
    char name[BRINK_LOG_NAME_MAX];
    char address[BRINK_LOG_NAME_MAX];
    (void)brink_log_quote(group->options.name, upstream, sizeof upstream);
    for (size_t i = 0; i < group->roster.count; i++) {
        const struct brink_member *member = &group->roster.members[i];
        if (member->target->born == change->round)
            brink_log_write(&group->log, BRINK_LOG_INFO,
                            "event=server-added upstream=%s server=%s address=%s weight=%u tier=%u",
                            upstream, brink_log_quote(member->target->name, name, sizeof name),
                            brink_log_quote(member->target->text, address, sizeof address),
                            member->weight, member->tier);
    }
}

/* And lets go of them. */
static void tell_gone(struct change *change)
{
    struct brink_group *group = change->group;
    char upstream[BRINK_LOG_NAME_MAX];
    char name[BRINK_LOG_NAME_MAX];
    char address[BRINK_LOG_NAME_MAX];
    (void)brink_log_quote(group->options.name, upstream, sizeof upstream);
    for (size_t i = 0; i < change->roster.count; i++) {
        struct brink_target *target = change->roster.members[i].target;
        if (target->listed == change->round)
            continue;
        brink_log_write(&group->log, BRINK_LOG_INFO,
                        "event=server-removed upstream=%s server=%s address=%s", upstream,
                        brink_log_quote(target->name, name, sizeof name),
                        brink_log_quote(target->text, address, sizeof address));
        brink_group_drop(group, target);
    }
}

static void make(struct change *change)
{
    struct brink_group *group = change->group;
    commit(change);
    tell_added(change);
    tell_gone(change);
    brink_group_end_surplus(group, change->now_ms);
    brink_group_notify(group, true);
    brink_roster_close(&group->memory, &change->roster);
    brink_list_close(&group->memory, &change->list);
}

brink_result brink_group_update(struct brink_group *group, unsigned source,
                                const struct brink_target_entry *entries, size_t count,
                                uint64_t now_ms)
{
    BRINK_ASSERT(source < BRINK_GROUP_SOURCES);
    (void)pthread_mutex_lock(&group->changing);
    struct change change = {
        .group = group, .source = source, .round = ++group->round, .now_ms = now_ms};
    brink_result made = make_list(&change, entries, count);
    if (!brink_failed(made))
        made = make_roster(&change);
    if (brink_failed(made))
        undo(&change);
    else
        make(&change);
    (void)pthread_mutex_unlock(&group->changing);
    return made;
}

/* The first source's list as it is, so that the roster is made anew. */
static brink_result copy_list(struct change *change)
{
    const struct brink_list *list = &change->group->lists[change->source];
    brink_result made = brink_list_open(&change->group->memory, &change->list, list->count);
    if (brink_failed(made) || list->count == 0)
        return made;
    memcpy(change->list.members, list->members, list->count * sizeof *list->members);
    change->list.count = list->count;
    return made;
}

/* What the sources say of it, under `changing`. */
static uint32_t listed_weight(const struct brink_group *group, const struct brink_target *target)
{
    bool gone = brink_target_state_of(target) == BRINK_TARGET_GONE;
    return gone || target->weighed ? target->weight_listed
                                   : group->roster.members[target->index].weight;
}

brink_result brink_group_set_weight(struct brink_group *group, struct brink_target *target,
                                    uint32_t weight, uint64_t now_ms)
{
    (void)pthread_mutex_lock(&group->changing);
    struct brink_target before = {.weighed = target->weighed,
                                  .weight_given = target->weight_given,
                                  .weight_listed = target->weight_listed};
    struct change change = {.group = group, .round = ++group->round, .now_ms = now_ms};
    target->weight_listed = listed_weight(group, target);
    target->weight_given = weight;
    target->weighed = true;
    brink_result made = copy_list(&change);
    if (!brink_failed(made))
        made = make_roster(&change);
    if (brink_failed(made)) {
        target->weighed = before.weighed;
        target->weight_given = before.weight_given;
        target->weight_listed = before.weight_listed;
        undo(&change);
    } else {
        make(&change);
    }
    (void)pthread_mutex_unlock(&group->changing);
    return made;
}
