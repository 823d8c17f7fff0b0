#include "server/services.h"

#include <errno.h>
#include <string.h>

#include "base/hash.h"
#include "base/message.h"
#include "relay/echo.h"
#include "relay/endpoint.h"
#include "relay/pair.h"
#include "server/options.h"

static const struct brink_service_kind *kind_of(enum brink_server_service service)
{
    switch (service) {
    case BRINK_SERVICE_ECHO:
        return &brink_echo_kind;
    case BRINK_SERVICE_RELAY:
        return &brink_pair_kind;
    case BRINK_SERVICE_FRAMES:
        break;
    }
    return &brink_endpoint_kind;
}

static void set_plain(struct brink_service_options *service,
                      const struct brink_listener_options *listener)
{
    struct brink_watermarks marks =
        brink_watermarks_of(listener->service, listener->high_bytes, listener->low_bytes);
    service->kind = kind_of(listener->service);
    service->spec = listener->spec;
    service->handler = listener->handler;
    service->context = listener->context;
    service->idle_ms = listener->idle_ms;
    service->frame_ms = listener->frame_ms;
    service->first_frame_ms = listener->first_frame_ms;
    service->half_closed_ms = listener->half_closed_ms;
    service->max_age_ms = listener->max_age_ms;
    service->high_bytes = marks.high;
    service->low_bytes = marks.low;
    service->accept_proxy = listener->accept_proxy;
    service->proxy_ms = listener->proxy_ms;
}

/* An empty one stays NULL. */
static brink_result copy_bytes(struct brink_arena *arena, struct brink_bytes *copy,
                               const struct brink_bytes *bytes)
{
    if (bytes->size == 0)
        return brink_ok();
    uint8_t *data = brink_arena_alloc(arena, bytes->size, 1);
    if (data == NULL)
        return brink_fail(ENOMEM);
    memcpy(data, bytes->data, bytes->size);
    *copy = (struct brink_bytes){data, bytes->size};
    return brink_ok();
}

static brink_result copy_name(struct brink_arena *arena, struct brink_service_options *service,
                              const struct brink_listener_options *listener)
{
    struct brink_bytes copy = {NULL, 0};
    struct brink_bytes name = {(const uint8_t *)listener->name, strlen(listener->name) + 1};
    brink_result copied = copy_bytes(arena, &copy, &name);
    service->name = (const char *)copy.data;
    return copied;
}

static void free_bytes(struct brink_arena *arena, const struct brink_bytes *bytes)
{
    brink_arena_release(arena, (void *)(uintptr_t)bytes->data, bytes->size, 1);
}

static brink_result copy_goodbyes(struct brink_arena *arena, struct brink_service_options *service,
                                  const struct brink_listener_options *listener)
{
    brink_result copied = copy_bytes(arena, &service->goodbye_refused, &listener->goodbye_refused);
    if (!brink_failed(copied))
        copied = copy_bytes(arena, &service->goodbye_drained, &listener->goodbye_drained);
    if (!brink_failed(copied))
        copied = copy_bytes(arena, &service->goodbye_oversize, &listener->goodbye_oversize);
    return copied;
}

static brink_result open_lists(struct brink_arena *arena, struct brink_service_options *service,
                               const struct brink_listener_options *listener,
                               struct brink_message *why)
{
    brink_result opened = brink_prefix_list_open(&service->trusted, arena, listener->trusted,
                                                 listener->trusted_count, why);
    if (!brink_failed(opened))
        opened = brink_prefix_list_open(&service->allow, arena, listener->allow,
                                        listener->allow_count, why);
    if (!brink_failed(opened))
        opened = brink_prefix_list_open(&service->deny, arena, listener->deny, listener->deny_count,
                                        why);
    return opened;
}

static uint8_t bits_or(uint8_t bits, uint8_t otherwise)
{
    return bits != 0 ? bits : otherwise;
}

/* How many clients each source has is counted where that has a limit. */
static brink_result open_sources(struct brink_arena *arena, struct brink_service_options *service,
                                 const struct brink_limit_options *limits)
{
    service->max_per_source = limits->max_per_source;
    service->source_bits_v4 = bits_or(limits->source_bits_v4, 32);
    service->source_bits_v6 = bits_or(limits->source_bits_v6, 64);
    if (limits->max_per_source == 0)
        return brink_ok();
    struct brink_siphash_key key = {service->seed, brink_hash_mix(service->seed + 1)};
    struct brink_sources *sources =
        brink_arena_alloc(arena, sizeof *sources, _Alignof(struct brink_sources));
    if (sources == NULL)
        return brink_fail(ENOMEM);
    brink_result made = brink_sources_init(sources, &key);
    if (brink_failed(made))
        brink_arena_release(arena, sources, sizeof *sources, _Alignof(struct brink_sources));
    else
        service->sources = sources;
    return made;
}

