/* app/admin/request.h - what is asked for: a path and the parameters of its query, as values.
 *
 * Pure; any thread. Texts are not copied: they must last as long as the request is used. */
#ifndef BRINK_APP_ADMIN_REQUEST_H
#define BRINK_APP_ADMIN_REQUEST_H

#include <stdbool.h>
#include <stdint.h>

#include "brink/drain.h"
#include "brink/log.h"
#include "brink/result.h"
#include "brink/stream.h"

enum brink_admin_endpoint {
    BRINK_ADMIN_NOWHERE = 0,
    BRINK_ADMIN_PAGE,
    BRINK_ADMIN_METRICS,
    BRINK_ADMIN_STATS,
    BRINK_ADMIN_HEALTH,
    BRINK_ADMIN_READY,
    BRINK_ADMIN_ERRORS,
    BRINK_ADMIN_CLIENTS,
    BRINK_ADMIN_DRAIN, /* from here on: commands */
    BRINK_ADMIN_UNDRAIN,
    BRINK_ADMIN_WEIGHT,
    BRINK_ADMIN_CLOSE,
    BRINK_ADMIN_RELOAD,
    BRINK_ADMIN_UPGRADE,
    BRINK_ADMIN_LOG,
    BRINK_ADMIN_ENDPOINTS
};

enum { BRINK_ADMIN_LIMIT = 100, BRINK_ADMIN_LIMIT_MOST = 10000 };

struct brink_admin_request {
    enum brink_admin_endpoint endpoint;
    unsigned given;       /* the parameters that were, each once: bits of request.c's own */
    const char *listener; /* NULL: not given, as the next two */
    const char *upstream;
    const char *server; /* its name or its address */
    brink_stream_id client;
    bool now;
    bool plain; /* no drain option was given: those of the configuration */
    struct brink_drain_options drain;
    uint32_t weight;
    uint32_t limit;
    enum brink_log_level level;
};

/* NOWHERE if there is no such path. */
enum brink_admin_endpoint brink_admin_endpoint_find(const char *path);

/* Commands change something. They take POST, all else takes GET. */
bool brink_admin_endpoint_is_command(enum brink_admin_endpoint endpoint);

/* A request without parameters, with the defaults for those; of a drain, `drain`. */
void brink_admin_request_init(struct brink_admin_request *request,
                              enum brink_admin_endpoint endpoint,
                              const struct brink_drain_options *drain);

/* Takes a parameter, decoded; `value` is NULL where there was no "=". Fails, with EINVAL and why,
 * for one that the endpoint does not know, that was given before, or whose value is none; the
 * figures, health and the page pass over all. */
BRINK_MUST_CHECK brink_result brink_admin_request_take(struct brink_admin_request *request,
                                                       const char *key, const char *value,
                                                       struct brink_message *why);

/* Once all have been taken: fails likewise if some are missing, or do not go together. */
BRINK_MUST_CHECK brink_result brink_admin_request_finish(const struct brink_admin_request *request,
                                                         struct brink_message *why);

/* A client's id as text, and back: the digits of a hexadecimal number. */
enum { BRINK_ADMIN_CLIENT_TEXT = 17 };
const char *brink_admin_client_format(brink_stream_id id, char text[BRINK_ADMIN_CLIENT_TEXT]);
BRINK_MUST_CHECK brink_result brink_admin_client_parse(const char *text, brink_stream_id *id,
                                                       struct brink_message *why);

#endif
