/* A program that knows brink only as it is installed. */
#include <brink/brink.h>
#include <stdio.h>
#include <string.h>

int main(void)
{
    static const struct brink_stream_handler handler;
    struct brink_server_options options;
    struct brink_server *server;
    struct brink_message why;
    char address[64];
    brink_server_options_init(&options);
    options.handler = &handler;
    options.listen[options.listen_count++] = "127.0.0.1:0";
    if (strcmp(brink_version(), BRINK_VERSION) != 0)
        return 1;
    if (brink_failed(brink_server_start(&server, &options, &why))) {
        (void)fprintf(stderr, "%s\n", why.text);
        return 1;
    }
    (void)printf("served on %s\n", brink_server_address(server, 0, address, sizeof address));
    brink_server_stop(server, 0);
    bool clean = brink_server_wait(server);
    brink_server_free(server);
    return clean ? 0 : 1;
}
