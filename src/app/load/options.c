#include "app/load/options.h"

#include <argp.h>
#include <string.h>

#include "app/arguments.h"
#include "config/units.h"

enum {
    CONNECTIONS_DEFAULT = 8,
    DURATION_MS_DEFAULT = 10000,
    TIMEOUT_MS_DEFAULT = 5000,
    CONNECTIONS_MOST = 1000000,
    IN_FLIGHT_MOST = 65536,
    THREADS_MOST = 256,
    RATE_MOST = 100000000,
    OPTION_MAX_FRAME = 0x100, /* the others have long names only */
    OPTION_VERIFY,
    OPTION_CHURN,
    OPTION_ONE_WAY,
    OPTION_IDLE,
    OPTION_TIMEOUT,
    OPTION_JSON
};

/* Grouped by the last figure, which is the order of the help. */
static const struct argp_option load_argp_options[] = {
    {"connections", 'c', "N", 0, "Connections that send frames (default 8)", 1},
    {"in-flight", 'p', "N", 0, "Frames on their way at a time, on each connection (default 1)", 1},
    {"rate", 'r', "N", 0,
     "Frames per second, over all connections (default: the next one when one is answered)", 1},
    {"duration", 'd', "DUR", 0, "How long (default 10s)", 1},
    {"count", 'n', "N", 0, "How many frames in all, instead of --duration", 1},
    {"threads", 't', "N", 0, "Threads (default 1)", 1},
    {"frame", 'f', "SPEC", 0, "How frames look (default u32le); see brink frame", 2},
    {"max-frame", OPTION_MAX_FRAME, "SIZE", 0, "The largest frame, header included", 2},
    {"size", 's', "SIZES", 0,
     "Bytes of payload: 64, 64..1KiB, or with weights 64:9,16KiB:1 (default 64)", 2},
    {"verify", OPTION_VERIFY, NULL, 0, "Each reply must be the frame that was sent, byte by byte",
     3},
    {"one-way", OPTION_ONE_WAY, NULL, 0, "There are no replies: count what is sent", 3},
    {"churn", OPTION_CHURN, "N", 0, "Connect anew after N frames, each connection", 3},
    {"idle", OPTION_IDLE, "N", 0, "N more connections, each silent after one frame there and back",
     3},
    {"timeout", OPTION_TIMEOUT, "DUR", 0,
     "Wait so long for a connection, and at the end for replies (default 5s)", 4},
    {"json", OPTION_JSON, NULL, 0, "The result as JSON, an object a line", 4},
    {0},
};

static const char doc[] =
    "Send frames to an endpoint over many connections, and tell how many it answers and how long "
    "that takes.\v"
    "ADDR is HOST:PORT, :PORT, [V6]:PORT or unix:/PATH. Sizes are written 1000 or 64KiB; durations "
    "500ms or 2s.\n\n"
    "With --rate, a frame's latency counts from the time at which it was due, sent or not.\n\n"
    "Exit status: 0 done, 1 a connection failed or a reply was missing or different, 2 wrong "
    "command line.";

struct parse {
    struct brink_load_options *options;
    uint64_t max_frame;
    bool has_duration;
};

static error_t take_sizes(struct argp_state *state, const char *text,
                          struct brink_load_options *options)
{
    struct brink_message why;
    options->sizes_text = text;
    if (brink_failed(brink_load_sizes_parse(text, &options->sizes, &why)))
        return brink_arguments_refuse(state, "--size", why.text);
    return 0;
}

static error_t take_time(struct argp_state *state, const char *option, const char *text,
                         uint32_t *ms)
{
    error_t failed = brink_arguments_take_duration(state, option, text, ms);
    if (failed == 0 && *ms == 0)
        failed = brink_arguments_refuse(state, option, "0 is too short; write 500ms or 10s");
    return failed;
}

static error_t take_target(struct argp_state *state, char *text, struct brink_load_options *options)
{
    if (options->target != NULL)
        return brink_arguments_refuse(state, text, "one address is enough");
    options->target = text;
    return brink_arguments_check_address(state, "ADDR", text, BRINK_ADDRESS_TO_CONNECT);
}

