#include "app/serve/options.h"

#include <argp.h>
#include <stdio.h>
#include <string.h>

#include "app/arguments.h"
#include "app/log/logger.h"

enum {
    OPTION_LISTEN = 'l',
    OPTION_TO = 't',
    OPTION_FRAME = 'f',
    OPTION_WORKERS = 'w',
    OPTION_MAX_FRAME = 0x100, /* the others have long names only */
    OPTION_MAX_CLIENTS,
    OPTION_IDLE_TIMEOUT,
    OPTION_FRAME_TIMEOUT,
    OPTION_CONNECT_TIMEOUT,
    OPTION_DRAIN_TIMEOUT,
    OPTION_DRAIN_POLICY,
    OPTION_DRAIN_DELAY,
    OPTION_DRAIN_QUIET,
    OPTION_DRAIN_SPREAD,
    OPTION_DISPATCH,
    OPTION_LOG_LEVEL,
    OPTION_LOG_FORMAT,
    OPTION_ADMIN,
    OPTION_NO_SANDBOX,
    UPGRADE_MS = 30000,
    CLIENTS_MOST = 10000000,
    WORKERS_MOST = 64
};

#define LISTEN_HELP                                                                                \
    "Accept clients at ADDR: HOST:PORT, :PORT, [V6]:PORT, unix:/PATH, unix:@NAME, fd:N, or "       \
    "fd:NAME for sockets that systemd passes; may be given up to 16 times (default "

/* Grouped by the last figure, which is the order of the help. */
#define COMMON_OPTIONS                                                                             \
    {"frame",                                                                                      \
     OPTION_FRAME,                                                                                 \
     "SPEC",                                                                                       \
     0,                                                                                            \
     "How to find a frame's end: u32le, u16be, ..., a preset's name, keys such as "                \
     "offset=4,size=2,endian=big, or raw (default u32le); see brink frame",                        \
     2},                                                                                           \
        {"max-frame",                                                                              \
         OPTION_MAX_FRAME,                                                                         \
         "SIZE",                                                                                   \
         0,                                                                                        \
         "Refuse frames above SIZE, header included (default: the spec's own, 16MiB for u32le)",   \
         2},                                                                                       \
        {"frame-timeout",                                                                          \
         OPTION_FRAME_TIMEOUT,                                                                     \
         "DUR",                                                                                    \
         0,                                                                                        \
         "A frame begun must be finished by then (default 0: no limit)",                           \
         2},                                                                                       \
        {"idle-timeout",                                                                           \
         OPTION_IDLE_TIMEOUT,                                                                      \
         "DUR",                                                                                    \
         0,                                                                                        \
         "End a connection without a byte either way for DUR (default 60s; 0: never)",             \
         3},                                                                                       \
        {"max-clients",                                                                            \
         OPTION_MAX_CLIENTS,                                                                       \
         "N",                                                                                      \
         0,                                                                                        \
         "Accept no more than N at a time (default 4096)",                                         \
         3},                                                                                       \
        {"drain-timeout",                                                                          \
         OPTION_DRAIN_TIMEOUT,                                                                     \
         "DUR",                                                                                    \
         0,                                                                                        \
         "On SIGTERM and SIGINT, let frames in flight finish for so long (default 30s)",           \
         4},                                                                                       \
        {"drain-policy",                                                                           \
         OPTION_DRAIN_POLICY,                                                                      \
         "POLICY",                                                                                 \
         0,                                                                                        \
         "When a connection may leave then: idle (every request has had its reply), boundary "     \
         "(between two frames) or now (default idle)",                                             \
         4},                                                                                       \
        {"drain-delay",                                                                            \
         OPTION_DRAIN_DELAY,                                                                       \
         "DUR",                                                                                    \
         0,                                                                                        \
         "Before that, go on accepting for so long, for balancers to take note (default 0)",       \
         4},                                                                                       \
        {"drain-quiet",                                                                            \
         OPTION_DRAIN_QUIET,                                                                       \
         "DUR",                                                                                    \
         0,                                                                                        \
         "Without a byte for so long, what has no replies to count is idle (default 1s)",          \
         4},                                                                                       \
        {"drain-spread",                                                                           \
         OPTION_DRAIN_SPREAD,                                                                      \
         "DUR",                                                                                    \
         0,                                                                                        \
         "Let connections leave one after another, spread over so long (default 0)",               \
         4},                                                                                       \
        {"workers", OPTION_WORKERS, "N", 0, "Threads (default: one for each core)", 4},            \
        {"dispatch",                                                                               \
         OPTION_DISPATCH,                                                                          \
         "MODE",                                                                                   \
         0,                                                                                        \
         "sharded: a connection stays with the worker that accepted it; shared: any idle worker "  \
         "takes the next one that is ready (default sharded)",                                     \
         4},                                                                                       \
        {"log-level",                                                                              \
         OPTION_LOG_LEVEL,                                                                         \
         "LEVEL",                                                                                  \
         0,                                                                                        \
         "Log error, warn, info or debug and above (default info)",                                \
         4},                                                                                       \
        {"log-format",                                                                             \
         OPTION_LOG_FORMAT,                                                                        \
         "FORMAT",                                                                                 \
         0,                                                                                        \
         "logfmt, or json: an object a line (default logfmt)",                                     \
         4},                                                                                       \
        {"admin",                                                                                  \
         OPTION_ADMIN,                                                                             \
         "ADDR",                                                                                   \
         0,                                                                                        \
         "Tell figures and take commands at ADDR, for brink ctl and brink top: unix:/PATH, or "    \
         "figures alone at a HOST:PORT of this machine; may be given up to 8 times (default: "     \
         "nowhere)",                                                                               \
         4},                                                                                       \
        {"no-sandbox",                                                                             \
         OPTION_NO_SANDBOX,                                                                        \
         NULL,                                                                                     \
         0,                                                                                        \
         "Allow every file and system call, also those that brink has no need of",                 \
         4},                                                                                       \
    {                                                                                              \
        0                                                                                          \
    }

