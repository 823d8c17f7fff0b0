/* The tables of what is measured; those of what is counted are in fields.c. */
#include "app/admin/fields.h"

#include "brink/figures.h"

#define COUNT(fields) (sizeof(fields) / sizeof(fields)[0])

#define AT(field)  offsetof(struct brink_server_listener_figures, field)
#define NAME(name) "brink_listener_" name
static const struct brink_admin_field listeners[] = {
    {"frames_cut_by_reason", NAME("frames_cut_total"),
     "Frames left unfinished, by the side that sent them and why the connection ended.",
     BRINK_ADMIN_CAUSES, AT(frames_cut)},
    {"bad_frames", NAME("bad_frames_total"),
     "Frames refused, by the side that sent them and what was wrong.", BRINK_ADMIN_ERRORS,
     AT(bad_frames)},
    {"retries", NAME("retries_total"),
     "Connects to another server, as the one before could not be reached.", BRINK_ADMIN_U64,
     AT(retries)},
    {"queue_waits", NAME("queue_waits_total"),
     "Clients that had to wait while all servers were full.", BRINK_ADMIN_U64, AT(waits)},
    {"read_pauses", NAME("read_pauses_total"),
     "Times that a side was not read on, as the other took no more.", BRINK_ADMIN_SIDES,
     AT(pauses)},
    {"read_paused", NAME("read_paused"), "Connections that are not read on for that reason now.",
     BRINK_ADMIN_SIDES, AT(paused)},
    {"read_paused_seconds", NAME("read_paused_seconds_total"), "How long they were, all together.",
     BRINK_ADMIN_SIDES_US, AT(paused_us)},
    {"frame_size_bytes", NAME("frame_size_bytes"),
     "Sizes of frames, as their headers say, header included.", BRINK_ADMIN_SIDES_SIZES,
     AT(frame_bytes)},
    {"frame_duration_seconds", NAME("frame_duration_seconds"),
     "From a frame's first byte to its last, as they were read.", BRINK_ADMIN_SIDES_TIMES,
     AT(frame_us)},
    {"reply_duration_seconds", NAME("reply_duration_seconds"),
     "From a request to its reply, of one request at a time on each connection.", BRINK_ADMIN_TIMES,
     AT(reply_us)},
};
#undef AT
#undef NAME

#define AT(field)  offsetof(struct brink_server_upstream_figures, field)
#define NAME(name) "brink_upstream_" name
static const struct brink_admin_field upstreams[] = {
    {"frames", NAME("frames_total"), "Whole frames received, by the side that sent them.",
     BRINK_ADMIN_SIDES, AT(frames)},
    {"bytes", NAME("bytes_total"), "Bytes received, by the side that sent them.", BRINK_ADMIN_SIDES,
     AT(bytes)},
    {"retries", NAME("retries_total"),
     "Connects to another server, as the one before could not be reached.", BRINK_ADMIN_U64,
     AT(retries)},
    {"queue_waits", NAME("queue_waits_total"),
     "Clients that had to wait while all servers were full.", BRINK_ADMIN_U64, AT(waits)},
    {"reply_duration_seconds", NAME("reply_duration_seconds"),
     "From a request to its reply, of one request at a time on each connection.", BRINK_ADMIN_TIMES,
     AT(reply_us)},
};
#undef AT
#undef NAME

#define AT(field)  offsetof(struct brink_server_worker_figures, field)
#define NAME(name) "brink_worker_" name
#define LOOP       " Where the dispatch is shared: of all workers."
static const struct brink_admin_field workers[] = {
    {"loop", NAME("loop"), "Which event loop it turns: those that share one tell the same of it.",
     BRINK_ADMIN_U64, AT(loop)},
    {"ready", NAME("ready_sources"),
     "Connections and the like that the last turn found ready." LOOP, BRINK_ADMIN_U64, AT(ready)},
    {"ready_max", NAME("ready_sources_max"), "The most that any turn did." LOOP, BRINK_ADMIN_U64,
     AT(ready_max)},
    {"served", NAME("served_total"), "Those that all turns did." LOOP, BRINK_ADMIN_U64, AT(served)},
    {"budget_hits", NAME("budget_hits_total"),
     "Times that a connection had used its share of a turn and had to wait." LOOP, BRINK_ADMIN_U64,
     AT(budget_hits)},
    {"timers_fired", NAME("timers_fired_total"), "Deadlines that were looked at." LOOP,
     BRINK_ADMIN_U64, AT(timers_fired)},
    {"posts", NAME("posts_total"), "Pieces of work from other threads." LOOP, BRINK_ADMIN_U64,
     AT(posts)},
    {"poll_failures", NAME("poll_failures_total"), "Times that the kernel told of no events." LOOP,
     BRINK_ADMIN_U64, AT(poll_failures)},
    {"memory_bytes", NAME("memory_bytes"), "Memory of its arena, pools included." LOOP,
     BRINK_ADMIN_U64, AT(memory_bytes)},
    {"turn_duration_seconds", NAME("turn_duration_seconds"),
     "How long turns took that served 16 connections or more." LOOP, BRINK_ADMIN_TIMES,
     AT(turn_us)},
};
#undef AT
#undef NAME

#define AT(field)  offsetof(struct brink_server_pool_figures, field)
#define NAME(name) "brink_pool_" name
static const struct brink_admin_field pools[] = {
    {"objects", NAME("objects"), "Objects of a pool that are in use." LOOP, BRINK_ADMIN_U64,
     AT(objects)},
    {"bytes", NAME("bytes"), "Memory that a pool holds." LOOP, BRINK_ADMIN_U64, AT(bytes)},
    {"free_bytes", NAME("free_bytes"), "That part of it which is free." LOOP, BRINK_ADMIN_U64,
     AT(free_bytes)},
};
#undef AT
#undef NAME
#undef LOOP

const struct brink_admin_table brink_admin_listener_figures = {listeners, COUNT(listeners)};
const struct brink_admin_table brink_admin_upstream_figures = {upstreams, COUNT(upstreams)};
const struct brink_admin_table brink_admin_worker_figures = {workers, COUNT(workers)};
const struct brink_admin_table brink_admin_pools = {pools, COUNT(pools)};
