#include "app/admin/request.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "app/log/logger.h"
#include "base/message.h"
#include "brink/upstream.h"
#include "config/units.h"
#include "config/value.h"

/* --- parameters --- */

typedef brink_result take_parameter(struct brink_admin_request *request, const char *value,
                                    struct brink_message *why);

static brink_result take_listener(struct brink_admin_request *request, const char *value,
                                  struct brink_message *why)
{
    (void)why;
    request->listener = value;
    return brink_ok();
}

static brink_result take_upstream(struct brink_admin_request *request, const char *value,
                                  struct brink_message *why)
{
    (void)why;
    request->upstream = value;
    return brink_ok();
}

static brink_result take_server(struct brink_admin_request *request, const char *value,
                                struct brink_message *why)
{
    (void)why;
    request->server = value;
    return brink_ok();
}

static brink_result take_client(struct brink_admin_request *request, const char *value,
                                struct brink_message *why)
{
    return brink_admin_client_parse(value, &request->client, why);
}

static brink_result take_policy(struct brink_admin_request *request, const char *value,
                                struct brink_message *why)
{
    static const char *const names[] = {"idle", "boundary", "now", NULL};
    uint32_t choice = 0;
    brink_result taken = brink_config_value_choice(value, names, &choice, why);
    if (!brink_failed(taken))
        request->drain.policy = (enum brink_drain_policy)choice;
    request->plain = false;
    return taken;
}

static brink_result take_timeout(struct brink_admin_request *request, const char *value,
                                 struct brink_message *why)
{
    request->plain = false;
    return brink_units_parse_duration(value, &request->drain.timeout_ms, why);
}

static brink_result take_spread(struct brink_admin_request *request, const char *value,
                                struct brink_message *why)
{
    request->plain = false;
    return brink_units_parse_duration(value, &request->drain.spread_ms, why);
}

static brink_result take_weight(struct brink_admin_request *request, const char *value,
                                struct brink_message *why)
{
    return brink_units_parse_count(value, 0, BRINK_WEIGHT_MAX, &request->weight, why);
}

static brink_result take_limit(struct brink_admin_request *request, const char *value,
                               struct brink_message *why)
{
    return brink_units_parse_count(value, 1, BRINK_ADMIN_LIMIT_MOST, &request->limit, why);
}

static brink_result take_now(struct brink_admin_request *request, const char *value,
                             struct brink_message *why)
{
    if (value[0] == '\0') {
        request->now = true;
        return brink_ok();
    }
    return brink_config_value_bool(value, &request->now, why);
}

static brink_result take_level(struct brink_admin_request *request, const char *value,
                               struct brink_message *why)
{
    return brink_logger_parse_level(value, &request->level, why);
}

enum {
    LISTENER = 1 << 0,
    UPSTREAM = 1 << 1,
    SERVER = 1 << 2,
    CLIENT = 1 << 3,
    POLICY = 1 << 4,
    TIMEOUT = 1 << 5,
    SPREAD = 1 << 6,
    WEIGHT = 1 << 7,
    LIMIT = 1 << 8,
    NOW = 1 << 9,
    LEVEL = 1 << 10,
    DRAIN = POLICY | TIMEOUT | SPREAD,
    WHAT = LISTENER | UPSTREAM | SERVER | CLIENT,
    ANYTHING = -1 /* it means nothing */
};

static const struct {
    const char *name;
    unsigned bit;
    take_parameter *take;
} parameters[] = {
    {"listener", LISTENER, take_listener}, {"upstream", UPSTREAM, take_upstream},
    {"server", SERVER, take_server},       {"client", CLIENT, take_client},
    {"policy", POLICY, take_policy},       {"timeout", TIMEOUT, take_timeout},
    {"spread", SPREAD, take_spread},       {"weight", WEIGHT, take_weight},
    {"limit", LIMIT, take_limit},          {"now", NOW, take_now},
    {"level", LEVEL, take_level},
};

/* --- endpoints --- */

static const struct {
    const char *path;
    int may;       /* be given */
    unsigned must; /* be given */
} endpoints[BRINK_ADMIN_ENDPOINTS] = {
    [BRINK_ADMIN_PAGE] = {"/", ANYTHING, 0},
    [BRINK_ADMIN_METRICS] = {"/metrics", ANYTHING, 0},
    [BRINK_ADMIN_STATS] = {"/stats.json", ANYTHING, 0},
    [BRINK_ADMIN_HEALTH] = {"/healthz", ANYTHING, 0},
    [BRINK_ADMIN_READY] = {"/readyz", ANYTHING, 0},
    [BRINK_ADMIN_ERRORS] = {"/errors.json", 0, 0},
    [BRINK_ADMIN_CLIENTS] = {"/clients.json", LISTENER | LIMIT, 0},
    [BRINK_ADMIN_DRAIN] = {"/drain", WHAT | DRAIN, 0},
    [BRINK_ADMIN_UNDRAIN] = {"/undrain", LISTENER | UPSTREAM | SERVER, 0},
    [BRINK_ADMIN_WEIGHT] = {"/weight", UPSTREAM | SERVER | WEIGHT, UPSTREAM | SERVER | WEIGHT},
    [BRINK_ADMIN_CLOSE] = {"/close", CLIENT | NOW, CLIENT},
    [BRINK_ADMIN_RELOAD] = {"/reload", 0, 0},
    [BRINK_ADMIN_UPGRADE] = {"/upgrade", 0, 0},
    [BRINK_ADMIN_LOG] = {"/log", LEVEL, LEVEL},
};

