/* hello - the smallest server: greets, answers every frame with itself, says goodbye on stdout.
 *
 *     cc hello.c -lbrink && ./a.out 127.0.0.1:7777        then: brink ping 127.0.0.1:7777 */
#include <brink/brink.h>
#include <signal.h>
#include <stdio.h>

static void on_open(struct brink_stream *stream, void *context)
{
    (void)context;
    char peer[64];
    (void)printf("hello %s\n", brink_stream_peer(stream, peer, sizeof peer));
}

static void on_frame(struct brink_stream *stream, const struct brink_frame *frame, void *context)
{
    (void)context;
    if (brink_failed(brink_stream_send_raw(stream, frame->bytes, frame->size)))
        brink_stream_abort(stream); /* it sends faster than it reads */
}

static void on_close(struct brink_stream *stream, const struct brink_close_info *info,
                     void *context)
{
    (void)stream;
    (void)context;
    (void)printf("goodbye: %s\n", brink_reason_name(info->reason));
}

int main(int argc, char **argv)
{
    static const struct brink_stream_handler handler = {
        .on_open = on_open, .on_frame = on_frame, .on_close = on_close};
    struct brink_server_options options;
    struct brink_server *server;
    struct brink_message why;
    char address[128];
    int number;
    sigset_t leaving; /* blocked before the workers start, taken by sigwait */
    (void)sigemptyset(&leaving);
    (void)sigaddset(&leaving, SIGTERM);
    (void)sigaddset(&leaving, SIGINT);
    (void)sigprocmask(SIG_BLOCK, &leaving, NULL);

    brink_server_options_init(&options);
    options.handler = &handler;
    options.listen[options.listen_count++] = argc > 1 ? argv[1] : "127.0.0.1:0";
    if (brink_failed(brink_server_start(&server, &options, &why))) {
        (void)fprintf(stderr, "hello: %s\n", why.text);
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
