#include "app/top/options.h"

#include <argp.h>
#include <stdlib.h>

#include "app/arguments.h"
#include "config/value.h"

enum {
    OPTION_SOCKET = 's',
    OPTION_INTERVAL = 'i',
    OPTION_COUNT = 'n',
    OPTION_BATCH = 'b',
    OPTION_ONCE = '1',
    OPTION_VIEW = 'v',
    OPTION_SORT = 0x100,
    INTERVAL_MS = 1000,
    COUNT_MOST = 1000000000
};

static const struct argp_option arguments[] = {
    {"socket", OPTION_SOCKET, "ADDR", 0,
     "Where brink is asked: unix:/PATH, unix:@NAME or HOST:PORT (default " BRINK_ADMIN_FOLDER
     "/admin.sock)",
     0},
    {"interval", OPTION_INTERVAL, "DUR", 0, "From one reading to the next (default 1s)", 0},
    {"view", OPTION_VIEW, "VIEW", 0, "all, listeners, servers or workers (default all)", 0},
    {"sort", OPTION_SORT, "BY", 0,
     "none, name, clients, frames or bytes: the most first (default none)", 0},
    {"batch", OPTION_BATCH, NULL, 0, "Write text, not to a screen; once, unless --count says more",
     0},
    {"count", OPTION_COUNT, "N", 0, "End after N views", 0},
    {"once", OPTION_ONCE, NULL, 0, "The same as --batch --count=1", 0},
    {0},
};

static const char doc[] =
    "Look on while brink works: totals, listeners, servers, workers, and what they do in a "
    "second.\v"
    "Keys: q quits; p or the space bar pauses; a, l, s, w show all, listeners, servers, workers; "
    "c, f, b, n sort by clients, frames, bytes, names, o not; r turns the order round. Exit "
    "status: 0, 1 brink could not be reached (with --batch), 2 wrong command line.";

static error_t take_choice(struct argp_state *state, const char *option, const char *text,
                           const char *const *names, uint32_t *choice)
{
    struct brink_message why;
    if (brink_failed(brink_config_value_choice(text, names, choice, &why)))
        return brink_arguments_refuse(state, option, why.text);
    return 0;
}

static error_t take_view(struct argp_state *state, const char *text,
                         struct brink_top_options *options)
{
    static const char *const names[] = {"all", "listeners", "servers", "workers", NULL};
    uint32_t choice = 0;
    error_t failed = take_choice(state, "--view", text, names, &choice);
    options->part = (enum brink_top_part)choice;
    return failed;
}

static error_t take_sort(struct argp_state *state, const char *text,
                         struct brink_top_options *options)
{
    static const char *const names[] = {"none", "name", "clients", "frames", "bytes", NULL};
    uint32_t choice = 0;
    error_t failed = take_choice(state, "--sort", text, names, &choice);
    options->sort = (enum brink_top_sort)choice;
    return failed;
}

static error_t take_interval(struct argp_state *state, const char *text,
                             struct brink_top_options *options)
{
    error_t failed =
        brink_arguments_take_duration(state, "--interval", text, &options->interval_ms);
    if (failed == 0 && options->interval_ms < 100)
        failed = brink_arguments_refuse(state, "--interval", "at least 100ms");
    return failed;
}

static error_t take(int key, char *text, struct argp_state *state)
{
    struct brink_top_options *options = state->input;
    switch (key) {
    case OPTION_SOCKET:
        options->socket = text;
        return brink_arguments_check_address(state, "--socket", text, BRINK_ADDRESS_TO_CONNECT);
    case OPTION_INTERVAL:
        return take_interval(state, text, options);
    case OPTION_COUNT:
        return brink_arguments_take_count(state, "--count", text, COUNT_MOST, &options->count);
    case OPTION_ONCE:
        options->count = 1;
        options->batch = true;
        return 0;
    case OPTION_BATCH:
        options->batch = true;
        return 0;
    case OPTION_VIEW:
        return take_view(state, text, options);
    case OPTION_SORT:
        return take_sort(state, text, options);
    case ARGP_KEY_ARG:
        return brink_arguments_refuse(state, text, "not an option; see --help");
    case ARGP_KEY_END:
        if (options->batch && options->count == 0)
            options->count = 1;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

brink_result brink_top_options_parse(struct brink_top_options *options, int argc, char **argv,
                                     unsigned argp_flags)
{
    static const struct argp argp = {arguments, take, NULL, doc, NULL, NULL, NULL};
    *options = (struct brink_top_options){.interval_ms = INTERVAL_MS};
    (void)brink_admin_place(getenv("RUNTIME_DIRECTORY"), options->place);
    return brink_arguments_parse(&argp, argc, argv, argp_flags, options);
}