static const struct argp_option echo_options[] = {
    {"listen", OPTION_LISTEN, "ADDR", 0, LISTEN_HELP "127.0.0.1:5882)", 1},
    COMMON_OPTIONS,
};

static const struct argp_option relay_options[] = {
    {"listen", OPTION_LISTEN, "ADDR", 0, LISTEN_HELP "127.0.0.1:7000)", 1},
    {"to", OPTION_TO, "ADDR", 0, "Couple each client with a connection to ADDR (required)", 1},
    {"connect-timeout", OPTION_CONNECT_TIMEOUT, "DUR", 0,
     "The connection to ADDR must stand by then (default 5s)", 3},
    COMMON_OPTIONS,
};

static const char notes[] =
    "\vSizes are written 4096, 64KiB, 16MiB or 1GB; durations 500ms, 5s, 1m or 2h.\n\n"
    "The first SIGTERM or SIGINT stops accepting and lets frames in flight finish; a second one "
    "leaves at once. SIGUSR1 logs figures, of each worker too. SIGUSR2 has the program "
    "started anew, as after it was replaced, and hands its clients over. Exit status: 0 stopped, 1 "
    "could not "
    "run, 2 wrong command line, 3 the drain "
    "timeout cut connections.";

/* What the parser has at hand. */
struct parse {
    struct brink_options *options;
    uint64_t max_frame; /* 0: the spec's own */
};

static error_t take_max_frame(struct argp_state *state, const char *text, uint64_t *bytes)
{
    error_t failed = brink_arguments_take_size(state, "--max-frame", text, bytes);
    if (failed == 0 && *bytes == 0)
        failed = brink_arguments_refuse(state, "--max-frame",
                                        "0 would refuse every frame; write 64KiB or 16MiB");
    return failed;
}

static error_t take_listen(struct argp_state *state, const char *text,
                           struct brink_server_options *server)
{
    if (server->listen_count == BRINK_LISTEN_MAX)
        return brink_arguments_refuse(state, "--listen",
                                      "more than 16 addresses; start a second process");
    server->listen[server->listen_count++] = text;
    return brink_arguments_check_address(state, "--listen", text, BRINK_ADDRESS_TO_LISTEN);
}

static error_t take_admin(struct argp_state *state, const char *text, struct brink_options *options)
{
    if (options->admin_count == BRINK_ADMIN_ADDRESSES)
        return brink_arguments_refuse(state, "--admin", "more than 8 addresses; remove some");
    options->admin[options->admin_count++] = text;
    return brink_arguments_check_address(state, "--admin", text, BRINK_ADDRESS_TO_LISTEN);
}

static error_t take_upstream(struct argp_state *state, const char *text,
                             struct brink_server_options *server)
{
    server->upstream = text;
    return brink_arguments_check_address(state, "--to", text, BRINK_ADDRESS_TO_CONNECT);
}

static error_t take_log_level(struct argp_state *state, const char *text,
                              enum brink_log_level *level)
{
    struct brink_message why;
    if (brink_failed(brink_logger_parse_level(text, level, &why)))
        return brink_arguments_refuse(state, "--log-level", why.text);
    return 0;
}

static error_t take_log_format(struct argp_state *state, const char *text,
                               enum brink_log_format *format)
{
    struct brink_message why;
    if (brink_failed(brink_logger_parse_format(text, format, &why)))
        return brink_arguments_refuse(state, "--log-format", why.text);
    return 0;
}

static error_t take_dispatch(struct argp_state *state, const char *text,
                             enum brink_server_dispatch *dispatch)
{
    if (strcmp(text, "sharded") == 0)
        *dispatch = BRINK_DISPATCH_SHARDED;
    else if (strcmp(text, "shared") == 0)
        *dispatch = BRINK_DISPATCH_SHARED;
    else
        return brink_arguments_refuse(state, "--dispatch", "write sharded or shared");
    return 0;
}

