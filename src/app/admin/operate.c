#include "app/admin/operate.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "app/admin/clients.h"
#include "app/admin/escape.h"
#include "base/message.h"

enum { OK = 200, BAD = 400, NOT_FOUND = 404, CONFLICT = 409, NOT_HERE = 501, UNAVAILABLE = 503 };

/* --- replies --- */

static FILE *open_body(struct brink_admin_reply *reply)
{
    reply->body = NULL;
    return open_memstream(&reply->body, &reply->size);
}

static void close_body(struct brink_admin_reply *reply, FILE *out)
{
    bool failed = out == NULL || ferror(out) != 0;
    if (out != NULL)
        failed |= fclose(out) != 0;
    if (!failed)
        return;
    free(reply->body);
    reply->body = NULL;
}

static void reply_text(struct brink_admin_reply *reply, unsigned status, const char *key,
                       const char *text)
{
    FILE *out = open_body(reply);
    reply->status = status;
    if (out != NULL) {
        (void)fprintf(out, "{\"%s\":", key);
        brink_admin_escape_json(out, text);
        (void)fputs("}\n", out);
    }
    close_body(reply, out);
}

void brink_admin_reply_error(struct brink_admin_reply *reply, unsigned status, const char *error)
{
    reply_text(reply, status, "error", error);
}

/* --- commands --- */

struct work {
    const struct brink_admin_actions *actions;
    struct brink_server *server;
    const struct brink_admin_request *request;
    struct brink_message why;
};

static brink_result not_here(struct work *work)
{
    (void)brink_message_set(&work->why, "this program cannot do that");
    return brink_fail(ENOSYS);
}

static brink_result drain(struct work *work)
{
    const struct brink_admin_actions *actions = work->actions;
    const struct brink_admin_request *request = work->request;
    struct brink_message *why = &work->why;
    if (request->listener != NULL && actions->drain_listener != NULL)
        return actions->drain_listener(work->server, request->listener, &request->drain, why);
    if (request->server != NULL && actions->drain_upstream_server != NULL)
        return actions->drain_upstream_server(work->server, request->upstream, request->server,
                                              &request->drain, why);
    if (request->client.value != 0 && actions->drain_client != NULL)
        return actions->drain_client(work->server, request->client, &request->drain, why);
    if (request->listener == NULL && request->server == NULL && request->client.value == 0 &&
        actions->drain != NULL)
        return actions->drain(actions->context, request->plain ? NULL : &request->drain, why);
    return not_here(work);
}

static brink_result undrain(struct work *work)
{
    const struct brink_admin_actions *actions = work->actions;
    const struct brink_admin_request *request = work->request;
    if (request->listener != NULL && actions->undrain_listener != NULL)
        return actions->undrain_listener(work->server, request->listener, &work->why);
    if (request->server != NULL && actions->undrain_upstream_server != NULL)
        return actions->undrain_upstream_server(work->server, request->upstream, request->server,
                                                &work->why);
    return not_here(work);
}

static brink_result set_weight(struct work *work)
{
    const struct brink_admin_request *request = work->request;
    if (work->actions->set_weight == NULL)
        return not_here(work);
    return work->actions->set_weight(work->server, request->upstream, request->server,
                                     request->weight, &work->why);
}

/* A client is let go at a boundary, as a drain is, unless it is to be at once. */
static brink_result close_client(struct work *work)
{
    struct brink_drain_options options = work->request->drain;
    if (work->actions->drain_client == NULL)
        return not_here(work);
    if (work->request->now)
        options.policy = BRINK_DRAIN_POLICY_NOW;
    options.spread_ms = 0;
    return work->actions->drain_client(work->server, work->request->client, &options, &work->why);
}

static brink_result reload(struct work *work)
{
    const struct brink_admin_actions *actions = work->actions;
    return actions->reload != NULL ? actions->reload(actions->context, &work->why) : not_here(work);
}

static brink_result upgrade(struct work *work)
{
    const struct brink_admin_actions *actions = work->actions;
    return actions->upgrade != NULL ? actions->upgrade(actions->context, &work->why)
                                    : not_here(work);
}