static error_t finish(struct argp_state *state, struct parse *parse)
{
    struct brink_load_options *options = parse->options;
    if (options->target == NULL)
        return brink_arguments_refuse(state, "ADDR", "missing; write HOST:PORT or unix:/path");
    if (options->count > 0 && parse->has_duration)
        return brink_arguments_refuse(state, "--count", "not together with --duration");
    if (options->one_way && options->verify)
        return brink_arguments_refuse(state, "--verify", "not together with --one-way");
    if (options->threads > options->connections)
        options->threads = options->connections;
    return brink_arguments_take_spec(state, "--frame", options->frame, parse->max_frame,
                                     &options->spec);
}

/* 0 is as if it had not been given, for scripts that fill it in. */
static error_t take_count_or_none(struct argp_state *state, const char *option, const char *text,
                                  uint32_t most, uint32_t *count)
{
    *count = 0;
    return strcmp(text, "0") == 0 ? 0
                                  : brink_arguments_take_count(state, option, text, most, count);
}

/* The options that are a count. */
static error_t take_count(int key, char *text, struct argp_state *state)
{
    struct brink_load_options *options = ((struct parse *)state->input)->options;
    switch (key) {
    case 'c':
        return brink_arguments_take_count(state, "--connections", text, CONNECTIONS_MOST,
                                          &options->connections);
    case 'p':
        return brink_arguments_take_count(state, "--in-flight", text, IN_FLIGHT_MOST,
                                          &options->in_flight);
    case 'r':
        return take_count_or_none(state, "--rate", text, RATE_MOST, &options->rate);
    case 'n':
        return brink_arguments_take_count(state, "--count", text, UINT32_MAX, &options->count);
    case 't':
        return brink_arguments_take_count(state, "--threads", text, THREADS_MOST,
                                          &options->threads);
    case OPTION_CHURN:
        return take_count_or_none(state, "--churn", text, UINT32_MAX, &options->churn);
    case OPTION_IDLE:
        return take_count_or_none(state, "--idle", text, CONNECTIONS_MOST, &options->idle);
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static error_t take(int key, char *text, struct argp_state *state)
{
    struct parse *parse = state->input;
    struct brink_load_options *options = parse->options;
    switch (key) {
    case 'd':
        parse->has_duration = true;
        return take_time(state, "--duration", text, &options->duration_ms);
    case 'f':
        options->frame = text;
        return 0;
    case OPTION_MAX_FRAME:
        return brink_arguments_take_size(state, "--max-frame", text, &parse->max_frame);
    case 's':
        return take_sizes(state, text, options);
    case OPTION_VERIFY:
        options->verify = true;
        return 0;
    case OPTION_ONE_WAY:
        options->one_way = true;
        return 0;
    case OPTION_TIMEOUT:
        return take_time(state, "--timeout", text, &options->timeout_ms);
    case OPTION_JSON:
        options->json = true;
        return 0;
    case ARGP_KEY_ARG:
        return take_target(state, text, options);
    case ARGP_KEY_END:
        return finish(state, parse);
    default:
        return take_count(key, text, state);
    }
}

brink_result brink_load_options_parse(struct brink_load_options *options, int argc, char **argv,
                                      unsigned argp_flags)
{
    static const struct argp argp = {load_argp_options, take, "ADDR", doc, NULL, NULL, NULL};
    struct parse parse = {.options = options};
    *options = (struct brink_load_options){
        .frame = "u32le",
        .sizes_text = "64",
        .sizes = {.count = 1, .items = {{64, 64, 1}}},
        .connections = CONNECTIONS_DEFAULT,
        .in_flight = 1,
        .threads = 1,
        .duration_ms = DURATION_MS_DEFAULT,
        .timeout_ms = TIMEOUT_MS_DEFAULT,
    };
    return brink_arguments_parse(&argp, argc, argv, argp_flags, &parse);
}
