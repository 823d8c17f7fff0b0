#include "server/front.h"

#include <string.h>

struct brink_front *brink_front_open(struct brink_arena *arena, const char *name)
{
    struct brink_front *front =
        brink_arena_alloc(arena, sizeof *front, _Alignof(struct brink_front));
    if (front == NULL)
        return NULL;
    memset(front, 0, sizeof *front);
    front->name = name;
    front->service = "";
    brink_gate_limit(&front->gate, 0);
    brink_list_init(&front->link);
    brink_list_init(&front->editions);
    return front;
}

void brink_front_free(struct brink_front *front, struct brink_arena *arena)
{
    BRINK_ASSERT(brink_list_empty(&front->editions));
    brink_list_remove(&front->link);
    brink_services_free_sources(front->sources, arena);
    brink_services_free_paces(front->paces, arena);
    brink_arena_release(arena, front, sizeof *front, _Alignof(struct brink_front));
}

struct brink_edition *brink_edition_open(struct brink_front *front, struct brink_arena *arena,
                                         struct brink_services *services, size_t index)
{
    struct brink_edition *edition =
        brink_arena_alloc(arena, sizeof *edition, _Alignof(struct brink_edition));
    if (edition == NULL)
        return NULL;
    memset(edition, 0, sizeof *edition);
    edition->front = front;
    brink_list_init(&edition->link);
    brink_services_take(services, index, &edition->options);
    return edition;
}

void brink_edition_enter(struct brink_edition *edition)
{
    brink_list_push_back(&edition->front->editions, &edition->link);
}

/* What it counts by is the front's, or becomes that. */
static void hand_over(struct brink_edition *edition, struct brink_arena *arena)
{
    struct brink_front *front = edition->front;
    struct brink_service_options *options = &edition->options;
    if (front->sources == NULL)
        front->sources = options->sources;
    else if (options->sources != NULL)
        brink_services_free_sources(options->sources, arena);
    if (options->sources != NULL)
        options->sources = front->sources;
    if (front->paces == NULL)
        front->paces = options->rates.paces;
    else if (options->rates.paces != NULL)
        brink_services_free_paces(options->rates.paces, arena);
    if (options->rates.paces != NULL)
        options->rates.paces = front->paces;
}

void brink_edition_enforce(struct brink_edition *edition, struct brink_arena *arena)
{
    struct brink_front *front = edition->front;
    brink_edition_enter(edition);
    hand_over(edition, arena);
    brink_gate_limit(&front->gate, edition->options.max_clients);
    front->service = edition->options.kind->name;
    front->present = edition;
}

void brink_edition_free(struct brink_edition *edition, struct brink_arena *arena)
{
    const struct brink_front *front = edition->front;
    struct brink_service_options *options = &edition->options;
    if (options->sources != front->sources) /* it was never in force */
        brink_services_free_sources(options->sources, arena);
    if (options->rates.paces != front->paces)
        brink_services_free_paces(options->rates.paces, arena);
    brink_service_options_close(options, arena);
    brink_list_remove(&edition->link);
    brink_arena_release(arena, edition, sizeof *edition, _Alignof(struct brink_edition));
}

void brink_service_count(const struct brink_service_stats *service,
                         struct brink_server_listener_stats *stats)
{
    stats->accepted += brink_counter_read(&service->accepted);
    stats->clients += brink_counter_read(&service->sessions);
    stats->refused += brink_counter_read(&service->refused);
    stats->drain_cut += brink_counter_read(&service->drain_cut);
    stats->denied += brink_counter_read(&service->denied);
    stats->source_limited += brink_counter_read(&service->source_limited);
    stats->probes += brink_counter_read(&service->probes);
    stats->rehomed += brink_counter_read(&service->rehomed);
    stats->slowed += brink_counter_read(&service->slowed);
    stats->handed_over += brink_counter_read(&service->closed[BRINK_REASON_HANDED_OVER]);
    stats->taken_over += brink_counter_read(&service->taken_over);
    for (size_t i = 0; i < BRINK_REASON_COUNT; i++)
        stats->closed[i] += brink_counter_read(&service->closed[i]);
    for (size_t side = 0; side < 2; side++) {
        stats->frames[side] += brink_counter_read(&service->frames[side]);
        stats->bytes[side] += brink_counter_read(&service->bytes[side]);
        stats->frames_cut[side] += brink_counter_read(&service->frames_cut[side]);
    }
}

void brink_edition_count(const struct brink_edition *edition,
                         struct brink_server_listener_stats *stats)
{
    for (size_t i = 0; i < BRINK_WORKERS_MAX; i++)
        if (edition->branches[i] != NULL)
            brink_service_count(&edition->branches[i]->service.stats, stats);
}

void brink_stats_add(struct brink_server_listener_stats *sum,
                     const struct brink_server_listener_stats *stats)
{
    sum->accepted += stats->accepted;
    sum->clients += stats->clients;
    sum->refused += stats->refused;
    sum->drain_cut += stats->drain_cut;
    sum->denied += stats->denied;
    sum->source_limited += stats->source_limited;
    sum->probes += stats->probes;
    sum->rehomed += stats->rehomed;
    sum->slowed += stats->slowed;
    sum->accept_pauses += stats->accept_pauses;
    sum->rate_pauses += stats->rate_pauses;
    sum->handed_over += stats->handed_over;
    sum->taken_over += stats->taken_over;
    for (size_t i = 0; i < BRINK_REASON_COUNT; i++)
        sum->closed[i] += stats->closed[i];
    for (size_t side = 0; side < 2; side++) {
        sum->frames[side] += stats->frames[side];
        sum->bytes[side] += stats->bytes[side];
        sum->frames_cut[side] += stats->frames_cut[side];
    }
}
