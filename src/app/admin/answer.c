#include "app/admin/answer.h"

#include <stdlib.h>
#include <string.h>

#include "app/admin/admin.h"
#include "app/admin/json.h"
#include "app/admin/metrics.h"
#include "app/admin/operate.h"
#include "app/admin/page.h"
#include "app/admin/request.h"
#include "app/admin/trust.h"
#include "base/message.h"

enum { BODY_MOST = 64 * 1024 };

#define TEXT_TYPE "text/plain; charset=utf-8"

enum visit_state { VISIT_READING = 0, VISIT_WAITING, VISIT_DONE };

/* One request, from its head until it is answered. */
struct visit {
    struct brink_admin_job job; /* while it waits for the other thread, and that one's then */
    struct brink_admin *admin;
    struct MHD_Connection *connection;
    struct brink_admin_request request;
    struct brink_admin_reply reply;
    size_t taken; /* bytes of its body */
    bool pushed;  /* the other thread does it, or did */
    enum visit_state state;
};

/* --- responses --- */

/* The page has all that it needs in it; nothing is to be fetched from elsewhere, or framed. */
static const char page_policy[] =
    "default-src 'none'; connect-src 'self'; script-src 'unsafe-inline'; "
    "style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/* Takes the response over; NULL: there was no memory for it. */
static enum MHD_Result answer_with(struct MHD_Connection *connection, unsigned status,
                                   struct MHD_Response *response, const char *type)
{
    if (response == NULL)
        return MHD_NO;
    (void)MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, type);
    (void)MHD_add_response_header(response, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
    (void)MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
    enum MHD_Result queued = MHD_queue_response(connection, status, response);
    MHD_destroy_response(response);
    return queued;
}

/* `text` must be there for good. */
static struct MHD_Response *constant(const void *text, size_t size)
{
    return MHD_create_response_from_buffer(size, (void *)(uintptr_t)text, MHD_RESPMEM_PERSISTENT);
}

/* Takes the text over. */
static struct MHD_Response *owned(char *text, size_t size)
{
    struct MHD_Response *response =
        MHD_create_response_from_buffer(size, text, MHD_RESPMEM_MUST_FREE);
    if (response == NULL)
        free(text);
    return response;
}

static enum MHD_Result answer_text(struct MHD_Connection *connection, unsigned status,
                                   const char *text)
{
    return answer_with(connection, status, constant(text, strlen(text)), TEXT_TYPE);
}

/* Takes the reply's body over. */
static enum MHD_Result answer_reply(struct MHD_Connection *connection,
                                    struct brink_admin_reply *reply)
{
    char *body = reply->body;
    reply->body = NULL;
    if (body == NULL)
        return answer_text(connection, MHD_HTTP_SERVICE_UNAVAILABLE, "no memory for an answer\n");
    return answer_with(connection, reply->status, owned(body, reply->size), BRINK_ADMIN_JSON_TYPE);
}

static enum MHD_Result answer_error(struct MHD_Connection *connection, unsigned status,
                                    const char *error)
{
    struct brink_admin_reply reply;
    brink_admin_reply_error(&reply, status, error);
    return answer_reply(connection, &reply);
}

/* --- what is there to see --- */

static enum MHD_Result answer_page(struct MHD_Connection *connection)
{
    struct MHD_Response *response = constant(brink_admin_page, brink_admin_page_size);
    if (response != NULL)
        (void)MHD_add_response_header(response, "Content-Security-Policy", page_policy);
    return answer_with(connection, MHD_HTTP_OK, response, "text/html; charset=utf-8");
}

/* The figures as `write` writes them; NULL without memory. To be freed. */
static char *figures(const struct brink_admin *admin, size_t *size,
                     void (*write)(FILE *out, const struct brink_admin_snapshot *snapshot))
{
    char *text = NULL;
    struct brink_admin_snapshot *snapshot =
        brink_admin_snapshot_take(admin->server, admin->started_ns);
    FILE *out = snapshot != NULL ? open_memstream(&text, size) : NULL;
    if (out != NULL) {
        snapshot->program = admin->program;
        write(out, snapshot);
        bool failed = ferror(out) != 0;
        if (fclose(out) != 0 || failed) {
            free(text);
            text = NULL;
        }
    }
    brink_admin_snapshot_free(snapshot);
    return text;
}

