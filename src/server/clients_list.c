/* brink_server_each_client: a page at a time, so that a worker is never held up for long. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "brink/operate.h"
#include "relay/deadline.h"
#include "relay/pair.h"
#include "relay/standing.h"
#include "server/call.h"
#include "server/server.h"

enum { PAGE_ROWS = 64, PAGE_SLOTS = 2048, NAME_MAX_SHOWN = 128 };

/* One client, with the texts that its info points at. */
struct row {
    struct brink_client_info info;
    bool has_upstream;
    bool has_server;
    char listener[NAME_MAX_SHOWN];
    char peer[BRINK_ADDRESS_TEXT_MAX];
    char upstream[NAME_MAX_SHOWN];
    char server[BRINK_TARGET_NAME_MAX];
    char address[BRINK_ADDRESS_TEXT_MAX];
};

/* What a worker is asked, and what it has to say. */
struct page {
    const char *listener; /* NULL: any */
    uint32_t slot;        /* of its loop: where to go on; 0: where it begins */
    bool over;
    size_t room; /* for rows */
    size_t rows;
    uint64_t clients; /* of the listener; when it begins */
    struct row row[PAGE_ROWS];
};

const char *brink_client_state_name(enum brink_client_state state)
{
    static const char *const names[BRINK_CLIENT_STATES] = {
        [BRINK_CLIENT_OPEN] = "open",         [BRINK_CLIENT_CONNECTING] = "connecting",
        [BRINK_CLIENT_GREETING] = "greeting", [BRINK_CLIENT_LEAVING] = "leaving",
        [BRINK_CLIENT_CLOSING] = "closing",
    };
    return (unsigned)state < BRINK_CLIENT_STATES ? names[state] : "unknown";
}

static enum brink_client_state state_of(const struct brink_session *session)
{
    switch ((enum brink_session_state)session->state) {
    case BRINK_SESSION_CONNECTING:
        return BRINK_CLIENT_CONNECTING;
    case BRINK_SESSION_GREETING:
        return BRINK_CLIENT_GREETING;
    case BRINK_SESSION_CLOSING:
        return BRINK_CLIENT_CLOSING;
    case BRINK_SESSION_OPEN:
        break;
    }
    return session->leaving != BRINK_LEAVING_NOT ? BRINK_CLIENT_LEAVING : BRINK_CLIENT_OPEN;
}

static void copy(char *to, size_t size, const char *text)
{
    (void)snprintf(to, size, "%s", text);
}

static void fill_server(struct row *row, struct brink_session *session)
{
    const struct brink_service *service = brink_session_service(session);
    if (brink_session_legs(session) == 1)
        return;
    const struct brink_target *target = brink_pair_of(session)->target;
    row->has_upstream = true;
    copy(row->upstream, sizeof row->upstream, brink_group_options(service->dialings.group)->name);
    if (target == NULL)
        return;
    row->has_server = true;
    copy(row->server, sizeof row->server, target->name);
    copy(row->address, sizeof row->address, target->text);
}

/* What came back of one without an upstream's connection is what it was sent. */
static void fill_sides(struct brink_client_info *info, struct brink_session *session)
{
    const struct brink_service *service = brink_session_service(session);
    const struct brink_leg *client = brink_session_leg(session, 0);
    info->bytes[BRINK_SIDE_UPSTREAM] = client->stream.bytes_out;
    info->frames[BRINK_SIDE_UPSTREAM] =
        service->kind->replies == NULL ? client->flow.frames : service->kind->replies(session);
    for (unsigned i = 0; i < brink_session_legs(session); i++) {
        const struct brink_leg *leg = brink_session_leg(session, i);
        info->bytes[i] = leg->stream.bytes_in;
        info->frames[i] = leg->flow.frames;
        info->missing[i] = brink_decoder_missing(&leg->flow.decoder);
        info->mid_frame[i] = brink_flow_unfinished(&leg->flow);
    }
    for (unsigned i = 0; i < 2; i++)
        info->queued[i] = brink_standing_undelivered(session, (enum brink_side)i);
}

