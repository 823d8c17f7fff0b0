#include "app/check/check.h"

#include <argp.h>
#include <errno.h>

#include "app/arguments.h"
#include "app/ping/probe.h"
#include "app/sandbox/user.h"
#include "config/config.h"

enum { OPTION_CONFIG = 'c', OPTION_FULL = 0x100, OPTION_DUMP };

struct arguments {
    const char *path;
    bool full;
    bool dump;
};

static const struct argp_option options[] = {
    {"config", OPTION_CONFIG, "FILE", 0,
     "The configuration; - for standard input (default " BRINK_CONFIG_PATH ")", 0},
    {"full", OPTION_FULL, NULL, 0,
     "Look names up, that of the user too, and see whether addresses can be listened "
     "at",
     0},
    {"dump", OPTION_DUMP, NULL, 0, "Print what is in force: every key, with its value", 0},
    {0},
};

static const char doc[] =
    "Read a configuration file and tell all that is wrong with it.\v"
    "Nothing is started and, without --full, no socket opened and no name looked up. Exit status: "
    "0 it can be used, 78 it cannot. See brink.conf(5).";

static error_t take(int key, char *text, struct argp_state *state)
{
    struct arguments *arguments = state->input;
    switch (key) {
    case OPTION_CONFIG:
        arguments->path = text;
        return 0;
    case OPTION_FULL:
        arguments->full = true;
        return 0;
    case OPTION_DUMP:
        arguments->dump = true;
        return 0;
    case ARGP_KEY_ARG:
        return brink_arguments_refuse(state, text, "not an option; write -c FILE");
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

/* Whether this process may become it is not asked: it need not be root. */
static void check_user(const struct arguments *arguments, struct brink_config *config)
{
    struct brink_config_place place = {.path = arguments->path};
    struct brink_user user;
    struct brink_message why;
    brink_result found = brink_user_find(&user, config->user, config->group, &why);
    if (found.err == ENOENT)
        brink_config_problems_error(&config->problems, &place, "user: %s", why.text);
}

static enum brink_exit tell(const struct arguments *arguments, struct brink_config *config)
{
    const struct brink_config_problems *problems = &config->problems;
    if (arguments->full && problems->errors == 0)
        brink_probe_config(config, &brink_sys_linux);
    if (arguments->full && problems->errors == 0)
        check_user(arguments, config);
    brink_config_problems_print(problems, stderr);
    if (problems->errors > 0) {
        (void)fprintf(stderr, "%s: %u error%s, %u warning%s\n", arguments->path, problems->errors,
                      problems->errors == 1 ? "" : "s", problems->warnings,
                      problems->warnings == 1 ? "" : "s");
        return BRINK_EXIT_CONFIG;
    }
    if (arguments->dump)
        brink_config_dump(config, stdout);
    else
        (void)printf("%s: good (%zu listener%s, %zu upstream%s)\n", arguments->path,
                     config->server.listener_count, config->server.listener_count == 1 ? "" : "s",
                     config->server.upstream_count, config->server.upstream_count == 1 ? "" : "s");
    return BRINK_EXIT_OK;
}

enum brink_exit brink_check(int argc, char **argv)
{
    static const struct argp argp = {options, take, NULL, doc, NULL, NULL, NULL};
    struct arguments arguments = {.path = BRINK_CONFIG_PATH};
    struct brink_config *config;
    if (brink_failed(brink_arguments_parse(&argp, argc, argv, 0, &arguments)))
        return BRINK_EXIT_USAGE;
    brink_result result = brink_config_read(&config, &brink_config_host_system, arguments.path);
    if (config == NULL) {
        (void)fprintf(stderr, "%s: no memory is left (error %d)\n", arguments.path, result.err);
        return BRINK_EXIT_FAILURE;
    }
    enum brink_exit status = tell(&arguments, config);
    brink_config_free(config);
    return status;
}