/* What all clients together send is counted where that has a limit. */
static brink_result open_rates(struct brink_arena *arena, struct brink_rates *rates,
                               const struct brink_limit_options *limits)
{
    *rates = (struct brink_rates){
        .client_frames = limits->client_frames,
        .client_bytes = limits->client_bytes,
        .over_rate = limits->over_rate,
        .frames = limits->frames,
        .bytes = limits->bytes,
    };
    if (limits->frames.per_second == 0 && limits->bytes.per_second == 0)
        return brink_ok();
    rates->paces = brink_arena_alloc(arena, sizeof *rates->paces, _Alignof(struct brink_paces));
    if (rates->paces == NULL)
        return brink_fail(ENOMEM);
    memset(rates->paces, 0, sizeof *rates->paces);
    return brink_ok();
}

/* NULL is allowed, as in the next. No client may be left. */
void brink_services_free_sources(struct brink_sources *sources, struct brink_arena *arena)
{
    if (sources == NULL)
        return;
    brink_sources_destroy(sources);
    brink_arena_release(arena, sources, sizeof *sources, _Alignof(struct brink_sources));
}

void brink_services_free_paces(struct brink_paces *paces, struct brink_arena *arena)
{
    if (paces != NULL)
        brink_arena_release(arena, paces, sizeof *paces, _Alignof(struct brink_paces));
}

void brink_service_options_close(struct brink_service_options *service, struct brink_arena *arena)
{
    if (service->name != NULL)
        brink_arena_release(arena, (void *)(uintptr_t)service->name, strlen(service->name) + 1, 1);
    brink_prefix_list_close(&service->trusted);
    brink_prefix_list_close(&service->allow);
    brink_prefix_list_close(&service->deny);
    free_bytes(arena, &service->goodbye_refused);
    free_bytes(arena, &service->goodbye_drained);
    free_bytes(arena, &service->goodbye_oversize);
    memset(service, 0, sizeof *service);
}

static void close_service(struct brink_arena *arena, struct brink_service_options *service)
{
    brink_services_free_sources(service->sources, arena);
    brink_services_free_paces(service->rates.paces, arena);
    brink_service_options_close(service, arena);
}

static brink_result open_service(struct brink_arena *arena, struct brink_service_options *service,
                                 const struct brink_listener_options *listener,
                                 struct brink_message *why)
{
    struct brink_message inner = {""};
    set_plain(service, listener);
    service->max_clients = listener->limits.max_clients;
    service->connections = listener->limits.connections;
    brink_result opened = copy_name(arena, service, listener);
    if (!brink_failed(opened))
        opened = open_lists(arena, service, listener, &inner);
    if (!brink_failed(opened))
        opened = copy_goodbyes(arena, service, listener);
    if (!brink_failed(opened))
        opened = open_sources(arena, service, &listener->limits);
    if (!brink_failed(opened))
        opened = open_rates(arena, &service->rates, &listener->limits);
    if (brink_failed(opened))
        (void)brink_message_set(why, "listener %s: %s", listener->name,
                                inner.text[0] != '\0' ? inner.text : strerror(opened.err));
    return opened;
}

static void release(struct brink_services *services)
{
    if (services->all != NULL)
        brink_arena_release(services->arena, services->all, services->count * sizeof *services->all,
                            _Alignof(struct brink_service_options));
    *services = (struct brink_services){0};
}

/* All zero. */
static brink_result reserve(struct brink_services *services)
{
    size_t size = services->count * sizeof *services->all;
    services->all =
        brink_arena_alloc(services->arena, size, _Alignof(struct brink_service_options));
    if (services->all == NULL)
        return brink_fail(ENOMEM);
    memset(services->all, 0, size);
    return brink_ok();
}

brink_result brink_services_open(struct brink_services *services, struct brink_arena *arena,
                                 const struct brink_view *view, const struct brink_groups *groups,
                                 const struct brink_server_options *options, uint64_t seed,
                                 struct brink_message *why)
{
    *services = (struct brink_services){.arena = arena, .count = view->listener_count};
    brink_result opened = reserve(services);
    if (brink_failed(opened)) {
        *services = (struct brink_services){0};
        (void)brink_message_set(why, "no memory for the listeners");
        return opened;
    }
    for (size_t i = 0; i < view->listener_count && !brink_failed(opened); i++) {
        struct brink_service_options *service = &services->all[i];
        const struct brink_listener_options *listener = &view->listeners[i];
        service->log = options->log;
        service->seed = brink_hash_mix(seed + i);
        if (listener->service == BRINK_SERVICE_RELAY)
            service->group = brink_groups_find(groups, listener->upstream);
        if (options->dispatch == BRINK_DISPATCH_SHARED)
            service->arming = BRINK_ARM_ONESHOT;
        opened = open_service(arena, service, listener, why);
    }
    if (brink_failed(opened))
        brink_services_close(services);
    return opened;
}

void brink_services_close(struct brink_services *services)
{
    for (size_t i = 0; i < services->count; i++)
        close_service(services->arena, &services->all[i]);
    release(services);
}

void brink_services_take(struct brink_services *services, size_t index,
                         struct brink_service_options *service)
{
    *service = services->all[index];
    memset(&services->all[index], 0, sizeof services->all[index]);
}
