#include "app/load/load.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "app/load/json.h"
#include "app/load/options.h"
#include "app/load/report.h"
#include "app/load/run.h"
#include "app/serve/signals.h"
#include "base/message.h"

enum {
    TICK_MS = 200,
    OTHER_FILES = 32,       /* descriptors besides the connections */
    FILES_PER_THREAD = 4,   /* epoll, wake-up, timer; one to spare */
    FRAMES_DISTINCT = 4096, /* on the tape, where their sizes or bytes differ */
    BURST_BYTES = 64 << 10  /* that are given to the kernel at once, one way */
};

struct load {
    struct brink_load_options options;
    struct brink_load_plan plan;
    struct brink_signals signals;
    struct brink_load_result result;
    bool live; /* there is a terminal for the line that changes */
};

static enum brink_exit fail(const char *why)
{
    (void)fprintf(stderr, "brink load: %s\n", why);
    return BRINK_EXIT_FAILURE;
}

/* --- the plan --- */

/* One way, frames are given to the kernel many at a time; else as many as may be in flight. */
static uint32_t burst_of(const struct brink_load_options *options)
{
    double mean = brink_load_sizes_mean(&options->sizes) + 1;
    uint32_t burst = (uint32_t)(BURST_BYTES / mean) + 1;
    return options->one_way && burst > options->in_flight ? burst : options->in_flight;
}

static brink_result make_tape(struct load *load, struct brink_message *why)
{
    const struct brink_load_options *options = &load->options;
    struct brink_load_plan *plan = &load->plan;
    bool one_size =
        options->sizes.count == 1 && options->sizes.items[0].least == options->sizes.items[0].most;
    uint32_t frames = plan->burst;
    if ((options->verify || !one_size) && frames < FRAMES_DISTINCT)
        frames = FRAMES_DISTINCT;
    return brink_load_tape_make(&plan->tape, &plan->spec.request, &options->sizes, frames,
                                options->verify, why);
}

static void make_plan(struct load *load)
{
    const struct brink_load_options *options = &load->options;
    load->plan = (struct brink_load_plan){
        .sys = &brink_sys_linux,
        .spec = options->spec,
        .connections = options->connections,
        .idle = options->idle,
        .threads = options->threads,
        .in_flight = options->in_flight,
        .burst = burst_of(options),
        .churn = options->churn,
        .rate = options->rate,
        .count = options->count,
        .duration_ms = options->duration_ms,
        .timeout_ms = options->timeout_ms,
        .one_way = options->one_way,
        .verify = options->verify,
    };
    /* What must come back as it was sent is framed as that. */
    load->plan.reply = options->verify ? &load->plan.spec.request : &load->plan.spec.reply;
}

static brink_result raise_file_limit(const struct load *load, struct brink_message *why)
{
    const struct brink_load_options *options = &load->options;
    const struct brink_sys *sys = load->plan.sys;
    uint64_t files = (uint64_t)options->connections + options->idle +
                     (uint64_t)options->threads * FILES_PER_THREAD + OTHER_FILES;
    int limit = sys->ops->raise_file_limit(sys->context);
    if (limit < 0 || (uint64_t)limit >= files)
        return brink_ok();
    return brink_message_set(why,
                             "%u connections need %u open files, and %d are allowed; see `ulimit "
                             "-Hn`",
                             options->connections + options->idle, (unsigned)files, limit);
}

/* --- the run --- */

/* Until the state is not `state` any more. Signals end the run before its time. */
static enum brink_load_run_state wait_while(struct load *load, struct brink_load_run *run,
                                            enum brink_load_run_state state)
{
    struct pollfd fds[] = {{.fd = brink_load_run_fd(run), .events = POLLIN},
                           {.fd = load->signals.fd, .events = POLLIN}};
    enum brink_load_run_state now;
    while ((now = brink_load_run_state(run)) == state) {
        (void)poll(fds, 2, load->live ? TICK_MS : -1);
        if (fds[1].revents != 0 && brink_signals_wait(&load->signals, 0) != 0)
            brink_load_run_stop(run);
        if (load->live && state == BRINK_LOAD_RUN_BUSY) {
            brink_load_run_progress(run, &load->result);
            brink_load_report_progress(&load->result, stderr);
        }
    }
    return now;
}

/* Not all connections could be opened. */
static enum brink_exit fail_to_open(const struct load *load)
{
    const struct brink_load_result *result = &load->result;
    const struct brink_load_options *options = &load->options;
    char reason[BRINK_LOAD_REASON_TEXT];
    if (!result->gone) /* a signal */
        return fail("interrupted before all connections were open");
    (void)fprintf(stderr, "brink load: cannot open %u connections to %s: %s\n",
                  options->connections + options->idle, options->target,
                  brink_load_reason_format(&result->gone_for, reason, sizeof reason));
    if (result->troubles.no_frame[0] != '\0')
        (void)fprintf(stderr, "brink load: it answered: %s\n", result->troubles.no_frame);
    return BRINK_EXIT_FAILURE;
}

static void show_result(struct load *load)
{
    if (load->live)
        (void)fprintf(stderr, "\n");
    if (load->options.json)
        brink_load_json_result(&load->options, &load->result, stdout);
    else
        brink_load_report_print(&load->options, &load->result, stdout);
    (void)fflush(stdout);
}

static enum brink_exit run(struct load *load, struct brink_load_run *run)
{
    const struct brink_load_options *options = &load->options;
    if (!options->json)
        brink_load_report_begin(options, stdout);
    (void)fflush(stdout);
    if (wait_while(load, run, BRINK_LOAD_RUN_OPENING) == BRINK_LOAD_RUN_FAILED) {
        brink_load_run_result(run, &load->result);
        return fail_to_open(load);
    }
    if (options->json)
        brink_load_json_ready(options, stdout);
    brink_load_run_begin(run);
    (void)wait_while(load, run, BRINK_LOAD_RUN_BUSY);
    brink_load_run_result(run, &load->result);
    show_result(load);
    return brink_load_report_good(options, &load->result) ? BRINK_EXIT_OK : BRINK_EXIT_FAILURE;
}

static enum brink_exit run_with_signals(struct load *load)
{
    struct brink_load_run *started;
    brink_result result = brink_signals_open(&load->signals, false); /* before any thread */
    if (brink_failed(result))
        return fail(strerror(result.err));
    enum brink_exit status = BRINK_EXIT_FAILURE;
    result = brink_load_run_start(&started, &load->plan);
    if (brink_failed(result)) {
        status = fail(strerror(result.err));
    } else {
        status = run(load, started);
        brink_load_run_end(started);
    }
    brink_signals_close(&load->signals);
    return status;
}

enum brink_exit brink_load(int argc, char **argv)
{
    struct load load = {0};
    struct brink_message why;
    if (brink_failed(brink_load_options_parse(&load.options, argc, argv, 0)))
        return BRINK_EXIT_USAGE;
    make_plan(&load);
    load.live = isatty(STDERR_FILENO) == 1;
    if (brink_failed(brink_address_parse(&load.plan.address, load.options.target,
                                         BRINK_ADDRESS_TO_CONNECT, &why)) ||
        brink_failed(raise_file_limit(&load, &why)))
        return fail(why.text);
    brink_result result = make_tape(&load, &why);
    if (brink_failed(result)) {
        (void)fprintf(stderr, "brink load: --size: %s\n", why.text);
        return result.err == EINVAL ? BRINK_EXIT_USAGE : BRINK_EXIT_FAILURE;
    }
    enum brink_exit status = run_with_signals(&load);
    brink_load_tape_free(&load.plan.tape);
    return status;
}
