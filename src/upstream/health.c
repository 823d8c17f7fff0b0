#include "upstream/health.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

enum {
    LOOK_MS = 1000,       /* between two looks at who is in the group; or the interval */
    STAGGER_MS = 10,      /* between two first checks; less, if the interval has to do for all */
    RETRY_MS = 1000,      /* after a check that was skipped; or the interval */
    QUIET_MS = 10 * 1000, /* between two lines in the log about that */
};

/* A server of the group, or one that has left it and whose check's connection is being closed. */
struct server {
    struct brink_check check;
    struct brink_link link; /* in health->watched; in no list when it has left */
    struct brink_health *health;
    struct brink_target *target; /* held; NULL when it has left */
    struct brink_timer *due;
    bool overdue; /* the next check is to begin as soon as this one is over */
    bool found;   /* by the look that is under way */
};

static struct server *server_of(struct brink_check *check)
{
    return BRINK_CONTAINER_OF(check, struct server, check);
}

static struct server *server_at(struct brink_link *link)
{
    return BRINK_CONTAINER_OF(link, struct server, link);
}

static const struct brink_health_options *options_of(const struct brink_health *health)
{
    return health->plan.options;
}

static uint32_t at_most_interval(const struct brink_health *health, uint32_t ms)
{
    uint32_t interval_ms = options_of(health)->interval_ms;
    return interval_ms < ms ? interval_ms : ms;
}

/* SplitMix64: G. Steele, D. Lea and C. Flood, "Fast Splittable Pseudorandom Number Generators"
 * (OOPSLA 2014). */
