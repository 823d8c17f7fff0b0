/* Actions of an operator that note what they are asked for, and fail as they are told. */
#ifndef BRINK_TESTS_ACTIONS_H
#define BRINK_TESTS_ACTIONS_H

#include <stdio.h>
#include <string.h>

#include "app/admin/actions.h"
#include "base/message.h"

/* One for the whole test program, as the functions of brink/operate.h have no context. */
static struct noted {
    char text[256]; /* the last call, as "drain-listener front policy=1 timeout=5" */
    char told[64];
    brink_result result; /* what the next call returns */
    size_t clients;
} noted;

static inline brink_result note(struct brink_message *why)
{
    if (brink_failed(noted.result))
        (void)brink_message_set(why, "it was told to fail");
    return noted.result;
}

static inline void note_drain(const char *what, const struct brink_drain_options *options)
{
    (void)snprintf(noted.text, sizeof noted.text, "drain %s policy=%d timeout=%u spread=%u", what,
                   (int)options->policy, options->timeout_ms, options->spread_ms);
}

static inline brink_result
noted_each_client(struct brink_server *server, const char *listener, size_t most, size_t *count,
                  void (*visit)(void *context, const struct brink_client_info *info), void *context)
{
    (void)server;
    (void)snprintf(noted.text, sizeof noted.text, "each-client %s %zu",
                   listener != NULL ? listener : "-", most);
    *count = noted.clients;
    for (size_t i = 0; i < noted.clients && i < most; i++) {
        struct brink_client_info info = {.id = {0xab0 + i},
                                         .listener = "front",
                                         .peer = "192.0.2.7:4711",
                                         .upstream = i == 0 ? "pair" : NULL,
                                         .server = i == 0 ? "\"one\"" : NULL,
                                         .server_address = i == 0 ? "127.0.0.1:1" : NULL,
                                         .state = i == 0 ? BRINK_CLIENT_OPEN : BRINK_CLIENT_LEAVING,
                                         .worker = 3,
                                         .age_ms = 61001,
                                         .quiet_ms = 7,
                                         .bytes = {1, 2},
                                         .frames = {3, 4},
                                         .queued = {5, 6},
                                         .missing = {7, 8},
                                         .mid_frame = {true, false}};
        visit(context, &info);
    }
    return noted.result;
}

static inline brink_result noted_drain_client(struct brink_server *server, brink_stream_id id,
                                              const struct brink_drain_options *options,
                                              struct brink_message *why)
{
    char what[32];
    (void)server;
    (void)snprintf(what, sizeof what, "client %llx", (unsigned long long)id.value);
    note_drain(what, options);
    return note(why);
}

static inline brink_result noted_drain_listener(struct brink_server *server, const char *listener,
                                                const struct brink_drain_options *options,
                                                struct brink_message *why)
{
    char what[64];
    (void)server;
    (void)snprintf(what, sizeof what, "listener %s", listener);
    note_drain(what, options);
    return note(why);
}

static inline brink_result noted_undrain_listener(struct brink_server *server, const char *listener,
                                                  struct brink_message *why)
{
    (void)server;
    (void)snprintf(noted.text, sizeof noted.text, "undrain listener %s", listener);
    return note(why);
}

static inline brink_result noted_drain_server(struct brink_server *server, const char *upstream,
                                              const char *name,
                                              const struct brink_drain_options *options,
                                              struct brink_message *why)
{
    char what[64];
    (void)server;
    (void)snprintf(what, sizeof what, "server %s/%s", upstream, name);
    note_drain(what, options);
    return note(why);
}

static inline brink_result noted_undrain_server(struct brink_server *server, const char *upstream,
                                                const char *name, struct brink_message *why)
{
    (void)server;
    (void)snprintf(noted.text, sizeof noted.text, "undrain server %s/%s", upstream, name);
    return note(why);
}

static inline brink_result noted_set_weight(struct brink_server *server, const char *upstream,
                                            const char *name, uint32_t weight,
                                            struct brink_message *why)
{
    (void)server;
    (void)snprintf(noted.text, sizeof noted.text, "weight %s/%s %u", upstream, name, weight);
    return note(why);
}

static inline brink_result noted_drain(void *context, const struct brink_drain_options *options,
                                       struct brink_message *why)
{
    (void)context;
    if (options != NULL)
        note_drain("all", options);
    else
        (void)snprintf(noted.text, sizeof noted.text, "drain all as configured");
    return note(why);
}

static inline brink_result noted_reload(void *context, struct brink_message *why)
{
    (void)context;
    (void)snprintf(noted.text, sizeof noted.text, "reload");
    return note(why);
}

static inline brink_result noted_upgrade(void *context, struct brink_message *why)
{
    (void)context;
    (void)snprintf(noted.text, sizeof noted.text, "upgrade");
    return note(why);
}

static inline brink_result noted_log_level(void *context, enum brink_log_level level,
                                           struct brink_message *why)
{
    (void)context;
    (void)snprintf(noted.text, sizeof noted.text, "log %s", brink_log_level_name(level));
    return note(why);
}

static inline void noted_errors(void *context, FILE *out)
{
    (void)context;
    (void)fputs("[{\"event\":\"x\"}]", out);
}

static inline void noted_tell(void *context, const char *command, unsigned status)
{
    (void)context;
    (void)snprintf(noted.told, sizeof noted.told, "%s %u", command, status);
}

static inline struct brink_admin_actions noted_actions(void)
{
    memset(&noted, 0, sizeof noted);
    return (struct brink_admin_actions){.each_client = noted_each_client,
                                        .drain_client = noted_drain_client,
                                        .drain_listener = noted_drain_listener,
                                        .undrain_listener = noted_undrain_listener,
                                        .drain_upstream_server = noted_drain_server,
                                        .undrain_upstream_server = noted_undrain_server,
                                        .set_weight = noted_set_weight,
                                        .drain = noted_drain,
                                        .reload = noted_reload,
                                        .upgrade = noted_upgrade,
                                        .set_log_level = noted_log_level,
                                        .errors = noted_errors,
                                        .tell = noted_tell,
                                        .drain_options = {.timeout_ms = 5000, .quiet_ms = 1000}};
}

#endif
