#include "app/serve/run.h"

#include <argp.h>

#include "app/arguments.h"
#include "app/check/check.h"
#include "app/log/logger.h"
#include "app/serve/service.h"
#include "base/log.h"
#include "config/config.h"

static const struct argp_option options[] = {
    {"config", 'c', "FILE", 0,
     "The configuration; - for standard input (default " BRINK_CONFIG_PATH ")", 0},
    {0},
};

static const char doc[] =
    "Serve what a configuration file says.\v"
    "The first SIGTERM or SIGINT stops accepting and lets frames in flight finish, for as long as "
    "drain-timeout says; a second one leaves at once. SIGUSR1 logs figures and opens log-file "
    "anew. Exit status: 0 "
    "stopped, 1 could not run, 2 wrong command line, 3 the drain timeout cut connections, 78 the "
    "configuration has errors; brink check tells the same ones. See brink.conf(5).";

static error_t take(int key, char *text, struct argp_state *state)
{
    const char **path = state->input;
    switch (key) {
    case 'c':
        *path = text;
        return 0;
    case ARGP_KEY_ARG:
        return brink_arguments_refuse(state, text, "not an option; write -c FILE");
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static enum brink_exit serve(const struct brink_config *config, const char *path)
{
    char about[400];
    char quoted[320];
    (void)snprintf(about, sizeof about, "service=run config=%s listeners=%zu upstreams=%zu",
                   brink_log_quote(path, quoted, sizeof quoted), config->server.listener_count,
                   config->server.upstream_count);
    struct brink_service_plan plan = {.server = &config->server,
                                      .about = about,
                                      .name = "run",
                                      .admin = {config->admin.address, config->admin.allow_remote},
                                      .drain_ms = config->drain_ms,
                                      .log_level = config->log_level,
                                      .log_format = config->log_format,
                                      .log_file = config->log_file,
                                      .access_log = &config->access_log};
    return brink_service_serve(&plan);
}

enum brink_exit brink_run(int argc, char **argv)
{
    static const struct argp argp = {options, take, NULL, doc, NULL, NULL, NULL};
    const char *path = BRINK_CONFIG_PATH;
    struct brink_config *config;
    if (brink_failed(brink_arguments_parse(&argp, argc, argv, 0, &path)))
        return BRINK_EXIT_USAGE;
    enum brink_exit status = BRINK_EXIT_CONFIG;
    brink_result result = brink_config_read(&config, &brink_config_host_system, path);
    if (config == NULL) {
        (void)fprintf(stderr, "%s: no memory is left\n", path);
        return BRINK_EXIT_FAILURE;
    }
    brink_config_problems_print(&config->problems, stderr);
    if (!brink_failed(result))
        status = serve(config, path);
    brink_config_free(config);
    return status;
}