static uint64_t chance(struct brink_health *health)
{
    health->random += UINT64_C(0x9e3779b97f4a7c15);
    uint64_t mixed = health->random;
    mixed = (mixed ^ mixed >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    mixed = (mixed ^ mixed >> 27) * UINT64_C(0x94d049bb133111eb);
    return mixed ^ mixed >> 31;
}

static uint64_t interval_by_chance(struct brink_health *health)
{
    uint64_t interval_ms = options_of(health)->interval_ms;
    uint64_t tenth = interval_ms / 10;
    return interval_ms - tenth + chance(health) % (2 * tenth + 1);
}

/* --- one server's checks --- */

static void begin(struct server *server)
{
    struct brink_health *health = server->health;
    struct brink_loop *loop = health->loop;
    server->overdue = false;
    brink_timer_arm(&loop->wheel, server->due, loop->now_ms + interval_by_chance(health));
    brink_check_begin(&server->check, &server->target->address);
}

static void on_due(void *arg, uint64_t now_ms)
{
    (void)now_ms;
    struct server *server = arg;
    if (brink_check_is_idle(&server->check)) {
        begin(server);
    } else {
        server->overdue = true;
        brink_check_hurry(&server->check);
    }
}

/* Not more often than can be read, but none is dropped silently. */
static void tell_skipped(struct brink_health *health, const char *server, const char *why)
{
    uint64_t now_ms = health->loop->now_ms;
    char upstream[BRINK_LOG_NAME_MAX];
    char name[BRINK_LOG_NAME_MAX];
    char text[BRINK_LOG_TEXT_MAX];
    health->skips_untold++;
    if (now_ms < health->skips_quiet_ms)
        return;
    brink_log_write(
        health->settings.log, BRINK_LOG_WARN,
        "event=check-skipped upstream=%s server=%s reason=%s count=%" PRIu64 " retry_ms=%" PRIu32,
        brink_log_quote(brink_group_options(health->settings.group)->name, upstream,
                        sizeof upstream),
        brink_log_quote(server, name, sizeof name), brink_log_quote(why, text, sizeof text),
        health->skips_untold, at_most_interval(health, RETRY_MS));
    health->skips_untold = 0;
    health->skips_quiet_ms = now_ms + QUIET_MS;
}

static void on_result(struct brink_check *check, enum brink_check_outcome outcome, const char *why)
{
    struct server *server = server_of(check);
    struct brink_health *health = server->health;
    struct brink_loop *loop = health->loop;
    if (outcome == BRINK_CHECK_SKIPPED) {
        tell_skipped(health, server->target->name, why);
        brink_timer_arm(&loop->wheel, server->due,
                        loop->now_ms + at_most_interval(health, RETRY_MS));
        return;
    }
    brink_group_checked(health->settings.group, server->target, outcome == BRINK_CHECK_PASSED, why,
                        loop->now_ms);
}

static void free_server(struct server *server)
{
    struct brink_health *health = server->health;
    brink_check_destroy(&server->check);
    brink_slab_free(&health->servers, server);
    if (health->look == NULL && health->servers.objects == 0)
        brink_slab_destroy(&health->servers); /* it has stopped, and this was the last */
}

static void on_idle(struct brink_check *check)
{
    struct server *server = server_of(check);
    struct brink_loop *loop = server->health->loop;
    if (server->target == NULL)
        free_server(server);
    else if (server->overdue)
        brink_timer_arm(&loop->wheel, server->due, loop->now_ms);
}

/* --- who is in the group --- */

static brink_result make_server(struct brink_health *health, struct brink_target *target,
                                struct server **made)
{
    struct server *server = brink_slab_alloc(&health->servers);
    if (server == NULL)
        return brink_fail(ENOMEM);
    *server = (struct server){.health = health, .target = target, .found = true};
    brink_list_init(&server->link);
    brink_result result = brink_check_init(&server->check, health->loop, &health->plan);
    if (brink_failed(result)) {
        brink_slab_free(&health->servers, server);
        return result;
    }
    server->due = brink_timer_new(&health->loop->wheel, on_due, server);
    if (server->due == NULL) {
        brink_check_destroy(&server->check);
        brink_slab_free(&health->servers, server);
        return brink_fail(ENOMEM);
    }
    *made = server;
    return brink_ok();
}

/* Takes over the hold, or gives it back. */
static bool watch(struct brink_health *health, struct brink_target *target, uint64_t first_ms)
{
    struct server *server = NULL;
    brink_result made = make_server(health, target, &server);
    if (brink_failed(made)) {
        tell_skipped(health, target->name, strerror(made.err));
        brink_group_drop(health->settings.group, target);
        return false;
    }
    brink_list_push_back(&health->watched, &server->link);
    brink_timer_arm(&health->loop->wheel, server->due, first_ms);
    return true;
}

static void forget(struct server *server)
{
    struct brink_health *health = server->health;
    brink_list_remove(&server->link);
    brink_timer_free(&health->loop->wheel, server->due);
    brink_group_drop(health->settings.group, server->target);
    server->target = NULL;
    brink_check_give_up(&server->check);
    if (brink_check_is_idle(&server->check))
        free_server(server);
}

static struct server *watched_of(struct brink_health *health, const struct brink_target *target)
{
    for (struct brink_link *link = health->watched.next; link != &health->watched;
         link = link->next)
        if (server_at(link)->target == target)
            return server_at(link);
    return NULL;
}

static void watch_new(struct brink_health *health, struct brink_target *const *found, size_t count)
{
    uint32_t step_ms = options_of(health)->interval_ms / (uint32_t)(count + 1);
    uint64_t first_ms = health->loop->now_ms;
    step_ms = step_ms < STAGGER_MS ? step_ms : STAGGER_MS;
    for (size_t i = 0; i < count; i++) {
        struct server *server = watched_of(health, found[i]);
        if (server != NULL) {
            server->found = true;
            brink_group_drop(health->settings.group, found[i]); /* one hold is enough */
            continue;
        }
        health->complete &= watch(health, found[i], first_ms);
        first_ms += step_ms;
    }
}

static void forget_gone(struct brink_health *health)
{
    struct brink_link *next = NULL;
    for (struct brink_link *link = health->watched.next; link != &health->watched; link = next) {
        next = link->next;
        if (!server_at(link)->found)
            forget(server_at(link));
        else
            server_at(link)->found = false;
    }
}

/* The version is read first: what changes meanwhile is seen by the next look. */
static void look_anew(struct brink_health *health, uint64_t version)
{
    struct brink_target *found[BRINK_UPSTREAM_SERVERS_MAX];
    size_t count = brink_group_hold(health->settings.group, found, BRINK_UPSTREAM_SERVERS_MAX);
    health->version = version;
    health->complete = true;
    watch_new(health, found,
              count < BRINK_UPSTREAM_SERVERS_MAX ? count : BRINK_UPSTREAM_SERVERS_MAX);
    forget_gone(health);
}

static void on_look(void *arg, uint64_t now_ms)
{
    struct brink_health *health = arg;
    uint64_t version = brink_group_version(health->settings.group);
    if (version != health->version || !health->complete)
        look_anew(health, version);
    brink_timer_arm(&health->loop->wheel, health->look, now_ms + at_most_interval(health, LOOK_MS));
}

/* --- from outside --- */

brink_result brink_health_prepare(struct brink_health *health, struct brink_loop *loop,
                                  const struct brink_health_settings *settings)
{
    const struct brink_health_options *options = settings->options;
    if (options == NULL)
        options = &brink_group_options(settings->group)->health;
    if (options->interval_ms == 0)
        return brink_fail(EINVAL);
    *health = (struct brink_health){
        .settings = *settings,
        .loop = loop,
        .plan = {.options = options,
                 .spec = settings->spec,
                 .greeting = settings->greeting,
                 .greeting_size = settings->greeting_size,
                 .on_result = on_result,
                 .on_idle = on_idle},
        .random = settings->seed,
    };
    health->look = brink_timer_new(&loop->wheel, on_look, health);
    if (health->look == NULL)
        return brink_fail(ENOMEM);
    brink_slab_init(&health->servers, loop->arena, "checked servers", sizeof(struct server));
    brink_list_init(&health->watched);
    return brink_ok();
}

void brink_health_begin(struct brink_health *health)
{
    brink_timer_arm(&health->loop->wheel, health->look, health->loop->now_ms);
}

brink_result brink_health_start(struct brink_health *health, struct brink_loop *loop,
                                const struct brink_health_settings *settings)
{
    brink_result prepared = brink_health_prepare(health, loop, settings);
    if (!brink_failed(prepared))
        brink_health_begin(health);
    return prepared;
}

void brink_health_stop(struct brink_health *health)
{
    brink_timer_free(&health->loop->wheel, health->look);
    health->look = NULL;
    bool none = health->servers.objects == 0;
    while (!brink_list_empty(&health->watched))
        forget(server_at(health->watched.next));
    if (none)
        brink_slab_destroy(&health->servers);
}
