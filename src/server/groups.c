#include "server/groups.h"

#include <errno.h>
#include <string.h>

#include "base/hash.h"
#include "base/message.h"

enum { CONFIGURED = 0, BACKUP_TIER = 1 };

static brink_result say(struct brink_message *why, const struct brink_upstream_options *upstream,
                        brink_result failed, const char *text)
{
    (void)brink_message_set(why, "upstream %s: %s", upstream->name, text);
    return failed;
}

/* Sets `entry`, or leaves its address of no kind where that is a name's to tell. */
static brink_result make_entry(struct brink_target_entry *entry,
                               const struct brink_upstream_server *server, bool look_up,
                               struct brink_message *why)
{
    char name[BRINK_HOST_MAX];
    *entry = (struct brink_target_entry){
        .name = server->name,
        .weight = server->weight,
        .max_connections = server->max_connections,
        .tier = server->backup ? BACKUP_TIER : 0,
    };
    if (look_up)
        return brink_address_parse(&entry->address, server->address, BRINK_ADDRESS_TO_CONNECT, why);
    brink_result read =
        brink_address_read(&entry->address, server->address, BRINK_ADDRESS_TO_CONNECT, name, why);
    if (!brink_failed(read) && name[0] != '\0')
        entry->address.kind = BRINK_ADDRESS_NONE;
    return read;
}

/* Reads the servers whose addresses are there; the names are left out. */
static brink_result read_servers(const struct brink_upstream_options *upstream, bool look_up,
                                 struct brink_target_entry *entries, size_t *count,
                                 struct brink_message *why)
{
    struct brink_message inner;
    *count = 0;
    for (size_t i = 0; i < upstream->server_count; i++) {
        brink_result made = make_entry(&entries[*count], &upstream->servers[i], look_up, &inner);
        if (brink_failed(made))
            return say(why, upstream, made, inner.text);
        *count += entries[*count].address.kind != BRINK_ADDRESS_NONE;
    }
    return brink_ok();
}

static size_t entries_size(const struct brink_upstream_options *upstream)
{
    return (upstream->server_count + 1) * sizeof(struct brink_target_entry);
}

static struct brink_target_entry *new_entries(struct brink_arena *arena,
                                              const struct brink_upstream_options *upstream)
{
    return brink_arena_alloc(arena, entries_size(upstream), _Alignof(struct brink_target_entry));
}

static void free_entries(struct brink_arena *arena, const struct brink_upstream_options *upstream,
                         struct brink_target_entry *entries)
{
    brink_arena_release(arena, entries, entries_size(upstream),
                        _Alignof(struct brink_target_entry));
}

static brink_result add_servers(struct brink_group *group,
                                const struct brink_upstream_options *upstream, bool look_up,
                                struct brink_arena *arena, uint64_t now_ms,
                                struct brink_message *why)
{
    size_t count;
    struct brink_target_entry *entries = new_entries(arena, upstream);
    if (entries == NULL)
        return say(why, upstream, brink_fail(ENOMEM), strerror(ENOMEM));
    brink_result added = read_servers(upstream, look_up, entries, &count, why);
    if (!brink_failed(added)) {
        added = brink_group_update(group, CONFIGURED, entries, count, now_ms);
        if (brink_failed(added))
            (void)say(why, upstream, added, strerror(added.err));
    }
    free_entries(arena, upstream, entries);
    return added;
}

/* How groups are opened. */
struct opening {
    struct brink_groups *groups;
    struct brink_arena *arena;
    const struct brink_log *log;
    uint64_t seed;
    uint64_t now_ms;
    bool look_up;
    struct brink_message *why;
};

static brink_result open_group(const struct opening *opening,
                               const struct brink_upstream_options *upstream)
{
    struct brink_groups *groups = opening->groups;
    size_t index = groups->count;
    brink_result opened = brink_group_open(&groups->all[index], upstream, opening->log,
                                           brink_hash_mix(opening->seed + index));
    if (brink_failed(opened))
        return say(opening->why, upstream, opened, strerror(opened.err));
    groups->count++;
    groups->is_new[index] = true;
    groups->options[index] = brink_group_options(groups->all[index]);
    return add_servers(groups->all[index], upstream, opening->look_up, opening->arena,
                       opening->now_ms, opening->why);
}

