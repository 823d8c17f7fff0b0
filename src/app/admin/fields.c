#include "app/admin/fields.h"

#include "brink/server.h"

#define COUNT(fields) (sizeof(fields) / sizeof(fields)[0])

#define AT(field) offsetof(struct brink_server_stats, field)
static const struct brink_admin_field totals[] = {
    {"clients", "brink_clients", "Clients now.", BRINK_ADMIN_U64, AT(clients)},
    {"max_clients", "brink_max_clients", "Clients that are let in at most.", BRINK_ADMIN_U32,
     AT(max_clients)},
    {"workers", "brink_workers", "Worker threads.", BRINK_ADMIN_U32, AT(workers)},
    {"stopping", "brink_stopping", "1 once a stop was asked for.", BRINK_ADMIN_BOOL, AT(stopping)},
    {"buffered_bytes", "brink_buffered_bytes", "Memory that queued bytes take now.",
     BRINK_ADMIN_U64, AT(buffered)},
    {"buffer_memory_bytes", "brink_buffer_memory_bytes", "Memory that queued bytes may take.",
     BRINK_ADMIN_U64, AT(buffer_memory)},
    {"memory_scarce", "brink_memory_scarce_total",
     "Times that a worker's share of the memory for queued bytes was spent.", BRINK_ADMIN_U64,
     AT(memory_scarce)},
};
#undef AT

#define AT(field)  offsetof(struct brink_server_listener_stats, field)
#define NAME(name) "brink_listener_" name
static const struct brink_admin_field listeners[] = {
    {"clients", NAME("clients"), "Clients now.", BRINK_ADMIN_U64, AT(clients)},
    {"drained", NAME("drained"), "1 while it accepts none, for an operator.", BRINK_ADMIN_BOOL,
     AT(drained)},
    {"accepted", NAME("accepted_total"), "Clients that came.", BRINK_ADMIN_U64, AT(accepted)},
    {"refused", NAME("refused_total"), "Clients closed at once for want of descriptors or memory.",
     BRINK_ADMIN_U64, AT(refused)},
    {"denied", NAME("denied_total"),
     "Clients closed by lists of who may connect, or by the limit of their source.",
     BRINK_ADMIN_U64, AT(denied)},
    {"source_limited", NAME("source_limited_total"),
     "Of the denied: those of whose source there were too many.", BRINK_ADMIN_U64,
     AT(source_limited)},
    {"accept_pauses", NAME("accept_pauses_total"),
     "Times that accepting paused: a limit was reached, or there were no descriptors.",
     BRINK_ADMIN_U64, AT(accept_pauses)},
    {"rate_pauses", NAME("rate_pauses_total"), "Of these: for the rate of new clients.",
     BRINK_ADMIN_U64, AT(rate_pauses)},
    {"closed", NAME("closed_total"), "Connections that ended, by reason.", BRINK_ADMIN_REASONS,
     AT(closed)},
    {"frames", NAME("frames_total"), "Whole frames received, by the side that sent them.",
     BRINK_ADMIN_SIDES, AT(frames)},
    {"bytes", NAME("bytes_total"), "Bytes received, by the side that sent them.", BRINK_ADMIN_SIDES,
     AT(bytes)},
    {"frames_cut", NULL, "Frames left unfinished, by the side that sent them.", BRINK_ADMIN_SIDES,
     AT(frames_cut)},
    {"probes", NAME("probes_total"), "Clients that came and left without a byte either way.",
     BRINK_ADMIN_U64, AT(probes)},
    {"rehomed", NAME("rehomed_total"),
     "Times that a client was given another server between frames.", BRINK_ADMIN_U64, AT(rehomed)},
    {"handed_over", NAME("handed_over_total"),
     "Clients that another process goes on with: of the closed.", BRINK_ADMIN_U64, AT(handed_over)},
    {"taken_over", NAME("taken_over_total"),
     "Clients that came from another process, which are not among the accepted.", BRINK_ADMIN_U64,
     AT(taken_over)},
    {"slowed", NAME("slowed_total"), "Times that a client over a rate had to wait.",
     BRINK_ADMIN_U64, AT(slowed)},
    {"drain_cut", NAME("drain_cut_total"), "Connections that the drain timeout ended.",
     BRINK_ADMIN_U64, AT(drain_cut)},
};
#undef AT
#undef NAME

#define AT(field)  offsetof(struct brink_server_upstream_stats, field)
#define NAME(name) "brink_upstream_" name
static const struct brink_admin_field upstreams[] = {
    {"server_count", NAME("servers"), "Servers now.", BRINK_ADMIN_U32, AT(servers)},
    {"usable", NAME("usable_servers"), "Servers that are up and have a weight.", BRINK_ADMIN_U32,
     AT(usable)},
    {"connections", NAME("connections"), "Connections to servers now.", BRINK_ADMIN_U32,
     AT(connections)},
    {"queued", NAME("queued_clients"), "Clients that wait while all servers are full.",
     BRINK_ADMIN_U32, AT(queued)},
    {"connect_failures", NAME("connect_failures_total"), "Connects that failed.", BRINK_ADMIN_U64,
     AT(connect_failures)},
    {"ejections", NAME("ejections_total"), "Times that a server was ejected.", BRINK_ADMIN_U64,
     AT(ejections)},
};
#undef AT
#undef NAME

