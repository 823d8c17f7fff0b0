#include "app/admin/admin.h"

#include <errno.h>
#include <fcntl.h>
#include <microhttpd.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "app/admin/json.h"
#include "app/admin/metrics.h"
#include "app/admin/page.h"
#include "base/message.h"
#include "net/bind.h"
#include "sys/sys.h"

enum { IDLE_S = 15, CONNECTION_MEMORY = 16 * 1024, BODY_MOST = 64 * 1024 };

/* --- what is answered --- */

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

static enum MHD_Result answer_text(struct MHD_Connection *connection, unsigned status,
                                   const char *text)
{
    return answer_with(connection, status, constant(text, strlen(text)),
                       "text/plain; charset=utf-8");
}

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
    struct MHD_Response *response =
        MHD_create_response_from_buffer(size, text, MHD_RESPMEM_MUST_FREE);
    if (response == NULL)
        free(text);
    return answer_with(connection, MHD_HTTP_OK, response, type);
}

static enum MHD_Result answer_ready(const struct brink_admin *admin,
                                    struct MHD_Connection *connection)
{
    struct brink_server_stats stats;
    brink_server_stats(admin->server, &stats);
    if (stats.stopping)
        return answer_text(connection, MHD_HTTP_SERVICE_UNAVAILABLE, "stopping\n");
    return answer_text(connection, MHD_HTTP_OK, "ready\n");
}

static enum MHD_Result answer_path(const struct brink_admin *admin,
                                   struct MHD_Connection *connection, const char *path)
{
    if (strcmp(path, "/") == 0)
        return answer_page(connection);
    if (strcmp(path, "/metrics") == 0)
        return answer_figures(admin, connection, BRINK_ADMIN_METRICS_TYPE,
                              brink_admin_metrics_write);
    if (strcmp(path, "/stats.json") == 0)
        return answer_figures(admin, connection, BRINK_ADMIN_JSON_TYPE, brink_admin_json_write);
    if (strcmp(path, "/healthz") == 0)
        return answer_text(connection, MHD_HTTP_OK, "healthy\n");
    if (strcmp(path, "/readyz") == 0)
        return answer_ready(admin, connection);
    return answer_text(connection, MHD_HTTP_NOT_FOUND,
                       "nothing is here; there are / /metrics /stats.json /healthz /readyz\n");
}

static enum MHD_Result refuse_method(struct MHD_Connection *connection)
{
    static const char text[] = "only GET is understood here\n";
    struct MHD_Response *response = constant(text, sizeof text - 1);
    if (response != NULL)
        (void)MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, "GET, HEAD");
    return answer_with(connection, MHD_HTTP_METHOD_NOT_ALLOWED, response,
                       "text/plain; charset=utf-8");
}

/* Called when the head of a request has come, then with its body, and when there is no more of it:
 * who is answered then gets the answer, whatever was sent, and may send another request on the same
 * connection. A body means nothing here. `taken` counts its bytes, and one more. */
static enum MHD_Result answer(void *context, struct MHD_Connection *connection, const char *path,
                              const char *method, const char *version, const char *body,
                              size_t *body_size, void **taken)
{
    uintptr_t before = (uintptr_t)*taken;
    (void)version;
    (void)body;
    if (before == 0 || *body_size > 0) {
        *taken = (void *)(before + (before == 0) + *body_size);
        *body_size = 0;
        return before > BODY_MOST ? MHD_NO : MHD_YES;
    }
    if (strcmp(method, MHD_HTTP_METHOD_GET) == 0 || strcmp(method, MHD_HTTP_METHOD_HEAD) == 0)
        return answer_path(context, connection, path);
    return refuse_method(connection);
}

/* --- opening and closing --- */

static void release_reserved(struct brink_admin *admin)
{
    while (admin->reserved_count > 0)
        (void)close(admin->reserved[--admin->reserved_count]);
}

/* As many as there are: the server tells of it if too few are left. */
static void reserve(struct brink_admin *admin)
{
    while (admin->reserved_count < BRINK_ADMIN_DESCRIPTORS) {
        int fd = fcntl(admin->fd, F_DUPFD_CLOEXEC, 0);
        if (fd < 0)
            return;
        admin->reserved[admin->reserved_count++] = fd;
    }
}

static brink_result refuse_remote(const struct brink_address *bound, struct brink_message *why)
{
    char text[BRINK_ADDRESS_TEXT_MAX];
    return brink_message_set(why,
                             "admin: other machines reach %s, and nobody is asked who they are; "
                             "choose an address of 127.0.0.1, ::1 or unix:/, or write "
                             "allow-remote = yes",
                             brink_address_format(bound, text, sizeof text));
}

brink_result brink_admin_open(struct brink_admin *admin, const struct brink_admin_options *options,
                              struct brink_message *why)
{
    struct brink_address address;
    struct brink_message inner = {""};
    *admin = (struct brink_admin){.fd = -1};
    if (options->address == NULL)
        return brink_ok();
    brink_result opened =
        brink_address_parse(&address, options->address, BRINK_ADDRESS_TO_LISTEN, &inner);
    if (!brink_failed(opened))
        opened = brink_bind(&brink_sys_linux, &address, &admin->fd, 1, &admin->bound, &inner);
    if (brink_failed(opened)) {
        (void)brink_message_set(why, "admin: %s", inner.text);
        return opened;
    }
    admin->open = true;
    if (!options->allow_remote && !brink_address_is_local(&admin->bound)) {
        opened = refuse_remote(&admin->bound, why);
        brink_admin_close(admin);
        return opened;
    }
    reserve(admin);
    return brink_ok();
}

brink_result brink_admin_start(struct brink_admin *admin, const struct brink_server *server,
                               struct brink_message *why)
{
    struct timespec now;
    release_reserved(admin);
    if (!admin->open)
        return brink_ok();
    (void)clock_gettime(CLOCK_REALTIME, &now);
    admin->started_ns = (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
    admin->server = server;
    admin->daemon = MHD_start_daemon(
        MHD_USE_POLL_INTERNAL_THREAD | MHD_USE_ITC, 0, NULL, NULL, answer, admin,
        MHD_OPTION_LISTEN_SOCKET, admin->fd, MHD_OPTION_CONNECTION_LIMIT,
        (unsigned)BRINK_ADMIN_CONNECTIONS, MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_S,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_MEMORY, MHD_OPTION_END);
    admin->fd = -1; /* closed by then, if there is no daemon */
    if (admin->daemon != NULL)
        return brink_ok();
    int err = errno != 0 ? errno : ENOMEM;
    (void)brink_message_set(why, "admin: figures cannot be served: %s", strerror(err));
    return brink_fail(err);
}

void brink_admin_close(struct brink_admin *admin)
{
    release_reserved(admin);
    if (!admin->open)
        return;
    if (admin->daemon != NULL)
        MHD_stop_daemon(admin->daemon);
    else if (admin->fd >= 0)
        (void)close(admin->fd);
    brink_unbind(&brink_sys_linux, &admin->bound);
    *admin = (struct brink_admin){.fd = -1};
}

const char *brink_admin_address(const struct brink_admin *admin, char *text, size_t size)
{
    return brink_address_format(&admin->bound, text, size);
}