enum brink_admin_endpoint brink_admin_endpoint_find(const char *path)
{
    for (int i = BRINK_ADMIN_NOWHERE + 1; i < BRINK_ADMIN_ENDPOINTS; i++) {
        if (strcmp(path, endpoints[i].path) == 0)
            return (enum brink_admin_endpoint)i;
    }
    return BRINK_ADMIN_NOWHERE;
}

bool brink_admin_endpoint_is_command(enum brink_admin_endpoint endpoint)
{
    return endpoint >= BRINK_ADMIN_DRAIN;
}

/* --- the request --- */

void brink_admin_request_init(struct brink_admin_request *request,
                              enum brink_admin_endpoint endpoint,
                              const struct brink_drain_options *drain)
{
    *request = (struct brink_admin_request){
        .endpoint = endpoint, .plain = true, .drain = *drain, .limit = BRINK_ADMIN_LIMIT};
}

static brink_result tell_unknown(const struct brink_admin_request *request, const char *key,
                                 struct brink_message *why)
{
    char list[160] = "";
    size_t used = 0;
    int may = endpoints[request->endpoint].may;
    for (size_t i = 0; i < sizeof parameters / sizeof parameters[0]; i++) {
        if (((unsigned)may & parameters[i].bit) != 0)
            used += (size_t)snprintf(list + used, sizeof list - used, "%s%s",
                                     used > 0 ? ", " : "; it takes ", parameters[i].name);
    }
    return brink_message_set(why, "%s does not know \"%.40s\"%s", endpoints[request->endpoint].path,
                             key, used > 0 ? list : ", nor any other parameter");
}

brink_result brink_admin_request_take(struct brink_admin_request *request, const char *key,
                                      const char *value, struct brink_message *why)
{
    struct brink_message inner = {""};
    int may = endpoints[request->endpoint].may;
    if (may == ANYTHING)
        return brink_ok();
    for (size_t i = 0; i < sizeof parameters / sizeof parameters[0]; i++) {
        if (strcmp(key, parameters[i].name) != 0 || ((unsigned)may & parameters[i].bit) == 0)
            continue;
        if ((request->given & parameters[i].bit) != 0)
            return brink_message_set(why, "%s is given twice", key);
        request->given |= parameters[i].bit;
        brink_result taken = parameters[i].take(request, value != NULL ? value : "", &inner);
        if (brink_failed(taken))
            (void)brink_message_set(why, "%s: %s", key, inner.text);
        return taken;
    }
    return tell_unknown(request, key, why);
}

/* What it is about: one thing. */
static brink_result check_what(const struct brink_admin_request *request, struct brink_message *why)
{
    unsigned what = request->given & WHAT;
    bool server = (what & SERVER) != 0;
    if (server != ((what & UPSTREAM) != 0))
        return brink_message_set(why, "a server is told by two parameters: upstream and server");
    if (what != 0 && what != LISTENER && what != CLIENT && what != (UPSTREAM | SERVER))
        return brink_message_set(
            why, "one thing at a time: a listener, a server of an upstream, or a client");
    if (what == 0 && request->endpoint == BRINK_ADMIN_UNDRAIN)
        return brink_message_set(why, "undrain what? a listener, or a server of an upstream; "
                                      "a whole program that drains goes on to its end");
    return brink_ok();
}

brink_result brink_admin_request_finish(const struct brink_admin_request *request,
                                        struct brink_message *why)
{
    unsigned missing = endpoints[request->endpoint].must & ~request->given;
    for (size_t i = 0; i < sizeof parameters / sizeof parameters[0]; i++) {
        if ((missing & parameters[i].bit) != 0)
            return brink_message_set(why, "%s needs %s", endpoints[request->endpoint].path,
                                     parameters[i].name);
    }
    if (request->endpoint == BRINK_ADMIN_DRAIN || request->endpoint == BRINK_ADMIN_UNDRAIN)
        return check_what(request, why);
    return brink_ok();
}

/* --- ids of clients --- */

const char *brink_admin_client_format(brink_stream_id id, char text[BRINK_ADMIN_CLIENT_TEXT])
{
    (void)snprintf(text, BRINK_ADMIN_CLIENT_TEXT, "%" PRIx64, id.value);
    return text;
}

brink_result brink_admin_client_parse(const char *text, brink_stream_id *id,
                                      struct brink_message *why)
{
    static const char digits[] = "0123456789abcdef";
    uint64_t value = 0;
    size_t length = strlen(text);
    const char *digit = "";
    for (size_t i = 0; i < length && length < BRINK_ADMIN_CLIENT_TEXT && digit != NULL; i++) {
        digit = memchr(digits, text[i], sizeof digits - 1);
        value = value << 4 | (digit != NULL ? (uint64_t)(digit - digits) : 0);
    }
    if (length == 0 || length >= BRINK_ADMIN_CLIENT_TEXT || digit == NULL || value == 0)
        return brink_message_set(why,
                                 "\"%.40s\" is no client's id; brink ctl show clients lists "
                                 "them",
                                 text);
    id->value = value;
    return brink_ok();
}
