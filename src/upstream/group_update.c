#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "upstream/group_inner.h"

struct brink_target *brink_roster_entry_find(const struct brink_roster_entry *members, size_t count,
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

static struct brink_target *new_target(struct brink_group_change *change,
                                       const struct brink_target_entry *entry)
{
    struct brink_target *target =
        brink_target_new(change->group, &entry->address, entry->name, change->now_ms);
    if (target != NULL)
        target->born = change->round;
    return target;
}

/* A server that the group has, or gets by another list of this change. */
static struct brink_target *find_known(const struct brink_group_change *change, uint64_t hash,
                                       const char *text)
{
    const struct brink_roster *roster = &change->group->roster;
    struct brink_target *target =
        brink_roster_entry_find(roster->members, roster->count, hash, text);
    for (unsigned i = 0; i < BRINK_GROUP_SOURCES && target == NULL; i++)
        target =
            brink_roster_entry_find(change->lists[i].members, change->lists[i].count, hash, text);
    return target;
}

static brink_result add_entry(struct brink_group_change *change, struct brink_list *list,
                              const struct brink_target_entry *entry)
{
    char text[BRINK_ADDRESS_TEXT_MAX];
    (void)brink_address_format(&entry->address, text, sizeof text);
    uint64_t hash = brink_maglev_hash(text);
    if (brink_roster_entry_find(list->members, list->count, hash, text) != NULL)
        return brink_ok(); /* twice in one list: the first counts */
    if (list->count == list->room)
        return brink_fail(ENOSPC);
    struct brink_target *target = find_known(change, hash, text);
    if (target == NULL)
        target = new_target(change, entry);
    if (target == NULL)
        return brink_fail(ENOMEM);
    uint32_t weight = entry->weight < BRINK_WEIGHT_MAX ? entry->weight : BRINK_WEIGHT_MAX;
    list->members[list->count++] = (struct brink_roster_entry){
        .target = target,
        .weight = weight,
        .max_connections = entry->max_connections,
        .tier = entry->tier,
    };
    return brink_ok();
}

void brink_group_change_begin(struct brink_group_change *change, struct brink_group *group,
                              const struct brink_upstream_options *options, uint64_t now_ms)
{
    (void)pthread_mutex_lock(&group->changing);
    *change = (struct brink_group_change){
        .group = group, .options = options, .round = ++group->round, .now_ms = now_ms};
}

brink_result brink_group_change_list(struct brink_group_change *change, unsigned source,
                                     const struct brink_target_entry *entries, size_t count)
{
    BRINK_ASSERT(source < BRINK_GROUP_SOURCES && (change->replaced & 1U << source) == 0);
    struct brink_list *list = &change->lists[source];
    size_t room = count < BRINK_UPSTREAM_SERVERS_MAX ? count : BRINK_UPSTREAM_SERVERS_MAX;
    brink_result made = brink_list_open(&change->group->memory, list, room);
    change->replaced |= 1U << source;
    for (size_t i = 0; i < count && !brink_failed(made); i++)
        made = add_entry(change, list, &entries[i]);
    return made;
}

/* Those that are given, where the source says what it said then. */
static void give_weights(struct brink_roster *roster)
{
    for (size_t i = 0; i < roster->count; i++) {
        struct brink_roster_entry *member = &roster->members[i];
        const struct brink_target *target = member->target;
        if (target->weighed && member->weight == target->weight_listed)
            member->weight = target->weight_given;
    }
}

brink_result brink_group_change_ready(struct brink_group_change *change)
{
    struct brink_group *group = change->group;
    struct brink_list lists[BRINK_GROUP_SOURCES];
    for (unsigned i = 0; i < BRINK_GROUP_SOURCES; i++)
        lists[i] = (change->replaced & 1U << i) != 0 ? change->lists[i] : group->lists[i];
    brink_result made = brink_roster_open(&group->memory, &change->roster, lists,
                                          BRINK_GROUP_SOURCES, change->round);
    if (brink_failed(made))
        return made;
    give_weights(&change->roster);
    if (change->options->balance != BRINK_BALANCE_SOURCE)
        return made;
    change->same_tables =
        group->roster.tables != NULL && brink_roster_same_tables(&group->roster, &change->roster);
    if (change->same_tables)
        return made;
    return brink_roster_tabulate(&group->memory, &change->roster);
}

/* Lets go of the group, and of lists and roster. */
static void end(struct brink_group_change *change)
{
    struct brink_group *group = change->group;
    brink_roster_close(&group->memory, &change->roster);
    for (unsigned i = 0; i < BRINK_GROUP_SOURCES; i++)
        brink_list_close(&group->memory, &change->lists[i]);
    change->group = NULL;
    (void)pthread_mutex_unlock(&group->changing);
}

/* A server that two of the new lists name is freed with the first. */
static void free_new(struct brink_group_change *change, struct brink_target *target)
{
    for (unsigned i = 0; i < BRINK_GROUP_SOURCES; i++)
        for (size_t k = 0; k < change->lists[i].count; k++)
            if (change->lists[i].members[k].target == target)
                change->lists[i].members[k].target = NULL;
    brink_group_give(&change->group->memory, target, sizeof *target);
}

void brink_group_change_undo(struct brink_group_change *change)
{
    if (change->group == NULL)
        return;
    for (unsigned i = 0; i < BRINK_GROUP_SOURCES; i++) {
        for (size_t k = 0; k < change->lists[i].count; k++) {
            struct brink_target *target = change->lists[i].members[k].target;
            if (target != NULL && target->born == change->round)
                free_new(change, target);
        }
    }
    end(change);
}

/* Where a new server stands in the round: the seed says. Others stay where they were. */
static int64_t first_turn(const struct brink_group *group, const struct brink_roster_entry *member)
{
    if (group->seed == 0 || member->weight == 0)
        return 0;
    uint64_t chance = brink_maglev_mix(group->seed ^ member->target->hash);
    return (int64_t)(chance % ((uint64_t)member->weight * BRINK_PICK_UNIT));
}

/* Under the group's lock: puts the new lists and roster in the place of the old, which `change` has
 * then. Who is gone keeps the reference that the roster had until that is told. */
static void swap(struct brink_group_change *change)
{
    struct brink_group *group = change->group;
    struct brink_roster old = group->roster;
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
    change->roster = old;
    for (unsigned i = 0; i < BRINK_GROUP_SOURCES; i++) {
        struct brink_list old_list = group->lists[i];
        if ((change->replaced & 1U << i) == 0)
            continue;
        group->lists[i] = change->lists[i];
        change->lists[i] = old_list;
    }
}

/* Under the group's lock, of the old roster. Returns how many. */
static size_t mark_gone(struct brink_group_change *change)
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

static void commit(struct brink_group_change *change)
{
    struct brink_group *group = change->group;
    (void)pthread_mutex_lock(&group->lock);
    size_t before = group->roster.count;
    swap(change);
    atomic_store_explicit(&group->options, change->options, memory_order_release);
    size_t gone = mark_gone(change);
    if (gone > 0 || group->roster.count != before)
        atomic_fetch_add(&group->version, 1);
    brink_group_find_return(group);
    (void)pthread_mutex_unlock(&group->lock);
}

static void tell_added(const struct brink_group_change *change)
{
    const struct brink_group *group = change->group;
    char upstream[BRINK_LOG_NAME_MAX];
    char name[BRINK_LOG_NAME_MAX];
    char address[BRINK_LOG_NAME_MAX];
    (void)brink_log_quote(brink_group_options(group)->name, upstream, sizeof upstream);
    for (size_t i = 0; i < group->roster.count; i++) {
        const struct brink_roster_entry *member = &group->roster.members[i];
        if (member->target->born == change->round)
            brink_log_write(&group->log, BRINK_LOG_INFO,
                            "event=server-added upstream=%s server=%s address=%s weight=%u tier=%u",
                            upstream, brink_log_quote(member->target->name, name, sizeof name),
                            brink_log_quote(member->target->text, address, sizeof address),
                            member->weight, member->tier);
    }
}

/* And lets go of them. */
static void tell_gone(struct brink_group_change *change)
{
    struct brink_group *group = change->group;
    char upstream[BRINK_LOG_NAME_MAX];
    char name[BRINK_LOG_NAME_MAX];
    char address[BRINK_LOG_NAME_MAX];
    (void)brink_log_quote(brink_group_options(group)->name, upstream, sizeof upstream);
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

void brink_group_change_commit(struct brink_group_change *change)
{
    commit(change);
    tell_added(change);
    tell_gone(change);
    brink_group_end_surplus(change->group, change->now_ms);
    brink_group_notify(change->group, true);
    end(change);
}

brink_result brink_group_update(struct brink_group *group, unsigned source,
                                const struct brink_target_entry *entries, size_t count,
                                uint64_t now_ms)
{
    struct brink_group_change change;
    brink_group_change_begin(&change, group, NULL, now_ms);
    change.options = brink_group_options(group); /* once no other change is under way */
    brink_result made = brink_group_change_list(&change, source, entries, count);
    if (!brink_failed(made))
        made = brink_group_change_ready(&change);
    if (brink_failed(made))
        brink_group_change_undo(&change);
    else
        brink_group_change_commit(&change);
    return made;
}

/* What the sources say of it, under `changing`. */
static uint32_t listed_weight(const struct brink_group *group, const struct brink_target *target)
{
    bool gone = brink_target_state_of(target) == BRINK_TARGET_GONE;
    return gone || target->weighed ? target->weight_listed
                                   : group->roster.members[target->index].weight;
}

/* The lists stay, but the roster is made anew. */
brink_result brink_group_set_weight(struct brink_group *group, struct brink_target *target,
                                    uint32_t weight, uint64_t now_ms)
{
    struct brink_group_change change;
    brink_group_change_begin(&change, group, NULL, now_ms);
    change.options = brink_group_options(group);
    struct brink_target before = {.weighed = target->weighed,
                                  .weight_given = target->weight_given,
                                  .weight_listed = target->weight_listed};
    target->weight_listed = listed_weight(group, target);
    target->weight_given = weight;
    target->weighed = true;
    brink_result made = brink_group_change_ready(&change);
    if (brink_failed(made)) {
        target->weighed = before.weighed;
        target->weight_given = before.weight_given;
        target->weight_listed = before.weight_listed;
        brink_group_change_undo(&change);
    } else {
        brink_group_change_commit(&change);
    }
    return made;
}