static void fill_row(struct row *row, struct brink_session *session)
{
    const struct brink_service *service = brink_session_service(session);
    uint64_t now_ms = service->io.loop->now_ms;
    memset(row, 0, sizeof *row);
    row->info = (struct brink_client_info){
        .id = brink_stream_get_id(&brink_session_leg(session, 0)->stream),
        .state = state_of(session),
        .worker = brink_worker_of(service->io.loop)->index,
        .age_ms = now_ms - session->opened_ms,
        .quiet_ms = brink_session_quiet_ms(session, now_ms),
    };
    copy(row->listener, sizeof row->listener, service->options->name);
    (void)brink_peer_format(&session->peer, row->peer, sizeof row->peer);
    fill_server(row, session);
    fill_sides(&row->info, session);
}

static bool is_asked_for(const struct page *page, const struct brink_service *service)
{
    return page->listener == NULL || strcmp(page->listener, service->options->name) == 0;
}

static void look_at(struct brink_session *session, void *arg)
{
    struct page *page = arg;
    if (is_asked_for(page, brink_session_service(session)))
        fill_row(&page->row[page->rows++], session);
}

static void count_clients(const struct brink_worker *worker, struct page *page)
{
    const struct brink_branch *branch = brink_worker_first_branch(worker);
    for (; branch != NULL; branch = brink_worker_next_branch(branch))
        if (is_asked_for(page, &branch->service))
            page->clients += brink_counter_read(&branch->service.stats.sessions);
}

static void fill_page(struct brink_worker *worker, void *arg)
{
    struct page *page = arg;
    if (page->slot == 0)
        count_clients(worker, page);
    for (unsigned looks = 0;
         looks < PAGE_SLOTS && page->rows < page->room && page->slot < worker->loop.slots.room;
         looks++)
        brink_sessions_visit(&worker->loop, page->slot++, look_at, page);
    page->over = page->slot >= worker->loop.slots.room;
}

static void tell(const struct row *row,
                 void (*visit)(void *context, const struct brink_client_info *info), void *context)
{
    struct brink_client_info info = row->info;
    info.listener = row->listener;
    info.peer = row->peer;
    info.upstream = row->has_upstream ? row->upstream : NULL;
    info.server = row->has_server ? row->server : NULL;
    info.server_address = row->has_server ? row->address : NULL;
    visit(context, &info);
}

/* All of one worker's, but `most` at most; returns how many were visited. */
static size_t each_of(struct brink_worker *worker, struct page *page, size_t most,
                      void (*visit)(void *context, const struct brink_client_info *info),
                      void *context)
{
    size_t visited = 0;
    page->slot = 0;
    do {
        page->rows = 0;
        page->room = most - visited < PAGE_ROWS ? most - visited : PAGE_ROWS;
        page->over = true; /* if it has ended */
        (void)brink_workers_call(worker, 1, fill_page, page);
        for (size_t i = 0; i < page->rows; i++)
            tell(&page->row[i], visit, context);
        visited += page->rows;
    } while (!page->over && visited < most);
    return visited;
}

static bool is_listener(const struct brink_server *server, const char *name)
{
    struct brink_server_listener_stats stats;
    for (size_t i = 0; brink_server_listener_stats(server, i, &stats); i++)
        if (strcmp(stats.name, name) == 0)
            return true;
    return false;
}

brink_result brink_server_each_client(
    struct brink_server *server, const char *listener, size_t most, size_t *count,
    void (*visit)(void *context, const struct brink_client_info *info), void *context)
{
    *count = 0;
    if (listener != NULL && !is_listener(server, listener))
        return brink_fail(ENOENT);
    struct brink_mail *mail = brink_mail_new(&server->mailbox, sizeof(struct page));
    if (mail == NULL)
        return brink_fail(ENOMEM);
    struct page *page = (struct page *)(void *)mail->data;
    size_t visited = 0;
    *page = (struct page){.listener = listener};
    for (uint32_t i = 0; i < server->worker_count; i++)
        visited += each_of(&server->workers[i], page, most - visited, visit, context);
    *count = (size_t)page->clients;
    brink_mail_free(&server->mailbox, mail);
    return brink_ok();
}
