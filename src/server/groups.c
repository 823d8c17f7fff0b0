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

static brink_result add_servers(struct brink_group *group,
                                const struct brink_upstream_options *upstream, bool look_up,
                                struct brink_target_entry *entries, uint64_t now_ms,
                                struct brink_message *why)
{
    size_t count = 0;
    struct brink_message inner;
    for (size_t i = 0; i < upstream->server_count; i++) {
        brink_result made = make_entry(&entries[count], &upstream->servers[i], look_up, &inner);
        if (brink_failed(made))
            return say(why, upstream, made, inner.text);
        count += entries[count].address.kind != BRINK_ADDRESS_NONE;
    }
    brink_result added = brink_group_update(group, CONFIGURED, entries, count, now_ms);
    return brink_failed(added) ? say(why, upstream, added, strerror(added.err)) : added;
}

static brink_result open_group(struct brink_groups *groups,
                               const struct brink_upstream_options *upstream, bool look_up,
                               struct brink_arena *arena, const struct brink_log *log,
                               uint64_t seed, uint64_t now_ms, struct brink_message *why)
{
    struct brink_group **group = &groups->all[groups->count];
    brink_result opened =
        brink_group_open(group, upstream, log, brink_hash_mix(seed + groups->count));
    if (brink_failed(opened))
        return say(why, upstream, opened, strerror(opened.err));
    groups->count++;
    size_t size = (upstream->server_count + 1) * sizeof(struct brink_target_entry);
    struct brink_target_entry *entries =
        brink_arena_alloc(arena, size, _Alignof(struct brink_target_entry));
    if (entries == NULL)
        return say(why, upstream, brink_fail(ENOMEM), strerror(ENOMEM));
    opened = add_servers(*group, upstream, look_up, entries, now_ms, why);
    brink_arena_release(arena, entries, size, _Alignof(struct brink_target_entry));
    return opened;
}

brink_result brink_groups_open(struct brink_groups *groups, const struct brink_view *view,
                               struct brink_arena *arena, const struct brink_log *log,
                               uint64_t seed, uint64_t now_ms, struct brink_message *why)
{
    brink_result opened = brink_ok();
    groups->count = 0;
    for (size_t i = 0; i < view->upstream_count && !brink_failed(opened); i++) {
        const struct brink_upstream_options *upstream = &view->upstreams[i];
        opened = open_group(groups, upstream, upstream == &view->upstream, arena, log, seed, now_ms,
                            why);
    }
    if (brink_failed(opened))
        brink_groups_close(groups);
    return opened;
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