static enum MHD_Result
answer_figures(const struct brink_admin *admin, struct MHD_Connection *connection, const char *type,
               void (*write)(FILE *out, const struct brink_admin_snapshot *snapshot))
{
    size_t size = 0;
    char *text = figures(admin, &size, write);
    if (text == NULL)
        return answer_text(connection, MHD_HTTP_SERVICE_UNAVAILABLE, "no memory for figures\n");
    return answer_with(connection, MHD_HTTP_OK, owned(text, size), type);
}

static enum MHD_Result answer_ready(const struct brink_admin *admin,
                                    struct MHD_Connection *connection)
{
    struct brink_server_stats stats;
    brink_server_stats(admin->server, &stats);
    if (stats.stopping || atomic_load(&admin->unready))
        return answer_text(connection, MHD_HTTP_SERVICE_UNAVAILABLE, "stopping\n");
    return answer_text(connection, MHD_HTTP_OK, "ready\n");
}

/* --- what the other thread does --- */

static void run_job(struct brink_admin_job *job, bool cancelled)
{
    struct visit *visit = (struct visit *)job; /* its first member */
    if (cancelled)
        brink_admin_reply_error(&visit->reply, MHD_HTTP_SERVICE_UNAVAILABLE,
                                "brink has stopped; this was not done");
    else
        brink_admin_operate(&visit->admin->actions, visit->admin->server, &visit->request,
                            &visit->reply);
    visit->state = VISIT_DONE;
    MHD_resume_connection(visit->connection);
}

/* The connection rests until it is done. */
static enum MHD_Result hand_on(struct visit *visit)
{
    visit->job.run = run_job;
    visit->state = VISIT_WAITING;
    MHD_suspend_connection(visit->connection);
    visit->pushed = brink_admin_work_push(&visit->admin->work, &visit->job);
    if (visit->pushed)
        return MHD_YES;
    brink_admin_reply_error(&visit->reply, MHD_HTTP_SERVICE_UNAVAILABLE,
                            "busy with other commands; try again when they are done");
    visit->state = VISIT_DONE;
    MHD_resume_connection(visit->connection);
    return MHD_YES;
}

/* --- who asks, and for what --- */

struct parameters {
    struct brink_admin_request *request;
    struct brink_message *why;
    bool bad;
};

static enum MHD_Result take_parameter(void *context, enum MHD_ValueKind kind, const char *key,
                                      const char *value)
{
    struct parameters *parameters = context;
    (void)kind;
    parameters->bad =
        brink_failed(brink_admin_request_take(parameters->request, key, value, parameters->why));
    return parameters->bad ? MHD_NO : MHD_YES;
}

/* False, and why, if it makes no sense. */
static bool read_request(struct visit *visit, struct brink_message *why)
{
    struct parameters parameters = {&visit->request, why, false};
    (void)MHD_get_connection_values(visit->connection, MHD_GET_ARGUMENT_KIND, take_parameter,
                                    &parameters);
    if (parameters.bad || brink_failed(brink_admin_request_finish(&visit->request, why)))
        return false;
    if (visit->taken > 0 && brink_admin_endpoint_is_command(visit->request.endpoint)) {
        (void)brink_message_set(why, "a body is not understood; write parameters into the query, "
                                     "as in /drain?listener=NAME");
        return false;
    }
    return true;
}

/* NULL: it is let in. */
static const char *refuse(const struct visit *visit)
{
    struct MHD_Connection *connection = visit->connection;
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    enum brink_admin_trust trust = brink_admin_trust(&brink_sys_linux, info->connect_fd);
    const char *host =
        MHD_lookup_connection_value(connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_HOST);
    if (trust == BRINK_ADMIN_TRUST_OPERATOR)
        return NULL;
    if (brink_admin_endpoint_is_command(visit->request.endpoint))
        return trust == BRINK_ADMIN_TRUST_REMOTE
                   ? "commands are taken over a unix socket only, as nobody is asked here who "
                     "they are; use brink ctl, or the address unix:... of the section admin"
                   : "commands are taken from root, and from the user and the group that brink "
                     "runs as";
    if (trust == BRINK_ADMIN_TRUST_REMOTE &&
        !brink_admin_trust_host(host, visit->admin->hosts, visit->admin->host_count))
        return "asked under a name that is not known here; ask under an address or localhost, or "
               "name it in the section admin: host = NAME";
    return NULL;
}