static error_t take_drain_policy(struct argp_state *state, const char *text,
                                 enum brink_drain_policy *policy)
{
    for (int i = 0; i <= (int)BRINK_DRAIN_POLICY_NOW; i++) {
        *policy = (enum brink_drain_policy)i;
        if (strcmp(text, brink_drain_policy_name(*policy)) == 0)
            return 0;
    }
    return brink_arguments_refuse(state, "--drain-policy", "write idle, boundary or now");
}

/* What can be judged once all options are known. */
static error_t finish(struct argp_state *state, struct parse *parse)
{
    struct brink_options *options = parse->options;
    struct brink_server_options *server = &options->server;
    bool relay = server->service == BRINK_SERVICE_RELAY;
    if (relay && server->upstream == NULL)
        return brink_arguments_refuse(state, "--to",
                                      "missing; write --to HOST:PORT or --to unix:/path");
    if (server->listen_count == 0)
        server->listen[server->listen_count++] = relay ? "127.0.0.1:7000" : "127.0.0.1:5882";
    return brink_arguments_take_spec(state, "--frame", options->frame, parse->max_frame,
                                     &server->spec);
}

static error_t take(int key, char *text, struct argp_state *state)
{
    struct parse *parse = state->input;
    struct brink_options *options = parse->options;
    struct brink_server_options *server = &options->server;
    struct brink_drain_options *drain = &options->stopping.drain;
    switch (key) {
    case OPTION_LISTEN:
        return take_listen(state, text, server);
    case OPTION_TO:
        return take_upstream(state, text, server);
    case OPTION_FRAME:
        options->frame = text;
        return 0;
    case OPTION_MAX_FRAME:
        return take_max_frame(state, text, &parse->max_frame);
    case OPTION_MAX_CLIENTS:
        return brink_arguments_take_count(state, "--max-clients", text, CLIENTS_MOST,
                                          &server->max_clients);
    case OPTION_WORKERS:
        return brink_arguments_take_count(state, "--workers", text, WORKERS_MOST, &server->workers);
    case OPTION_IDLE_TIMEOUT:
        return brink_arguments_take_duration(state, "--idle-timeout", text, &server->idle_ms);
    case OPTION_FRAME_TIMEOUT:
        return brink_arguments_take_duration(state, "--frame-timeout", text, &server->frame_ms);
    case OPTION_CONNECT_TIMEOUT:
        return brink_arguments_take_duration(state, "--connect-timeout", text, &server->connect_ms);
    case OPTION_DRAIN_TIMEOUT:
        return brink_arguments_take_duration(state, "--drain-timeout", text, &drain->timeout_ms);
    case OPTION_DRAIN_POLICY:
        return take_drain_policy(state, text, &drain->policy);
    case OPTION_DRAIN_DELAY:
        return brink_arguments_take_duration(state, "--drain-delay", text,
                                             &options->stopping.delay_ms);
    case OPTION_DRAIN_QUIET:
        return brink_arguments_take_duration(state, "--drain-quiet", text, &drain->quiet_ms);
    case OPTION_DRAIN_SPREAD:
        return brink_arguments_take_duration(state, "--drain-spread", text, &drain->spread_ms);
    case OPTION_DISPATCH:
        return take_dispatch(state, text, &server->dispatch);
    case OPTION_LOG_LEVEL:
        return take_log_level(state, text, &options->log_level);
    case OPTION_LOG_FORMAT:
        return take_log_format(state, text, &options->log_format);
    case OPTION_ADMIN:
        return take_admin(state, text, options);
    case OPTION_NO_SANDBOX:
        options->no_sandbox = true;
        return 0;
    case ARGP_KEY_ARG:
        return brink_arguments_refuse(state, text, "not an option; see --help");
    case ARGP_KEY_END:
        return finish(state, parse);
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

brink_result brink_options_parse(struct brink_options *options, enum brink_server_service service,
                                 int argc, char **argv, unsigned argp_flags)
{
    static const char echo_doc[] = "Send every frame back to its sender.";
    static const char relay_doc[] = "Couple each client with a connection to another address, "
                                    "frame by frame.";
    bool relay = service == BRINK_SERVICE_RELAY;
    char doc[1024];
    (void)snprintf(doc, sizeof doc, "%s%s", relay ? relay_doc : echo_doc, notes);
    struct argp argp = {relay ? relay_options : echo_options, take, NULL, doc, NULL, NULL, NULL};
    struct parse parse = {.options = options};
    brink_server_options_init(&options->server);
    options->server.service = service;
    brink_stopping_options_init(&options->stopping);
    options->upgrade_ms = UPGRADE_MS;
    options->log_level = BRINK_LOG_INFO;
    options->frame = "u32le";
    options->admin_count = 0;
    return brink_arguments_parse(&argp, argc, argv, argp_flags, &parse);
}
