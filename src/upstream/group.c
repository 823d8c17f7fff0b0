#include <errno.h>
#include <string.h>

#include "upstream/group_inner.h"

/* All or none. */
static int open_locks(struct brink_group *group)
{
    pthread_mutex_t *const locks[] = {&group->memory.lock, &group->changing, &group->lock,
                                      &group->watching};
    for (size_t i = 0; i < sizeof locks / sizeof locks[0]; i++) {
        int err = pthread_mutex_init(locks[i], NULL);
        if (err != 0) {
            while (i > 0)
                (void)pthread_mutex_destroy(locks[--i]);
            return err;
        }
    }
    return 0;
}

static void close_locks(struct brink_group *group)
{
    (void)pthread_mutex_destroy(&group->memory.lock);
    (void)pthread_mutex_destroy(&group->changing);
    (void)pthread_mutex_destroy(&group->lock);
    (void)pthread_mutex_destroy(&group->watching);
}

brink_result brink_group_open_on(struct brink_group **group, struct brink_arena arena,
                                 const struct brink_upstream_options *options,
                                 const struct brink_log *log, uint64_t seed)
{
    struct brink_arena own = arena;
    struct brink_group *made = brink_arena_alloc(&own, sizeof *made, _Alignof(struct brink_group));
    if (made == NULL)
        return brink_fail(ENOMEM);
    memset(made, 0, sizeof *made);
    int err = open_locks(made);
    if (err != 0) {
        brink_arena_release(&own, made, sizeof *made, _Alignof(struct brink_group));
        return brink_fail(err);
    }
    made->memory.arena = own;
    made->log = *log;
    made->seed = seed;
    atomic_init(&made->version, 0);
    atomic_init(&made->return_ms, UINT64_MAX);
    brink_list_init(&made->watchers);
    const struct brink_upstream_options *kept;
    brink_result copied = brink_group_keep_options(made, options, &kept);
    if (brink_failed(copied)) {
        close_locks(made);
        brink_arena_release(&own, made, sizeof *made, _Alignof(struct brink_group));
        return copied;
    }
    atomic_init(&made->options, kept);
    *group = made;
    return brink_ok();
}

brink_result brink_group_open(struct brink_group **group,
                              const struct brink_upstream_options *options,
                              const struct brink_log *log, uint64_t seed)
{
    struct brink_arena arena;
    brink_result opened = brink_arena_open(&arena);
    if (brink_failed(opened))
        return opened;
    opened = brink_group_open_on(group, arena, options, log, seed);
    if (brink_failed(opened))
        brink_arena_close(&arena);
    return opened;
}

void brink_group_close(struct brink_group *group)
{
    if (group == NULL)
        return;
    BRINK_ASSERT(group->connections == 0 && brink_list_empty(&group->watchers));
    for (size_t i = 0; i < group->roster.count; i++) {
        struct brink_target *target = group->roster.members[i].target;
        BRINK_ASSERT(target->references == 1);
        brink_target_give(&group->memory, target);
    }
    for (size_t i = 0; i < BRINK_GROUP_SOURCES; i++)
        brink_list_close(&group->memory, &group->lists[i]);
    brink_roster_close(&group->memory, &group->roster);
    brink_group_free_options(group);
    close_locks(group);
    struct brink_arena arena = group->memory.arena;
    brink_arena_release(&arena, group, sizeof *group, _Alignof(struct brink_group));
    brink_arena_close(&arena);
}

const struct brink_upstream_options *brink_group_options(const struct brink_group *group)
{
    return atomic_load_explicit(&group->options, memory_order_acquire);
}

uint64_t brink_group_version(const struct brink_group *group)
{
    return atomic_load_explicit(&group->version, memory_order_acquire);
}

size_t brink_group_hold(struct brink_group *group, struct brink_target **targets, size_t room)
{
    (void)pthread_mutex_lock(&group->lock);
    size_t count = group->roster.count;
    for (size_t i = 0; i < count && i < room; i++) {
        targets[i] = group->roster.members[i].target;
        targets[i]->references++;
    }
    (void)pthread_mutex_unlock(&group->lock);
    return count;
}

void brink_group_drop(struct brink_group *group, struct brink_target *target)
{
    (void)pthread_mutex_lock(&group->lock);
    BRINK_ASSERT(target->references > 0);
    bool last = --target->references == 0;
    (void)pthread_mutex_unlock(&group->lock);
    if (last)
        brink_target_give(&group->memory, target);
}

void brink_group_figures(struct brink_group *group, struct brink_group_figures *figures)
{
    (void)pthread_mutex_lock(&group->lock);
    *figures = (struct brink_group_figures){
        .servers = (uint32_t)group->roster.count,
        .connections = group->connections,
        .queued = group->queued,
        .connect_failures = group->connect_failures,
        .ejections = group->ejections,
    };
    for (size_t i = 0; i < group->roster.count; i++)
        figures->usable += brink_member_usable(&group->roster.members[i]);
    (void)pthread_mutex_unlock(&group->lock);
}

static struct brink_target_figures figures_of(const struct brink_roster_entry *member)
{
    const struct brink_target *target = member->target;
    struct brink_target_figures figures = {
        .state = brink_target_state_of(target),
        .since_ms = target->since_ms,
        .drained = brink_target_is_drained(target),
        .weight = member->weight,
        .max_connections = member->max_connections,
        .tier = member->tier,
        .connections = target->connections,
        .total_connections = target->total_connections,
        .connect_failures = target->connect_failures,
        .unanswered = target->unanswered,
        .resets = target->resets,
        .ejections = target->ejections,
    };
    brink_target_figures_add(target, &figures);
    return figures;
}

void brink_group_each(struct brink_group *group,
                      void (*visit)(void *context, const struct brink_target *target,
                                    const struct brink_target_figures *figures),
                      void *context)
{
    (void)pthread_mutex_lock(&group->changing); /* no target goes, and no roster */
    for (size_t i = 0; i < group->roster.count; i++) {
        (void)pthread_mutex_lock(&group->lock);
        struct brink_target_figures figures = figures_of(&group->roster.members[i]);
        (void)pthread_mutex_unlock(&group->lock);
        visit(context, group->roster.members[i].target, &figures);
    }
    (void)pthread_mutex_unlock(&group->changing);
}

bool brink_group_check(struct brink_group *group)
{
    bool good = true;
    uint32_t ejected = 0;
    uint64_t connections = 0;
    uint64_t first_ms = UINT64_MAX;
    (void)pthread_mutex_lock(&group->lock);
    for (size_t i = 0; i < group->roster.count; i++) {
        const struct brink_target *target = group->roster.members[i].target;
        enum brink_target_state state = brink_target_state_of(target);
        good = good && target->index == i && state != BRINK_TARGET_GONE &&
               target->references >= 1 + target->connections &&
               target->eject.ejected == (state == BRINK_TARGET_EJECTED);
        ejected += state == BRINK_TARGET_EJECTED;
        connections += target->connections;
        if (state == BRINK_TARGET_EJECTED && target->eject.until_ms < first_ms)
            first_ms = target->eject.until_ms;
    }
    good = good && ejected == group->ejected && connections <= group->connections &&
           first_ms == atomic_load(&group->return_ms);
    (void)pthread_mutex_unlock(&group->lock);
    return good;
}
