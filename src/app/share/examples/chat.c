/* chat - what one client says, all others hear. A client that does not read is dropped; the others
 * never wait for it: brink_stream_send refuses with ENOBUFS instead of queueing without end.
 *
 * One worker owns the room, so nothing needs a lock. */
#include <brink/brink.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

struct member {
    struct brink_stream *stream;
    struct member *next;
};

struct room {
    struct member *members;
};

static void on_open(struct brink_stream *stream, void *context)
{
    struct room *room = context;
    struct member *member = malloc(sizeof *member);
    if (member == NULL) {
        brink_stream_close(stream);
        return;
    }
    *member = (struct member){.stream = stream, .next = room->members};
    room->members = member;
}

static void tell(struct brink_stream *stream, const uint8_t *text, size_t length)
{
    brink_result result = brink_stream_send(stream, text, length);
    if (result.err == EPIPE || !brink_failed(result))
        return; /* told, or on its way out */
    char peer[64];
    (void)fprintf(stderr, "dropped %s: it does not read\n",
                  brink_stream_peer(stream, peer, sizeof peer));
    brink_stream_abort(stream); /* its on_close comes later, so the list is safe to walk on */
}

static void on_frame(struct brink_stream *stream, const struct brink_frame *frame, void *context)
{
    const struct room *room = context;
    for (const struct member *member = room->members; member != NULL; member = member->next) {
        if (member->stream != stream)
            tell(member->stream, frame->bytes + frame->header, frame->size - frame->header);
    }
}

static void on_close(struct brink_stream *stream, const struct brink_close_info *info,
                     void *context)
{
    (void)info;
    struct room *room = context;
    struct member **link = &room->members;
    while (*link != NULL && (*link)->stream != stream)
        link = &(*link)->next;
    struct member *member = *link;
    if (member == NULL)
        return; /* there was no memory to let it in */
    *link = member->next;
    free(member);
}

int main(int argc, char **argv)
{
    static const struct brink_stream_handler handler = {
        .on_open = on_open, .on_frame = on_frame, .on_close = on_close};
    struct room room = {NULL};
    struct brink_server_options options;
    struct brink_server *server;
    struct brink_message why;
    char address[128];
    int number;
    sigset_t leaving; /* blocked before the worker starts, taken by sigwait */
    (void)sigemptyset(&leaving);
    (void)sigaddset(&leaving, SIGTERM);
    (void)sigaddset(&leaving, SIGINT);
    (void)sigprocmask(SIG_BLOCK, &leaving, NULL);

    brink_server_options_init(&options);
    options.handler = &handler;
    options.context = &room;
    options.workers = 1;
    options.idle_ms = 0; /* people may listen in silence */
    options.listen[options.listen_count++] = argc > 1 ? argv[1] : "127.0.0.1:0";
    if (brink_failed(brink_server_start(&server, &options, &why))) {
        (void)fprintf(stderr, "chat: %s\n", why.text);
        return 1;
    }
    (void)printf("listening on %s\n", brink_server_address(server, 0, address, sizeof address));
    (void)fflush(stdout);
    (void)sigwait(&leaving, &number);
    brink_server_stop(server, 5000);
    bool in_time = brink_server_wait(server);
    brink_server_free(server);
    return in_time ? 0 : 3;
}
