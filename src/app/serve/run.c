#include "app/serve/run.h"

#include <argp.h>
#include <stdlib.h>
#include <unistd.h>

#include "app/admin/place.h"
#include "app/arguments.h"
#include "app/check/check.h"
#include "app/log/logger.h"
#include "app/sandbox/reads.h"
#include "app/serve/service.h"
#include "base/log.h"
#include "config/config.h"

enum { OPTION_NO_SANDBOX = 0x100 };

struct arguments {
    const char *path;
    bool no_sandbox;
};

static const struct argp_option options[] = {
    {"config", 'c', "FILE", 0,
     "The configuration; - for standard input (default " BRINK_CONFIG_PATH ")", 0},
    {"no-sandbox", OPTION_NO_SANDBOX, NULL, 0,
     "Allow every file and system call, as sandbox = no in the configuration does", 0},
    {0},
};

static const char doc[] =
    "Serve what a configuration file says.\v"
    "The first SIGTERM or SIGINT stops accepting, after drain-delay, and lets connections leave as "
    "drain-policy says, for as long as drain-timeout says; a second one leaves at once. SIGHUP "
    "has the file read anew, and taken over if it is good. SIGUSR1 "
    "logs figures and opens log-file anew. SIGUSR2 has the program started anew, as after it was "
    "replaced, and hands listening sockets and clients over to it. Exit status: 0 "
    "stopped, 1 could not run, 2 wrong command line, 3 the drain timeout cut connections, 78 the "
    "configuration has errors; brink check tells the same ones. See brink.conf(5).";

static error_t take(int key, char *text, struct argp_state *state)
{
    struct arguments *arguments = state->input;
    switch (key) {
    case 'c':
        arguments->path = text;
        return 0;
    case OPTION_NO_SANDBOX:
        arguments->no_sandbox = true;
        return 0;
    case ARGP_KEY_ARG:
        return brink_arguments_refuse(state, text, "not an option; write -c FILE");
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

/* By default where brink ctl asks, if there is such a place. */
static struct brink_admin_options admin_options(const struct brink_config_admin *admin,
                                                char place[BRINK_ADMIN_PLACE_MAX],
                                                const char *const *default_address)
{
    struct brink_admin_options told = {.addresses = admin->addresses,
                                       .count = admin->off ? 0 : admin->address_count,
                                       .allow_remote = admin->allow_remote,
                                       .hosts = admin->hosts,
                                       .host_count = admin->host_count};
    const char *folder = getenv("RUNTIME_DIRECTORY");
    bool none = folder == NULL || folder[0] == '\0';
    if (admin->address_count > 0)
        return told;
    if (none && access(BRINK_ADMIN_FOLDER, W_OK | X_OK) != 0) {
        told.absent = "there is no folder " BRINK_ADMIN_FOLDER " that brink may write to";
        return told;
    }
    (void)brink_admin_place(folder, place);
    told.addresses = default_address;
    told.count = 1;
    told.by_default = true;
    return told;
}

static enum brink_exit serve(const struct brink_config *config, const struct arguments *arguments,
                             const struct brink_paths *files)
{
    char about[400];
    char quoted[320];
    (void)snprintf(about, sizeof about, "service=run config=%s listeners=%zu upstreams=%zu",
                   brink_log_quote(arguments->path, quoted, sizeof quoted),
                   config->server.listener_count, config->server.upstream_count);
    struct brink_service_plan plan = {.server = &config->server,
                                      .about = about,
                                      .name = "run",
                                      .config = arguments->path,
                                      .read = config,
                                      .stopping = {config->drain, config->drain_delay_ms},
                                      .upgrade_ms = config->upgrade_ms,
                                      .log_level = config->log_level,
                                      .log_format = config->log_format,
                                      .log_file = config->log_file,
                                      .access_log = &config->access_log,
                                      .sandbox = {.off = arguments->no_sandbox || !config->sandbox,
                                                  .user = config->user,
                                                  .group = config->group,
                                                  .warns = true},
                                      .files = files};
    char place[BRINK_ADMIN_PLACE_MAX];
    const char *default_address = place;
    plan.admin = admin_options(&config->admin, place, &default_address);
    return brink_service_serve(&plan);
}

enum brink_exit brink_run(int argc, char **argv)
{
    static const struct argp argp = {options, take, NULL, doc, NULL, NULL, NULL};
    struct arguments arguments = {.path = BRINK_CONFIG_PATH};
    struct brink_paths files = {0};
    struct brink_config_host host = brink_reads_host(&files);
    struct brink_config *config;
    if (brink_failed(brink_arguments_parse(&argp, argc, argv, 0, &arguments)))
        return BRINK_EXIT_USAGE;
    enum brink_exit status = BRINK_EXIT_CONFIG;
    brink_result result = brink_config_read(&config, &host, arguments.path);
    if (config == NULL) {
        (void)fprintf(stderr, "%s: no memory is left\n", arguments.path);
        brink_paths_free(&files);
        return BRINK_EXIT_FAILURE;
    }
    brink_config_problems_print(&config->problems, stderr);
    if (!brink_failed(result))
        status = serve(config, &arguments, &files);
    brink_config_free(config);
    brink_paths_free(&files);
    return status;
}