static enum MHD_Result refuse_method(struct MHD_Connection *connection, bool command)
{
    static const char get[] = "only GET is understood here\n";
    static const char post[] = "only POST is understood here, as it changes something\n";
    struct MHD_Response *response =
        command ? constant(post, sizeof post - 1) : constant(get, sizeof get - 1);
    if (response != NULL)
        (void)MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW,
                                      command ? "POST" : "GET, HEAD");
    return answer_with(connection, MHD_HTTP_METHOD_NOT_ALLOWED, response, TEXT_TYPE);
}

static bool suits(const char *method, bool command)
{
    if (command)
        return strcmp(method, MHD_HTTP_METHOD_POST) == 0;
    return strcmp(method, MHD_HTTP_METHOD_GET) == 0 || strcmp(method, MHD_HTTP_METHOD_HEAD) == 0;
}

static enum MHD_Result answer_request(struct visit *visit)
{
    const struct brink_admin *admin = visit->admin;
    struct MHD_Connection *connection = visit->connection;
    struct brink_message why = {""};
    if (!read_request(visit, &why))
        return answer_error(connection, MHD_HTTP_BAD_REQUEST, why.text);
    enum brink_admin_endpoint endpoint = visit->request.endpoint;
    if (endpoint == BRINK_ADMIN_PAGE)
        return answer_page(connection);
    if (endpoint == BRINK_ADMIN_METRICS)
        return answer_figures(admin, connection, BRINK_ADMIN_METRICS_TYPE,
                              brink_admin_metrics_write);
    if (endpoint == BRINK_ADMIN_STATS)
        return answer_figures(admin, connection, BRINK_ADMIN_JSON_TYPE, brink_admin_json_write);
    if (endpoint == BRINK_ADMIN_HEALTH)
        return answer_text(connection, MHD_HTTP_OK, "healthy\n");
    if (endpoint == BRINK_ADMIN_READY)
        return answer_ready(admin, connection);
    return hand_on(visit);
}

static enum MHD_Result answer_whole(struct visit *visit, const char *method)
{
    enum brink_admin_endpoint endpoint = visit->request.endpoint;
    bool command = brink_admin_endpoint_is_command(endpoint);
    const char *refused = refuse(visit);
    if (endpoint == BRINK_ADMIN_NOWHERE && !suits(method, false))
        return refuse_method(visit->connection, false);
    if (endpoint == BRINK_ADMIN_NOWHERE)
        return answer_text(visit->connection, MHD_HTTP_NOT_FOUND,
                           "nothing is here; there are / /metrics /stats.json /clients.json "
                           "/errors.json /healthz /readyz\n");
    if (!suits(method, command))
        return refuse_method(visit->connection, command);
    if (refused != NULL)
        return answer_error(visit->connection, MHD_HTTP_FORBIDDEN, refused);
    return answer_request(visit);
}

/* --- libmicrohttpd's side --- */

static struct visit *begin(struct brink_admin *admin, struct MHD_Connection *connection,
                           const char *path)
{
    struct visit *visit = calloc(1, sizeof *visit);
    if (visit == NULL)
        return NULL;
    visit->admin = admin;
    visit->connection = connection;
    brink_admin_request_init(&visit->request, brink_admin_endpoint_find(path),
                             &admin->actions.drain_options);
    return visit;
}

/* Called when the head of a request has come, then with its body, and when there is no more of it:
 * who is answered then gets the answer, whatever was sent, and may send another request on the same
 * connection. Once more when it was handed on and is done. */
enum MHD_Result brink_admin_answer(void *context, struct MHD_Connection *connection,
                                   const char *path, const char *method, const char *version,
                                   const char *body, size_t *body_size, void **state)
{
    struct visit *visit = *state;
    (void)version;
    (void)body;
    if (visit == NULL) {
        *state = begin(context, connection, path);
        return *state != NULL ? MHD_YES : MHD_NO;
    }
    if (*body_size > 0) {
        visit->taken += *body_size;
        *body_size = 0;
        return visit->taken > BODY_MOST ? MHD_NO : MHD_YES;
    }
    if (visit->state == VISIT_DONE)
        return answer_reply(connection, &visit->reply);
    return visit->state == VISIT_READING ? answer_whole(visit, method) : MHD_YES;
}

void brink_admin_answered(void *context, struct MHD_Connection *connection, void **state,
                          enum MHD_RequestTerminationCode how)
{
    struct visit *visit = *state;
    (void)context;
    (void)connection;
    (void)how;
    if (visit != NULL)
        free(visit->reply.body);
    if (visit != NULL && visit->pushed)
        brink_admin_work_answered(&visit->admin->work);
    free(visit);
    *state = NULL;
}