static brink_result set_log_level(struct work *work)
{
    const struct brink_admin_actions *actions = work->actions;
    return actions->set_log_level != NULL
               ? actions->set_log_level(actions->context, work->request->level, &work->why)
               : not_here(work);
}

static const struct {
    brink_result (*run)(struct work *work);
    const char *name;
    const char *done;
} commands[BRINK_ADMIN_ENDPOINTS] = {
    [BRINK_ADMIN_DRAIN] = {drain, "drain", "draining"},
    [BRINK_ADMIN_UNDRAIN] = {undrain, "undrain", "undrained"},
    [BRINK_ADMIN_WEIGHT] = {set_weight, "weight", "weight set"},
    [BRINK_ADMIN_CLOSE] = {close_client, "close", "closing"},
    [BRINK_ADMIN_RELOAD] = {reload, "reload", "reloaded"},
    [BRINK_ADMIN_UPGRADE] = {upgrade, "upgrade", "upgraded"},
    [BRINK_ADMIN_LOG] = {set_log_level, "log", "log level set"},
};

/* What cannot be done as things are is a conflict: a configuration that is wrong, a program that
 * does not start. */
static unsigned status_of(enum brink_admin_endpoint endpoint, int err)
{
    bool large = endpoint == BRINK_ADMIN_RELOAD || endpoint == BRINK_ADMIN_UPGRADE;
    switch (err) {
    case EINVAL:
        return large ? CONFLICT : BAD;
    case ENOENT:
        return large ? CONFLICT : NOT_FOUND;
    case ENOSYS:
        return NOT_HERE;
    case ENOMEM:
    case EPIPE:
        return UNAVAILABLE;
    default:
        return CONFLICT;
    }
}

static void reply_failure(struct brink_admin_reply *reply, const struct work *work, int err)
{
    const char *why = work->why.text[0] != '\0' ? work->why.text : strerror(err);
    brink_admin_reply_error(reply, status_of(work->request->endpoint, err), why);
}

static void command(struct work *work, struct brink_admin_reply *reply)
{
    enum brink_admin_endpoint endpoint = work->request->endpoint;
    brink_result result = commands[endpoint].run(work);
    if (brink_failed(result))
        reply_failure(reply, work, result.err);
    else
        reply_text(reply, OK, "done", commands[endpoint].done);
    if (work->actions->tell != NULL)
        work->actions->tell(work->actions->context, commands[endpoint].name, reply->status);
}

/* --- lists --- */

static void list_clients(struct work *work, struct brink_admin_reply *reply)
{
    brink_result result = brink_fail(ENOSYS);
    FILE *out = open_body(reply);
    reply->status = OK;
    if (out != NULL && work->actions->each_client != NULL)
        result = brink_admin_clients_write(out, work->actions->each_client, work->server,
                                           work->request->listener, work->request->limit);
    else if (out != NULL)
        result = not_here(work);
    close_body(reply, out);
    if (out == NULL || !brink_failed(result))
        return;
    free(reply->body);
    if (result.err == ENOENT)
        (void)brink_message_set(&work->why, "there is no listener \"%.80s\"",
                                work->request->listener);
    reply_failure(reply, work, result.err);
}

static void list_errors(struct work *work, struct brink_admin_reply *reply)
{
    FILE *out = open_body(reply);
    reply->status = OK;
    if (out != NULL) {
        (void)fputs("{\"errors\":", out);
        if (work->actions->errors != NULL)
            work->actions->errors(work->actions->context, out);
        else
            (void)fputs("[]", out);
        (void)fputs("}\n", out);
    }
    close_body(reply, out);
}

void brink_admin_operate(const struct brink_admin_actions *actions, struct brink_server *server,
                         const struct brink_admin_request *request, struct brink_admin_reply *reply)
{
    struct work work = {actions, server, request, {""}};
    if (request->endpoint == BRINK_ADMIN_CLIENTS)
        list_clients(&work, reply);
    else if (request->endpoint == BRINK_ADMIN_ERRORS)
        list_errors(&work, reply);
    else
        command(&work, reply);
}
