#include "app/control/options.h"

#include <argp.h>
#include <stdlib.h>
#include <string.h>

#include "app/admin/request.h"
#include "app/arguments.h"
#include "config/value.h"

enum {
    OPTION_SOCKET = 's',
    OPTION_JSON = 'j',
    OPTION_WAIT = 'w',
    OPTION_POLICY = 0x100,
    OPTION_TIMEOUT,
    OPTION_SPREAD,
    OPTION_LIMIT,
    OPTION_NOW,
    WAIT_MS = 10000,
    WAIT_LONG_MS = 300000 /* for a configuration, or another program, to be ready */
};

#define COMMON_OPTIONS                                                                             \
    {"socket",                                                                                     \
     OPTION_SOCKET,                                                                                \
     "ADDR",                                                                                       \
     0,                                                                                            \
     "Where brink is asked: unix:/PATH, unix:@NAME, or HOST:PORT, where one may only look "        \
     "(default " BRINK_ADMIN_FOLDER "/admin.sock)",                                                \
     9},                                                                                           \
        {"json", OPTION_JSON, NULL, 0, "Print what brink answers as it is: JSON", 9},              \
        {"wait",                                                                                   \
         OPTION_WAIT,                                                                              \
         "DUR",                                                                                    \
         0,                                                                                        \
         "Wait so long for the answer (default 10s; 5m for reload and upgrade)",                   \
         9},                                                                                       \
    {                                                                                              \
        0                                                                                          \
    }

#define DRAIN_OPTIONS                                                                              \
    {"policy",                                                                                     \
     OPTION_POLICY,                                                                                \
     "POLICY",                                                                                     \
     0,                                                                                            \
     "When a connection is closed: idle, at a frame boundary with every request replied to; "      \
     "boundary, with no frame half sent; now (default: as the configuration says)",                \
     1},                                                                                           \
        {"timeout", OPTION_TIMEOUT, "DUR", 0, "What is left then is cut", 1},                      \
    {                                                                                              \
        "spread", OPTION_SPREAD, "DUR", 0,                                                         \
            "Close connections over this time, so that clients do not come back all at once", 1    \
    }

static const struct argp_option show_options[] = {
    {"limit", OPTION_LIMIT, "N", 0, "Clients that are shown at most (default 100)", 1},
    COMMON_OPTIONS,
};
static const struct argp_option drain_options[] = {DRAIN_OPTIONS, COMMON_OPTIONS};
static const struct argp_option close_options[] = {
    {"now", OPTION_NOW, NULL, 0, "Wherever it stands, not at the next frame boundary", 1},
    COMMON_OPTIONS,
};
static const struct argp_option plain_options[] = {COMMON_OPTIONS};

static const struct {
    const struct argp_option *options;
    const char *arguments;
    const char *doc;
} commands[BRINK_CONTROL_KINDS] = {
    [BRINK_CONTROL_SHOW] = {show_options,
                            "[listeners|upstreams|servers|clients [LISTENER]|workers|pools|errors]",
                            "Show what brink does: in short, or a list of one kind of thing."},
    [BRINK_CONTROL_DRAIN] =
        {drain_options, "listener NAME\nserver UPSTREAM/SERVER\nclient ID\nall",
         "Let connections go at frame boundaries: of a listener, which accepts no more; of a "
         "server, which gets no more; one; or all, as SIGTERM does, and brink ends."},
    [BRINK_CONTROL_UNDRAIN] = {plain_options, "listener NAME\nserver UPSTREAM/SERVER",
                               "Have a listener accept again, or a server get connections again."},
    [BRINK_CONTROL_WEIGHT] = {plain_options, "UPSTREAM/SERVER N",
                              "Set a server's share of new connections, 0 to 256."},
    [BRINK_CONTROL_CLOSE] = {close_options, "CLIENT",
                             "Close a client's connection at its next frame boundary. Its id is in "
                             "brink ctl show clients."},
    [BRINK_CONTROL_RELOAD] = {plain_options, NULL,
                              "Read the configuration anew and go on by it, as SIGHUP does. One "
                              "that is wrong changes nothing."},
    [BRINK_CONTROL_UPGRADE] = {plain_options, NULL,
                               "Start the program anew and hand all connections over to it, as "
                               "SIGUSR2 does. If it does not start, this one goes on."},
    [BRINK_CONTROL_LOG] = {plain_options, "error|warn|info|debug",
                           "Log that and what is worse from now on."},
    [BRINK_CONTROL_STOP] = {drain_options, NULL,
                            "Let all connections go at frame boundaries, and end: drain all."},
};

static const char notes[] = "\vExit status: 0 done, 1 it could not be done or brink not be "
                            "reached, 2 wrong command line. See brink-ctl(1).";

static error_t take_policy(struct argp_state *state, const char *text)
{
    static const char *const names[] = {"idle", "boundary", "now", NULL};
    struct brink_message why;
    uint32_t choice;
    if (brink_failed(brink_config_value_choice(text, names, &choice, &why)))
        return brink_arguments_refuse(state, "--policy", why.text);
    return 0;
}

static error_t take_word(struct argp_state *state, struct brink_control_options *options,
                         const char *text)
{
    if (options->count == BRINK_CONTROL_WORDS)
        return brink_arguments_refuse(state, text, "one word too many; see --help");
    options->words[options->count++] = text;
    return 0;
}

static error_t take(int key, char *text, struct argp_state *state)
{
    struct brink_control_options *options = state->input;
    uint32_t ignored;
    switch (key) {
    case OPTION_SOCKET:
        options->socket = text;
        return brink_arguments_check_address(state, "--socket", text, BRINK_ADDRESS_TO_CONNECT);
    case OPTION_JSON:
        options->json = true;
        return 0;
    case OPTION_WAIT:
        return brink_arguments_take_duration(state, "--wait", text, &options->wait_ms);
    case OPTION_POLICY:
        options->policy = text;
        return take_policy(state, text);
    case OPTION_TIMEOUT:
        options->timeout = text;
        return brink_arguments_take_duration(state, "--timeout", text, &ignored);
    case OPTION_SPREAD:
        options->spread = text;
        return brink_arguments_take_duration(state, "--spread", text, &ignored);
    case OPTION_LIMIT:
        options->limit = text;
        return brink_arguments_take_count(state, "--limit", text, BRINK_ADMIN_LIMIT_MOST, &ignored);
    case OPTION_NOW:
        options->now = true;
        return 0;
    case ARGP_KEY_ARG:
        return take_word(state, options, text);
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

brink_result brink_control_options_parse(struct brink_control_options *options,
                                         enum brink_control_kind kind, int argc, char **argv,
                                         unsigned argp_flags)
{
    char doc[1024];
    bool large = kind == BRINK_CONTROL_RELOAD || kind == BRINK_CONTROL_UPGRADE;
    (void)snprintf(doc, sizeof doc, "%s%s", commands[kind].doc, notes);
    struct argp argp = {
        commands[kind].options, take, commands[kind].arguments, doc, NULL, NULL, NULL};
    *options =
        (struct brink_control_options){.kind = kind, .wait_ms = large ? WAIT_LONG_MS : WAIT_MS};
    (void)brink_admin_place(getenv("RUNTIME_DIRECTORY"), options->place);
    return brink_arguments_parse(&argp, argc, argv, argp_flags, options);
}

const char *brink_control_options_socket(const struct brink_control_options *options)
{
    return options->socket != NULL ? options->socket : options->place;
}
