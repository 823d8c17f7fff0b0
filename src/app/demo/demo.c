#include "app/demo/demo.h"

#include <argp.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "app/arguments.h"
#include "app/clock.h"
#include "app/demo/load.h"
#include "app/demo/report.h"
#include "app/log/logger.h"
#include "app/serve/signals.h"
#include "brink/server.h"

enum { CLIENTS = 4, SECONDS_DEFAULT = 5, SECONDS_MOST = 3600, TICK_MS = 200, DRAIN_MS = 5000 };

/* clients -> relay -> echo, all in this process. */
struct demo {
    uint32_t seconds;
    struct brink_signals signals;
    struct brink_logger logger;
    struct brink_server *echo;
    struct brink_server *relay;
    char echo_address[BRINK_ADDRESS_TEXT_MAX];
    char relay_address[BRINK_ADDRESS_TEXT_MAX];
    struct brink_spec spec;
};

static const struct argp_option argp_options[] = {
    {"seconds", 's', "N", 0, "How long (default 5)", 0},
    {0},
};

static error_t take(int key, char *text, struct argp_state *state)
{
    uint32_t *seconds = state->input;
    switch (key) {
    case 's':
        return brink_arguments_take_count(state, "--seconds", text, SECONDS_MOST, seconds);
    case ARGP_KEY_ARG:
        return brink_arguments_refuse(state, text, "not an option; see --help");
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static brink_result start_server(struct demo *demo, enum brink_server_service service,
                                 struct brink_server **server, char *address,
                                 struct brink_message *why)
{
    struct brink_server_options options;
    brink_server_options_init(&options);
    options.service = service;
    options.listen[options.listen_count++] = "127.0.0.1:0";
    options.upstream = service == BRINK_SERVICE_RELAY ? demo->echo_address : NULL;
    options.spec = demo->spec;
    options.workers = 1;
    options.log = brink_logger_log(&demo->logger);
    brink_result result = brink_server_start(server, &options, why);
    if (!brink_failed(result))
        (void)brink_server_address(*server, 0, address, BRINK_ADDRESS_TEXT_MAX);
    return result;
}

/* Ends a server and counts the frames that it cut; false if connections had to be cut too. */
static bool stop_server(struct brink_server *server, uint64_t *frames_cut)
{
    struct brink_server_stats stats;
    if (server == NULL)
        return true;
    brink_server_stop(server, DRAIN_MS);
    bool drained = brink_server_wait(server);
    brink_server_stats(server, &stats);
    *frames_cut += stats.frames_cut[BRINK_SIDE_CLIENT] + stats.frames_cut[BRINK_SIDE_UPSTREAM];
    brink_server_free(server);
    return drained;
}

static brink_result start_servers(struct demo *demo, struct brink_message *why)
{
    brink_result result =
        start_server(demo, BRINK_SERVICE_ECHO, &demo->echo, demo->echo_address, why);
    if (brink_failed(result))
        return result;
    return start_server(demo, BRINK_SERVICE_RELAY, &demo->relay, demo->relay_address, why);
}

static brink_result start_load(struct demo *demo, struct brink_demo_load **load,
                               struct brink_message *why)
{
    struct brink_address address;
    brink_result result =
        brink_address_parse(&address, demo->relay_address, BRINK_ADDRESS_TO_CONNECT, why);
    if (brink_failed(result))
        return result;
    result = brink_demo_load_start(load, CLIENTS, &address, &demo->spec.request);
    if (brink_failed(result))
        (void)snprintf(why->text, sizeof why->text, "cannot connect to %s: %s", demo->relay_address,
                       strerror(result.err));
    return result;
}

/* Until the time is over, a signal comes, or no client is left. */
static void watch(struct demo *demo, const struct brink_demo_load *load,
                  struct brink_demo_report *report)
{
    bool live = isatty(STDOUT_FILENO) == 1;
    uint64_t start_ns = brink_clock_now_ns();
    uint64_t length_ns = demo->seconds * UINT64_C(1000000000);
    do {
        int number = brink_signals_wait(&demo->signals, TICK_MS);
        report->elapsed_ns = brink_clock_now_ns() - start_ns;
        brink_demo_load_progress(load, &report->load);
        if (live)
            brink_demo_report_progress(report, stdout);
        if (number != 0)
            break;
    } while (report->elapsed_ns < length_ns && report->load.failed < CLIENTS);
    if (live)
        (void)printf("\n");
}

static enum brink_exit fail(const struct brink_message *why)
{
    (void)fprintf(stderr, "brink demo: %s\n", why->text);
    return BRINK_EXIT_FAILURE;
}

static enum brink_exit show(struct demo *demo)
{
    struct brink_message why;
    struct brink_demo_load *load;
    struct brink_demo_report report = {0};
    if (brink_failed(start_servers(demo, &why)))
        return fail(&why);
    (void)printf("%d clients -> relay %s -> echo %s, for %" PRIu32 " s\n"
                 "Frames of 0 B to 1 MiB; each that comes back is compared with what was sent.\n",
                 CLIENTS, demo->relay_address, demo->echo_address, demo->seconds);
    (void)fflush(stdout);
    if (brink_failed(start_load(demo, &load, &why)))
        return fail(&why);
    watch(demo, load, &report);
    brink_demo_load_finish(load, &report.load);
    report.drained = stop_server(demo->relay, &report.frames_cut);
    demo->relay = NULL;
    report.drained = stop_server(demo->echo, &report.frames_cut) && report.drained;
    demo->echo = NULL;
    brink_demo_report_print(&report, stdout);
    return brink_demo_report_good(&report) ? BRINK_EXIT_OK : BRINK_EXIT_FAILURE;
}

enum brink_exit brink_demo(int argc, char **argv)
{
    static const struct argp argp = {
        argp_options,
        take,
        NULL,
        "Run an echo endpoint and a relay before it, both inside this process, send frames of many "
        "sizes through them, and compare every byte.",
        NULL,
        NULL,
        NULL};
    struct demo demo = {.seconds = SECONDS_DEFAULT};
    uint64_t ignored = 0;
    if (brink_failed(brink_arguments_parse(&argp, argc, argv, 0, &demo.seconds)))
        return BRINK_EXIT_USAGE;
    brink_result result = brink_signals_open(&demo.signals, false);
    if (brink_failed(result)) {
        (void)fprintf(stderr, "brink demo: %s\n", strerror(result.err));
        return BRINK_EXIT_FAILURE;
    }
    brink_logger_init(&demo.logger, STDERR_FILENO, BRINK_LOG_WARN);
    brink_spec_default(&demo.spec);
    enum brink_exit status = show(&demo);
    (void)stop_server(demo.relay, &ignored); /* what a failure on the way has left */
    (void)stop_server(demo.echo, &ignored);
    brink_signals_close(&demo.signals);
    return status;
}