#define AT(field)  offsetof(struct brink_upstream_server_stats, field)
#define NAME(name) "brink_server_" name
static const struct brink_admin_field servers[] = {
    {"state", NAME("state"), "1 for the state that the server is in.", BRINK_ADMIN_STATE,
     AT(state)},
    {"state_seconds", NAME("state_seconds"), "For how long it has been in that state.",
     BRINK_ADMIN_MS, AT(state_ms)},
    {"weight", NAME("weight"), "Its share of new connections; 0: none.", BRINK_ADMIN_U32,
     AT(weight)},
    {"tier", NAME("tier"), "0 first; the next only while none of those before is usable.",
     BRINK_ADMIN_U32, AT(tier)},
    {"max_connections", NAME("max_connections"), "Connections that it gets at most; 0: no limit.",
     BRINK_ADMIN_U32, AT(max_connections)},
    {"connections", NAME("connections"), "Connections now.", BRINK_ADMIN_U32, AT(connections)},
    {"total_connections", NAME("connections_opened_total"), "Connections begun.", BRINK_ADMIN_U64,
     AT(total_connections)},
    {"connect_failures", NAME("connect_failures_total"), "Connects that failed.", BRINK_ADMIN_U64,
     AT(connect_failures)},
    {"unanswered", NAME("unanswered_total"), "Requests without any reply in time.", BRINK_ADMIN_U64,
     AT(unanswered)},
    {"resets", NAME("resets_total"), "Connections that it reset.", BRINK_ADMIN_U64, AT(resets)},
    {"ejections", NAME("ejections_total"), "Times that it was ejected.", BRINK_ADMIN_U64,
     AT(ejections)},
    {"frames", NAME("frames_total"),
     "Whole frames on connections to it, by the side that sent them.", BRINK_ADMIN_SIDES,
     AT(frames)},
    {"bytes", NAME("bytes_total"), "Bytes on connections to it, by the side that sent them.",
     BRINK_ADMIN_SIDES, AT(bytes)},
    {"replies_timed", NAME("replies_timed_total"), "Replies whose time was measured.",
     BRINK_ADMIN_U64, AT(replies)},
    {"reply_seconds", NAME("reply_seconds_total"), "The time from their requests, all together.",
     BRINK_ADMIN_US, AT(reply_us)},
};
#undef AT
#undef NAME

#define AT(field)  offsetof(struct brink_server_worker_stats, field)
#define NAME(name) "brink_worker_" name
#define LOOP       " Where the dispatch is shared: of all workers."
static const struct brink_admin_field workers[] = {
    {"cpu_seconds", NAME("cpu_seconds_total"), "Processor time of the thread.", BRINK_ADMIN_NS,
     AT(cpu_ns)},
    {"clients", NAME("clients"), "Clients now." LOOP, BRINK_ADMIN_U64, AT(clients)},
    {"frames", NAME("frames_total"), "Frames received, of both sides." LOOP, BRINK_ADMIN_U64,
     AT(frames)},
    {"turns", NAME("turns_total"), "Turns of the event loop." LOOP, BRINK_ADMIN_U64, AT(turns)},
    {"events", NAME("events_total"), "Events of the kernel." LOOP, BRINK_ADMIN_U64, AT(events)},
    {"stale_events", NAME("stale_events_total"), "Events for connections that had gone." LOOP,
     BRINK_ADMIN_U64, AT(stale_events)},
    {"long_turns", NAME("long_turns_total"), "Turns of 10 ms or more: others waited so long." LOOP,
     BRINK_ADMIN_U64, AT(long_turns)},
    {"longest_turn_seconds", NAME("longest_turn_seconds"), "The longest turn of all." LOOP,
     BRINK_ADMIN_MS, AT(longest_turn_ms)},
    {"buffered_bytes", NAME("buffered_bytes"), "Memory that queued bytes take now." LOOP,
     BRINK_ADMIN_U64, AT(buffered)},
};
#undef AT
#undef NAME
#undef LOOP

const struct brink_admin_table brink_admin_totals = {totals, COUNT(totals)};
const struct brink_admin_table brink_admin_listeners = {listeners, COUNT(listeners)};
const struct brink_admin_table brink_admin_upstreams = {upstreams, COUNT(upstreams)};
const struct brink_admin_table brink_admin_servers = {servers, COUNT(servers)};
const struct brink_admin_table brink_admin_workers = {workers, COUNT(workers)};
