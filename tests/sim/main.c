/* The simulator's command line: many runs, each from a seed; or one, step by step. */
#include <argp.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "sim/shrink.h"
#include "sim/world.h"

struct arguments {
    uint64_t seconds; /* 0: as many runs as asked for */
    uint64_t runs;    /* 0: as long as asked for */
    uint64_t seed;
    bool one;
    bool trace;
    bool quiet;
    unsigned shrink;
    const char *tape;
    const char *save;
    const char *call;
};

enum {
    KEY_CALL = 255,
    KEY_RUNS,
    KEY_SEED,
    KEY_TRACE,
    KEY_TAPE,
    KEY_FIRST,
    KEY_SHRINK,
    KEY_SAVE,
    KEY_QUIET,
    KEY_SHARDED
};

static const struct argp_option options[] = {
    {"seconds", 's', "N", 0, "run for so long", 0},
    {"runs", KEY_RUNS, "N", 0, "or so many runs", 0},
    {"first", KEY_FIRST, "SEED", 0, "the first of the seeds; 1, or with --seconds any", 0},
    {"seed", KEY_SEED, "SEED", 0, "one run only", 0},
    {"tape", KEY_TAPE, "FILE", 0, "one run, of these choices", 0},
    {"trace", KEY_TRACE, NULL, 0, "print every step", 0},
    {"shrink", KEY_SHRINK, "SECONDS", 0, "how long to look for a shorter run that fails; 30", 0},
    {"save", KEY_SAVE, "FOLDER", 0, "where to leave the tape of a run that fails; .", 0},
    {"call", KEY_CALL, "COMMAND", 0, "how this program is called, for what it prints", 0},
    {"sharded", KEY_SHARDED, NULL, 0, "no run has threads that share a loop", 0},
    {"quiet", KEY_QUIET, NULL, 0, "the time to the first failure, and nothing else", 0},
    {0},
};

