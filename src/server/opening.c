#include "server/opening.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/message.h"
#include "net/bind.h"

static size_t size_of(size_t text_size)
{
    return sizeof(struct brink_opening) + text_size;
}

static brink_result bind_all(struct brink_opening *opening, const struct brink_sys *sys,
                             uint32_t worker_count, struct brink_message *why)
{
    struct brink_address address;
    brink_result result =
        brink_address_parse(&address, opening->text, BRINK_ADDRESS_TO_LISTEN, why);
    if (!brink_failed(result))
        result = brink_bind(sys, &address, opening->fds, worker_count, &opening->bound, why);
    return result;
}

static brink_result inherit_all(struct brink_opening *opening, struct brink_inherited *inherited,
                                const char *listener, const struct brink_address *address,
                                struct brink_message *why)
{
    struct brink_inherited_origin origin;
    (void)snprintf(origin.listener, sizeof origin.listener, "%s", listener);
    (void)snprintf(origin.wanted, sizeof origin.wanted, "%s", opening->text);
    brink_result result = brink_inherited_bind(inherited, address, &origin, opening->fds,
                                               opening->count, &opening->bound, why);
    while (!brink_failed(result) && opening->count < BRINK_WORKERS_MAX) {
        int more = brink_inherited_more(inherited, &opening->bound);
        if (more < 0)
            break;
        opening->fds[opening->count++] = more;
    }
    return result;
}

static void forget_fds(struct brink_opening *opening, uint32_t from)
{
    for (uint32_t i = from; i < BRINK_WORKERS_MAX; i++)
        opening->fds[i] = -1;
}

static struct brink_opening *new_opening(struct brink_arena *arena, const char *text,
                                         uint32_t worker_count, brink_result *result,
                                         struct brink_message *why)
{
    size_t text_size = strlen(text) + 1;
    struct brink_opening *opening =
        brink_arena_alloc(arena, size_of(text_size), _Alignof(struct brink_opening));
    if (opening == NULL) {
        *result = brink_fail(ENOMEM);
        (void)brink_message_set(why, "no memory for the addresses");
        return NULL;
    }
    memset(opening, 0, size_of(text_size));
    opening->text_size = text_size;
    opening->count = worker_count;
    memcpy(opening->text, text, text_size);
    return opening;
}

static struct brink_opening *opened(struct brink_opening *opening, struct brink_arena *arena,
                                    const struct brink_sys *sys, brink_result result)
{
    forget_fds(opening, brink_failed(result) ? 0 : opening->count);
    if (!brink_failed(result))
        return opening;
    brink_opening_free(opening, arena, sys);
    return NULL;
}

struct brink_opening *brink_opening_open(struct brink_arena *arena, const struct brink_sys *sys,
                                         const char *text, uint32_t worker_count,
                                         brink_result *result, struct brink_message *why)
{
    struct brink_opening *opening = new_opening(arena, text, worker_count, result, why);
    if (opening == NULL)
        return NULL;
    *result = bind_all(opening, sys, worker_count, why);
    return opened(opening, arena, sys, *result);
}

struct brink_opening *brink_opening_inherit(struct brink_arena *arena,
                                            struct brink_inherited *inherited, const char *listener,
                                            const struct brink_address *address, const char *text,
                                            uint32_t worker_count, brink_result *result,
                                            struct brink_message *why)
{
    struct brink_opening *opening = new_opening(arena, text, worker_count, result, why);
    if (opening == NULL)
        return NULL;
    opening->lent = true;
    *result = inherit_all(opening, inherited, listener, address, why);
    return opened(opening, arena, inherited->sys, *result);
}

void brink_opening_unbind(const struct brink_opening *opening, const struct brink_sys *sys)
{
    if (!opening->lent)
        brink_unbind(sys, &opening->bound);
}

void brink_opening_free(struct brink_opening *opening, struct brink_arena *arena,
                        const struct brink_sys *sys)
{
    for (uint32_t i = 0; i < BRINK_WORKERS_MAX; i++)
        if (opening->fds[i] >= 0)
            (void)sys->ops->close(sys->context, opening->fds[i]);
    brink_arena_release(arena, opening, size_of(opening->text_size),
                        _Alignof(struct brink_opening));
}

bool brink_opening_is_at(const struct brink_opening *opening, const char *text)
{
    return strcmp(opening->text, text) == 0;
}

bool brink_opening_is_the_same(const struct brink_opening *opening,
                               const struct brink_address *address)
{
    char text[BRINK_ADDRESS_TEXT_MAX];
    char other[BRINK_ADDRESS_TEXT_MAX];
    return strcmp(brink_address_format(&opening->bound, text, sizeof text),
                  brink_address_format(address, other, sizeof other)) == 0;
}

static void count_all(const struct brink_opening *opening,
                      struct brink_server_listener_stats *stats)
{
    for (uint32_t i = 0; i < BRINK_WORKERS_MAX; i++) {
        const struct brink_entrance *entrance = opening->entrances[i];
        if (entrance == NULL)
            continue;
        stats->accept_pauses += brink_counter_read(&entrance->listener.pauses);
        stats->rate_pauses += brink_counter_read(&entrance->rate_pauses);
    }
}

void brink_opening_count(const struct brink_opening *opening,
                         struct brink_server_listener_stats *stats)
{
    count_all(opening, stats);
    stats->accept_pauses -= opening->counted.accept_pauses;
    stats->rate_pauses -= opening->counted.rate_pauses;
}

void brink_opening_settle(struct brink_opening *opening)
{
    struct brink_server_listener_stats now = {0};
    count_all(opening, &now);
    opening->front->past.accept_pauses += now.accept_pauses - opening->counted.accept_pauses;
    opening->front->past.rate_pauses += now.rate_pauses - opening->counted.rate_pauses;
    opening->counted = now;
}
