#include "upstream/roster.h"

#include <errno.h>
#include <string.h>

enum { ALIGN = _Alignof(max_align_t) };

void *brink_group_take(struct brink_group_memory *memory, size_t size)
{
    (void)pthread_mutex_lock(&memory->lock);
    void *block = brink_arena_alloc(&memory->arena, size, ALIGN);
    (void)pthread_mutex_unlock(&memory->lock);
    return block;
}

void brink_group_give(struct brink_group_memory *memory, void *block, size_t size)
{
    (void)pthread_mutex_lock(&memory->lock);
    brink_arena_release(&memory->arena, block, size, ALIGN);
    (void)pthread_mutex_unlock(&memory->lock);
}

brink_result brink_list_open(struct brink_group_memory *memory, struct brink_list *list,
                             size_t room)
{
    *list = (struct brink_list){0};
    if (room == 0)
        return brink_ok();
    list->members = brink_group_take(memory, room * sizeof *list->members);
    if (list->members == NULL)
        return brink_fail(ENOMEM);
    list->room = room;
    return brink_ok();
}

void brink_list_close(struct brink_group_memory *memory, struct brink_list *list)
{
    brink_group_give(memory, list->members, list->room * sizeof *list->members);
    *list = (struct brink_list){0};
}

/* How many servers the lists name; each is marked with the round. */
static size_t count_servers(const struct brink_list *lists, size_t list_count, uint64_t round)
{
    size_t count = 0;
    for (size_t i = 0; i < list_count; i++) {
        for (size_t k = 0; k < lists[i].count; k++) {
            struct brink_target *target = lists[i].members[k].target;
            count += target->listed != round;
            target->listed = round;
        }
    }
    return count;
}

/* A server that is met for the second time has lost its mark at the first. */
static void fill_in(struct brink_roster *roster, const struct brink_list *lists, size_t list_count)
{
    for (size_t i = 0; i < list_count; i++) {
        for (size_t k = 0; k < lists[i].count; k++) {
            const struct brink_roster_entry *member = &lists[i].members[k];
            if (member->target->listed == 0)
                continue;
            member->target->listed = 0;
            roster->members[roster->count++] = *member;
        }
    }
}

/* Numbers the tiers: the first has table 0. */
static void number_tiers(struct brink_roster *roster)
{
    uint64_t after = 0; /* tiers below are numbered */
    for (uint32_t table = 0; table < BRINK_ROSTER_TABLES; table++) {
        uint64_t tier = UINT64_MAX;
        for (size_t i = 0; i < roster->count; i++) {
            uint32_t its = roster->members[i].tier;
            if (its >= after && its < tier)
                tier = its;
        }
        if (tier == UINT64_MAX)
            return;
        roster->table_count = table + 1;
        bool rest = table + 1 == BRINK_ROSTER_TABLES;
        for (size_t i = 0; i < roster->count; i++) {
            struct brink_roster_entry *member = &roster->members[i];
            if (member->tier == tier || (rest && member->tier > tier))
                member->table = table;
        }
        after = tier + 1;
    }
}

brink_result brink_roster_open(struct brink_group_memory *memory, struct brink_roster *roster,
                               const struct brink_list *lists, size_t list_count, uint64_t round)
{
    *roster = (struct brink_roster){0};
    size_t room = count_servers(lists, list_count, round);
    if (room > BRINK_UPSTREAM_SERVERS_MAX)
        return brink_fail(ENOSPC);
    if (room == 0)
        return brink_ok();
    roster->room = room;
    roster->members = brink_group_take(memory, room * sizeof *roster->members);
    roster->candidates = brink_group_take(memory, room * sizeof *roster->candidates);
    if (roster->members == NULL || roster->candidates == NULL) {
        brink_roster_close(memory, roster);
        return brink_fail(ENOMEM);
    }
    memset(roster->candidates, 0, room * sizeof *roster->candidates);
    fill_in(roster, lists, list_count);
    for (size_t i = 0; i < roster->count; i++)
        roster->members[i].target->listed = round;
    number_tiers(roster);
    return brink_ok();
}

static void build_table(struct brink_roster *roster, uint32_t table,
                        struct brink_maglev_entry *entries)
{
    size_t count = 0;
    for (size_t i = 0; i < roster->count; i++) {
        const struct brink_roster_entry *member = &roster->members[i];
        if (member->table == table)
            entries[count++] = (struct brink_maglev_entry){
                .text = member->target->text, .weight = member->weight, .owner = (uint16_t)i};
    }
    brink_maglev_build(&roster->tables[table], entries, count);
}

brink_result brink_roster_tabulate(struct brink_group_memory *memory, struct brink_roster *roster)
{
    if (roster->count == 0)
        return brink_ok();
    size_t scratch_size = roster->count * sizeof(struct brink_maglev_entry);
    struct brink_maglev_entry *entries = brink_group_take(memory, scratch_size);
    if (entries == NULL)
        return brink_fail(ENOMEM);
    roster->tables = brink_group_take(memory, roster->table_count * sizeof *roster->tables);
    if (roster->tables != NULL) {
        for (uint32_t table = 0; table < roster->table_count; table++)
            build_table(roster, table, entries);
    }
    brink_group_give(memory, entries, scratch_size);
    return roster->tables != NULL ? brink_ok() : brink_fail(ENOMEM);
}

bool brink_roster_same_tables(const struct brink_roster *a, const struct brink_roster *b)
{
    if (a->count != b->count)
        return false;
    for (size_t i = 0; i < a->count; i++) {
        const struct brink_roster_entry *one = &a->members[i];
        const struct brink_roster_entry *other = &b->members[i];
        if (one->target != other->target || one->weight != other->weight ||
            one->table != other->table)
            return false;
    }
    return true;
}

void brink_roster_close(struct brink_group_memory *memory, struct brink_roster *roster)
{
    brink_group_give(memory, roster->members, roster->room * sizeof *roster->members);
    brink_group_give(memory, roster->candidates, roster->room * sizeof *roster->candidates);
    brink_group_give(memory, roster->tables, roster->table_count * sizeof *roster->tables);
    *roster = (struct brink_roster){0};
}
