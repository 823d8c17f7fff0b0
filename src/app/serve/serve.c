#include "app/serve/serve.h"

#include <stdio.h>

#include "app/log/logger.h"
#include "app/serve/options.h"
#include "app/serve/service.h"
#include "base/log.h"

static enum brink_exit start(enum brink_server_service service, int argc, char **argv)
{
    struct brink_options options = {0};
    char frame[160];
    char to[160];
    char about[400];
    if (brink_failed(brink_options_parse(&options, service, argc, argv, 0)))
        return BRINK_EXIT_USAGE;
    bool relay = service == BRINK_SERVICE_RELAY;
    const char *name = relay ? "relay" : "echo";
    (void)snprintf(about, sizeof about, "service=%s frame=%s%s%s", name,
                   brink_log_quote(options.frame, frame, sizeof frame), relay ? " to=" : "",
                   relay ? brink_log_quote(options.server.upstream, to, sizeof to) : "");
    struct brink_service_plan plan = {
        .server = &options.server,
        .about = about,
        .name = name,
        .stopping = options.stopping,
        .upgrade_ms = options.upgrade_ms,
        .log_level = options.log_level,
        .log_format = options.log_format,
        .admin = {.addresses = options.admin, .count = options.admin_count},
        .sandbox.off = options.no_sandbox};
    return brink_service_serve(&plan);
}

enum brink_exit brink_serve_echo(int argc, char **argv)
{
    return start(BRINK_SERVICE_ECHO, argc, argv);
}

enum brink_exit brink_serve_relay(int argc, char **argv)
{
    return start(BRINK_SERVICE_RELAY, argc, argv);
}
