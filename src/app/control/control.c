#include "app/control/control.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "app/control/http.h"
#include "app/control/options.h"
#include "app/control/show.h"
#include "app/control/target.h"

enum { ARGUMENTS_MAX = 64 };

static enum brink_exit complain(const char *title, enum brink_exit status, const char *why)
{
    (void)fprintf(stderr, "%s: %s\n", title, why);
    return status;
}

static double wall_clock(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* What was done, and to what: "listener front: draining". */
static void tell_done(const struct brink_control_options *options, const json_t *answer)
{
    const char *done = json_string_value(json_object_get(answer, "done"));
    for (size_t i = 0; i < options->count; i++)
        (void)printf("%s%s", i > 0 ? " " : "", options->words[i]);
    (void)printf("%s%s\n", options->count > 0 ? ": " : "", done != NULL ? done : "done");
}

static enum brink_exit tell(const char *title, const struct brink_control_options *options,
                            const struct brink_control_target *target,
                            const struct brink_control_reply *reply)
{
    json_error_t where;
    json_t *answer = json_loadb(reply->body, reply->size, 0, &where);
    if (answer == NULL)
        return complain(title, BRINK_EXIT_FAILURE,
                        "what was answered is no JSON; is it brink that is asked there?");
    bool shown = true;
    if (target->post)
        tell_done(options, answer);
    else
        shown = brink_control_show(stdout, target->view, answer, wall_clock());
    json_decref(answer);
    return shown ? BRINK_EXIT_OK : complain(title, BRINK_EXIT_FAILURE, "no memory is left");
}

static enum brink_exit ask(const char *title, const struct brink_control_options *options,
                           const struct brink_control_target *target)
{
    struct brink_control_reply reply;
    struct brink_message why;
    enum brink_exit status = BRINK_EXIT_OK;
    if (brink_failed(brink_control_ask(brink_control_options_socket(options), target->post,
                                       target->text, options->wait_ms, &reply, &why)))
        return complain(title, BRINK_EXIT_FAILURE, why.text);
    if (options->json && reply.body != NULL)
        (void)fputs(reply.body, stdout);
    if (reply.status != 200) {
        brink_control_error(&reply, &why);
        status = complain(title, BRINK_EXIT_FAILURE, why.text);
    } else if (!options->json) {
        status = tell(title, options, target, &reply);
    }
    free(reply.body);
    return status;
}

static enum brink_exit run(enum brink_control_kind kind, int argc, char **argv)
{
    struct brink_control_options options;
    struct brink_control_target target;
    struct brink_message why;
    if (brink_failed(brink_control_options_parse(&options, kind, argc, argv, 0)))
        return BRINK_EXIT_USAGE;
    if (brink_failed(brink_control_target_make(&target, &options, &why)))
        return complain(argv[0], BRINK_EXIT_USAGE, why.text);
    return ask(argv[0], &options, &target);
}

#define COMMAND(name, kind)                                                                        \
    static enum brink_exit name(int argc, char **argv)                                             \
    {                                                                                              \
        return run(kind, argc, argv);                                                              \
    }
COMMAND(run_show, BRINK_CONTROL_SHOW)
COMMAND(run_drain, BRINK_CONTROL_DRAIN)
COMMAND(run_undrain, BRINK_CONTROL_UNDRAIN)
COMMAND(run_weight, BRINK_CONTROL_WEIGHT)
COMMAND(run_close, BRINK_CONTROL_CLOSE)
COMMAND(run_reload, BRINK_CONTROL_RELOAD)
COMMAND(run_upgrade, BRINK_CONTROL_UPGRADE)
COMMAND(run_log, BRINK_CONTROL_LOG)
COMMAND(run_stop, BRINK_CONTROL_STOP)

static const struct brink_command commands[] = {
    {"show", "in short; or listeners, upstreams, servers, clients, workers, pools, errors",
     run_show},
    {"drain", "let connections go at frame boundaries: of a listener, a server, one, all",
     run_drain},
    {"undrain", "have a listener or a server take connections again", run_undrain},
    {"weight", "set a server's share of new connections", run_weight},
    {"close", "close a client's connection", run_close},
    {"reload", "read the configuration anew and go on by it", run_reload},
    {"upgrade", "start the program anew and hand all connections over to it", run_upgrade},
    {"log", "log error, warn, info or debug and worse", run_log},
    {"stop", "let all connections go at frame boundaries, and end", run_stop},
};

static const struct brink_command_set set = {
    .name = "brink ctl",
    .intro = "See and steer a running brink.",
    .closing = "Each takes --socket ADDR and --json; `brink ctl help COMMAND` tells its options,\n"
               "brink-ctl(1) everything. To look on: brink top",
    .commands = commands,
    .count = sizeof commands / sizeof commands[0],
};

/* How many words an option before the command takes: 1 or 2; 0: it is none of these. */
static int option_words(const char *word)
{
    if (strcmp(word, "--socket") == 0 || strcmp(word, "-s") == 0 || strcmp(word, "--wait") == 0 ||
        strcmp(word, "-w") == 0)
        return 2;
    if (strcmp(word, "--json") == 0 || strcmp(word, "-j") == 0 ||
        strncmp(word, "--socket=", 9) == 0 || strncmp(word, "--wait=", 7) == 0 ||
        (word[0] == '-' && (word[1] == 's' || word[1] == 'w') && word[2] != '\0'))
        return 1;
    return 0;
}

/* Options may stand before the command, too: they are put after it. */
enum brink_exit brink_control(int argc, char **argv)
{
    char *words[ARGUMENTS_MAX + 1];
    int at = 1;
    while (at < argc && option_words(argv[at]) > 0)
        at += option_words(argv[at]);
    if (at == 1 || at >= argc || argc > ARGUMENTS_MAX)
        return brink_command_run(&set, at >= argc ? 1 : argc, argv);
    int used = 0;
    words[used++] = argv[0];
    words[used++] = argv[at];
    for (int i = 1; i < argc; i++) {
        if (i != at)
            words[used++] = argv[i];
    }
    words[used] = NULL;
    return brink_command_run(&set, used, words);
}