static error_t parse(int key, char *text, struct argp_state *state)
{
    struct arguments *arguments = state->input;
    switch (key) {
    case 's':
        arguments->seconds = strtoull(text, NULL, 10);
        break;
    case KEY_RUNS:
        arguments->runs = strtoull(text, NULL, 10);
        break;
    case KEY_FIRST:
        arguments->seed = strtoull(text, NULL, 10);
        break;
    case KEY_SEED:
        arguments->seed = strtoull(text, NULL, 10);
        arguments->one = true;
        break;
    case KEY_TAPE:
        arguments->tape = text;
        break;
    case KEY_TRACE:
        arguments->trace = true;
        break;
    case KEY_SHRINK:
        arguments->shrink = (unsigned)strtoul(text, NULL, 10);
        break;
    case KEY_SAVE:
        arguments->save = text;
        break;
    case KEY_CALL:
        arguments->call = text;
        break;
    case KEY_SHARDED:
        sim_threads_allowed = false;
        break;
    case KEY_QUIET:
        arguments->quiet = true;
        break;
    default:
        return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

static double seconds_now(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* --- a run that fails --- */

enum { HANGS_AFTER = 120 }; /* seconds, of a run that takes milliseconds */

/* For a crash: which run it is. */
static struct {
    const struct arguments *arguments;
    uint64_t seed;
    struct sim_tape *tape; /* NULL: not to be shrunk */
} running;

/* LeakSanitizer's and AddressSanitizer's way to tell that they end the process. */
extern void __sanitizer_set_death_callback(void (*callback)(void)) __attribute__((weak));

static void save(const struct sim_tape *tape, const char *path)
{
    FILE *file = fopen(path, "wb");
    if (file == NULL || fwrite(tape->bytes, 1, tape->length, file) != tape->length)
        perror(path);
    if (file != NULL)
        (void)fclose(file);
}

static void tell_how_to_replay(void)
{
    const struct arguments *arguments = running.arguments;
    printf("   replay:  %s --seed %" PRIu64 " --trace\n", arguments->call, running.seed);
    (void)fflush(stdout);
}

static void shrink_it(void)
{
    char path[4096];
    const struct arguments *arguments = running.arguments;
    if (arguments->shrink == 0 || running.tape == NULL)
        return;
    sim_shrink(running.tape, arguments->shrink);
    (void)snprintf(path, sizeof path, "%s/sim-%" PRIu64 ".tape",
                   arguments->save != NULL ? arguments->save : ".", running.seed);
    save(running.tape, path);
    printf("   shrunk to %zu choices:  %s --tape %s --trace\n", running.tape->length,
           arguments->call, path);
    (void)fflush(stdout);
}

static void on_death(void)
{
    printf("\nseed %" PRIu64 " makes a sanitizer end it\n", running.seed);
    tell_how_to_replay();
}

/* A crash is a failure as well. What is done here is more than a signal handler should: at worst it
 * hangs, so there is an alarm. */
static void on_crash(int number)
{
    static const int others[] = {SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGALRM};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        (void)signal(others[i], SIG_DFL);
    (void)alarm(2 * running.arguments->shrink + HANGS_AFTER);
    printf("\nseed %" PRIu64 " %s\n", running.seed,
           number == SIGALRM ? "does not come to an end" : strsignal(number));
    tell_how_to_replay();
    if (number != SIGALRM)
        shrink_it();
    (void)raise(number);
}

static void watch_for_crashes(const struct arguments *arguments)
{
    running.arguments = arguments;
    running.seed = arguments->seed;
    if (__sanitizer_set_death_callback != NULL) {
        __sanitizer_set_death_callback(on_death);
    } else {
        (void)signal(SIGSEGV, on_crash);
        (void)signal(SIGBUS, on_crash);
        (void)signal(SIGFPE, on_crash);
        (void)signal(SIGILL, on_crash);
    }
    (void)signal(SIGABRT, on_crash);
    (void)signal(SIGALRM, on_crash);
}

static _Noreturn void report(const struct sim_result *result)
{
    (void)alarm(0); /* the run has come to an end */
    printf("\nseed %" PRIu64 " fails after %" PRIu64 " system calls: %s\n", running.seed,
           result->calls, result->failure);
    tell_how_to_replay();
    shrink_it();
    _exit(1); /* what the run has left behind is not to be told of as a leak */
}

/* --- runs --- */

enum { CROWD = 10 };

struct totals {
    uint64_t runs, calls, turns, sessions, bytes, virtual_ms, crowd, crowds;
    uint64_t faults[SIM_FAULT_COUNT];
};

static void add(struct totals *totals, const struct sim_result *result)
{
    totals->runs++;
    totals->calls += result->calls;
    totals->turns += result->turns;
    totals->sessions += result->sessions;
    totals->bytes += result->bytes;
    totals->crowd = result->crowd > totals->crowd ? result->crowd : totals->crowd;
    totals->crowds += result->crowd >= CROWD;
    totals->virtual_ms += result->virtual_ms;
    for (int i = 0; i < SIM_FAULT_COUNT; i++)
        totals->faults[i] += result->faults[i];
}

static void print(const struct totals *totals, double seconds)
{
    printf("%" PRIu64 " runs in %.1f s without a failure: %" PRIu64 " sessions, %" PRIu64
           " turns, %" PRIu64 " system calls, %.1f MB, %.1f hours of the simulated clock\n",
           totals->runs, seconds, totals->sessions, totals->turns, totals->calls,
           (double)totals->bytes / 1e6, (double)totals->virtual_ms / 3.6e6);
    printf("up to %" PRIu64 " clients at once, %d or more in %" PRIu64 " runs\n", totals->crowd,
           CROWD, totals->crowds);
    printf("faults:");
    for (int i = 0; i < SIM_FAULT_COUNT; i++)
        printf(" %s %" PRIu64, sim_fault_name((enum sim_fault)i), totals->faults[i]);
    printf("\n");
}

static int run_one(const struct arguments *arguments, struct sim_tape *tape)
{
    struct sim_result result;
    sim_run(tape, arguments->trace, &result);
    printf("%s%s\n", result.failed ? "fails: " : "holds", result.failure);
    (void)fflush(stdout);
    _exit(result.failed ? 1 : 0);
}

static int run_many(const struct arguments *arguments)
{
    struct totals totals = {0};
    double begin = seconds_now();
    bool timed = arguments->seconds > 0;
    uint64_t seed = arguments->seed;
    for (;; seed++) {
        double taken = seconds_now() - begin;
        if (timed ? taken >= (double)arguments->seconds : totals.runs >= arguments->runs)
            break;
        struct sim_tape tape;
        struct sim_result result;
        running.seed = seed;
        running.tape = arguments->quiet ? NULL : &tape;
        (void)alarm(HANGS_AFTER);
        sim_tape_seed(&tape, seed);
        sim_run(&tape, false, &result);
        add(&totals, &result);
        if (result.failed && arguments->quiet) {
            printf("%.1f s, %" PRIu64 " runs: %s\n", seconds_now() - begin, totals.runs,
                   result.failure);
            (void)fflush(stdout);
            _exit(1);
        }
        if (result.failed)
            report(&result);
        sim_tape_free(&tape);
    }
    print(&totals, seconds_now() - begin);
    return 0;
}

static int run_tape(const struct arguments *arguments)
{
    static uint8_t bytes[1 << 22];
    struct sim_tape tape;
    FILE *file = fopen(arguments->tape, "rb");
    if (file == NULL) {
        perror(arguments->tape);
        return 2;
    }
    sim_tape_read(&tape, bytes, fread(bytes, 1, sizeof bytes, file));
    (void)fclose(file);
    return run_one(arguments, &tape);
}

int main(int argc, char **argv)
{
    static const struct argp argp = {options, parse, NULL, "Runs brink on a simulated kernel.",
                                     NULL,    NULL,  NULL};
    struct arguments arguments = {.shrink = 30, .call = argv[0]};
    if (argp_parse(&argp, argc, argv, 0, NULL, &arguments) != 0)
        return 2;
    if (arguments.seconds == 0 && arguments.runs == 0)
        arguments.runs = 1000;
    if (arguments.seed == 0)
        arguments.seed = arguments.seconds > 0 ? (uint64_t)time(NULL) * 1000 : 1;
    watch_for_crashes(&arguments);
    if (arguments.tape != NULL)
        return run_tape(&arguments);
    if (arguments.one) {
        struct sim_tape tape;
        sim_tape_seed(&tape, arguments.seed);
        return run_one(&arguments, &tape);
    }
    return run_many(&arguments);
}
