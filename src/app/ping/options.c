#include "app/ping/options.h"

#include <argp.h>

#include "app/arguments.h"

enum {
    PAYLOAD_DEFAULT = 56,
    PAYLOAD_MOST = 1 << 30,
    INTERVAL_MS_DEFAULT = 1000,
    WAIT_MS_DEFAULT = 5000,
    OPTION_MAX_FRAME = 0x100
};

static const struct argp_option ping_argp_options[] = {
    {"frame", 'f', "SPEC", 0, "How frames look (default u32le); see brink frame", 0},
    {"max-frame", OPTION_MAX_FRAME, "SIZE", 0, "The largest frame, header included", 0},
    {"count", 'c', "N", 0, "Send N frames (default: until interrupted)", 0},
    {"size", 's', "SIZE", 0, "Payload of a frame (default 56)", 0},
    {"interval", 'i', "DUR", 0, "From one frame to the next (default 1s)", 0},
    {"timeout", 'W', "DUR", 0, "Wait so long for a connection and for a reply (default 5s)", 0},
    {0},
};

static const char doc[] =
    "Send a frame to an endpoint that sends it back, and tell how long that took.\v"
    "ADDR is HOST:PORT, :PORT, [V6]:PORT or unix:/PATH. Sizes are written 1000 or 64KiB; durations "
    "500ms or 2s.\n\n"
    "Exit status: 0 every frame came back as it was sent, 1 one was lost or differed, 2 wrong "
    "command line.";

struct parse {
    struct brink_ping_options *options;
    uint64_t max_frame;
};

static error_t take_payload(struct argp_state *state, const char *text, uint32_t *payload)
{
    uint64_t bytes;
    error_t failed = brink_arguments_take_size(state, "--size", text, &bytes);
    if (failed != 0)
        return failed;
    if (bytes > PAYLOAD_MOST)
        return brink_arguments_refuse(state, "--size", "more than 1GiB; write 64KiB or 16MiB");
    *payload = (uint32_t)bytes;
    return 0;
}

static error_t take_target(struct argp_state *state, char *text, struct brink_ping_options *options)
{
    if (options->target != NULL)
        return brink_arguments_refuse(state, text, "one address is enough");
    options->target = text;
    return brink_arguments_check_address(state, "ADDR", text, BRINK_ADDRESS_TO_CONNECT);
}

static error_t finish(struct argp_state *state, struct parse *parse)
{
    struct brink_ping_options *options = parse->options;
    if (options->target == NULL)
        return brink_arguments_refuse(state, "ADDR", "missing; write HOST:PORT or unix:/path");
    return brink_arguments_take_spec(state, "--frame", options->frame, parse->max_frame,
                                     &options->spec);
}

static error_t take(int key, char *text, struct argp_state *state)
{
    struct parse *parse = state->input;
    struct brink_ping_options *options = parse->options;
    switch (key) {
    case 'f':
        options->frame = text;
        return 0;
    case OPTION_MAX_FRAME:
        return brink_arguments_take_size(state, "--max-frame", text, &parse->max_frame);
    case 'c':
        return brink_arguments_take_count(state, "--count", text, UINT32_MAX, &options->count);
    case 's':
        return take_payload(state, text, &options->payload);
    case 'i':
        return brink_arguments_take_duration(state, "--interval", text, &options->interval_ms);
    case 'W':
        return brink_arguments_take_duration(state, "--timeout", text, &options->wait_ms);
    case ARGP_KEY_ARG:
        return take_target(state, text, options);
    case ARGP_KEY_END:
        return finish(state, parse);
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

brink_result brink_ping_options_parse(struct brink_ping_options *options, int argc, char **argv,
                                      unsigned argp_flags)
{
    static const struct argp argp = {ping_argp_options, take, "ADDR", doc, NULL, NULL, NULL};
    struct parse parse = {.options = options};
    *options = (struct brink_ping_options){.frame = "u32le",
                                           .payload = PAYLOAD_DEFAULT,
                                           .interval_ms = INTERVAL_MS_DEFAULT,
                                           .wait_ms = WAIT_MS_DEFAULT};
    return brink_arguments_parse(&argp, argc, argv, argp_flags, &parse);
}