static brink_result keep_group(const struct opening *opening, struct brink_group *group,
                               const struct brink_upstream_options *upstream)
{
    struct brink_groups *groups = opening->groups;
    size_t index = groups->count;
    brink_result kept = brink_group_keep_options(group, upstream, &groups->options[index]);
    if (brink_failed(kept))
        return say(opening->why, upstream, kept, strerror(kept.err));
    groups->all[index] = group;
    groups->is_new[index] = false;
    groups->count++;
    return kept;
}

static struct brink_group *find_none(void *context, const char *name)
{
    (void)context;
    (void)name;
    return NULL;
}

static brink_result open_all(const struct opening *opening, const struct brink_view *view,
                             struct brink_group *(*find)(void *context, const char *name),
                             void *context)
{
    brink_result opened = brink_ok();
    opening->groups->count = 0;
    for (size_t i = 0; i < view->upstream_count && !brink_failed(opened); i++) {
        const struct brink_upstream_options *upstream = &view->upstreams[i];
        struct brink_group *group = find(context, upstream->name);
        opened =
            group == NULL ? open_group(opening, upstream) : keep_group(opening, group, upstream);
    }
    if (brink_failed(opened))
        brink_groups_drop(opening->groups);
    return opened;
}

brink_result brink_groups_renew(struct brink_groups *groups, const struct brink_view *view,
                                struct brink_arena *arena, const struct brink_log *log,
                                uint64_t seed, uint64_t now_ms,
                                struct brink_group *(*find)(void *context, const char *name),
                                void *context, struct brink_message *why)
{
    struct opening opening = {groups, arena, log, seed, now_ms, false, why};
    return open_all(&opening, view, find, context);
}

brink_result brink_groups_open(struct brink_groups *groups, const struct brink_view *view,
                               struct brink_arena *arena, const struct brink_log *log,
                               uint64_t seed, uint64_t now_ms, struct brink_message *why)
{
    bool plain = view->upstreams == &view->upstream;
    struct opening opening = {groups, arena, log, seed, now_ms, plain, why};
    return open_all(&opening, view, find_none, NULL);
}

void brink_groups_drop(struct brink_groups *groups)
{
    for (size_t i = 0; i < groups->count; i++)
        if (groups->is_new[i])
            brink_group_close(groups->all[i]);
    groups->count = 0;
}

static const struct brink_upstream_options no_servers;

brink_result brink_groups_prepare(struct brink_group_change *change, struct brink_group *group,
                                  const struct brink_upstream_options *options,
                                  const struct brink_upstream_options *upstream, unsigned silent,
                                  struct brink_arena *arena, uint64_t now_ms,
                                  struct brink_message *why)
{
    size_t count;
    const struct brink_upstream_options *from = upstream != NULL ? upstream : &no_servers;
    struct brink_target_entry *entries = new_entries(arena, from);
    if (entries == NULL)
        return say(why, options, brink_fail(ENOMEM), strerror(ENOMEM));
    brink_result read = read_servers(from, false, entries, &count, why);
    if (!brink_failed(read)) {
        brink_group_change_begin(change, group, options, now_ms);
        read = brink_group_change_list(change, CONFIGURED, entries, count);
        for (unsigned i = 1; i < BRINK_GROUP_SOURCES && !brink_failed(read); i++)
            if (upstream == NULL || (silent & 1U << i) != 0)
                read = brink_group_change_list(change, i, NULL, 0);
        if (!brink_failed(read))
            read = brink_group_change_ready(change);
        if (brink_failed(read)) {
            brink_group_change_undo(change);
            (void)say(why, options, read, strerror(read.err));
        }
    }
    free_entries(arena, from, entries);
    return read;
}

void brink_groups_close(struct brink_groups *groups)
{
    for (size_t i = 0; i < groups->count; i++)
        brink_group_close(groups->all[i]);
    groups->count = 0;
}

struct brink_group *brink_groups_find(const struct brink_groups *groups, const char *name)
{
    for (size_t i = 0; i < groups->count && name != NULL; i++)
        if (strcmp(brink_group_options(groups->all[i])->name, name) == 0)
            return groups->all[i];
    return NULL;
}
