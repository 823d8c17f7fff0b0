#include "app/serve/reload.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/clock.h"
#include "app/sandbox/reads.h"
#include "base/log.h"
#include "base/message.h"
#include "brink/operate.h"

/* --- what is wrong with the file --- */

static void log_problem(struct brink_logger *logger, const struct brink_config_problem *problem)
{
    char file[BRINK_LOG_NAME_MAX];
    char what[BRINK_LOG_TEXT_MAX];
    brink_logger_print(logger, problem->warning ? BRINK_LOG_WARN : BRINK_LOG_ERROR,
                       "event=config-%s file=%s line=%u what=%s",
                       problem->warning ? "warning" : "error",
                       brink_log_quote(problem->place.path, file, sizeof file), problem->place.line,
                       brink_log_quote(problem->what.text, what, sizeof what));
}

static brink_result fail_config(const struct brink_config_problems *problems, const char *path,
                                struct brink_message *why)
{
    unsigned first = 0;
    while (first < problems->kept && problems->list[first].warning)
        first++;
    const struct brink_config_problem *problem = &problems->list[first];
    if (first == problems->kept)
        return brink_message_set(why, "%s has %u errors", path, problems->errors);
    char line[16] = "";
    if (problem->place.line > 0)
        (void)snprintf(line, sizeof line, "%u:", problem->place.line);
    return brink_message_set(why, "%s:%s %.200s%s", problem->place.path, line, problem->what.text,
                             problems->errors > 1 ? " (and more errors; see the log)" : "");
}

/* On success the caller frees *config. */
static brink_result read_config(const struct brink_reload_settings *settings,
                                const struct brink_config_host *host, struct brink_config **config,
                                struct brink_message *why)
{
    brink_result read = brink_config_read(config, host, settings->path);
    if (*config == NULL) {
        (void)brink_message_set(why, "%s: no memory is left", settings->path);
        return read;
    }
    const struct brink_config_problems *problems = &(*config)->problems;
    for (unsigned i = 0; i < problems->kept; i++)
        log_problem(settings->logger, &problems->list[i]);
    if (!brink_failed(read))
        return read;
    (void)fail_config(problems, settings->path, why);
    brink_config_free(*config);
    return read;
}

/* --- what needs a restart --- */

static bool same_text(const char *one, const char *other)
{
    return one == NULL || other == NULL ? one == other : strcmp(one, other) == 0;
}

static bool same_texts(const char *const *one, size_t count, const char *const *other,
                       size_t other_count)
{
    bool same = count == other_count;
    for (size_t i = 0; i < count && same; i++)
        same = same_text(one[i], other[i]);
    return same;
}

static bool same_admin(const struct brink_config_admin *one, const struct brink_config_admin *other)
{
    return one->off == other->off && one->allow_remote == other->allow_remote &&
           same_texts(one->addresses, one->address_count, other->addresses, other->address_count) &&
           same_texts(one->hosts, one->host_count, other->hosts, other->host_count);
}

static bool same_access(const struct brink_config_access_log *one,
                        const struct brink_config_access_log *other)
{
    return one->off == other->off && same_text(one->file, other->file) &&
           same_text(one->written, other->written);
}

static brink_result check_own(const struct brink_config *before, const struct brink_config *now,
                              struct brink_message *why)
{
    const struct {
        const char *name;
        bool same;
    } own[] = {
        {"admin", same_admin(&before->admin, &now->admin)},
        {"log-file", same_text(before->log_file, now->log_file)},
        {"log-format", before->log_format == now->log_format},
        {"access-log and access-format", same_access(&before->access_log, &now->access_log)},
        {"user", same_text(before->user, now->user)},
        {"group", same_text(before->group, now->group)},
        {"sandbox", before->sandbox == now->sandbox},
    };
    for (size_t i = 0; i < sizeof own / sizeof own[0]; i++)
        if (!own[i].same)
            return brink_message_set(why, "%s cannot change: restart for that", own[i].name);
    return brink_ok();
}

/* What the new configuration wants of files, that the sandbox would only deny later. */
static brink_result check_files(const struct brink_reload_settings *settings,
                                const struct brink_config *config, struct brink_paths *files,
                                struct brink_message *why)
{
    brink_result added = brink_paths_add_server(files, &config->server);
    if (brink_failed(added)) {
        (void)brink_message_set(why, "no memory is left");
        return added;
    }
    return brink_sandbox_allows(settings->sandbox, files, why) ? added : brink_fail(EINVAL);
}

/* --- taking it over --- */

static brink_result take_over(const struct brink_reload_settings *settings,
                              const struct brink_config *config, struct brink_message *why)
{
    struct brink_listen_fds_options *options = calloc(1, sizeof *options);
    if (options == NULL) {
        (void)brink_message_set(why, "no memory is left");
        return brink_fail(ENOMEM);
    }
    brink_result taken = brink_listen_fds_resolve(settings->fds, &config->server, options, why);
    options->server.log = brink_logger_log(settings->logger);
    if (!brink_failed(taken))
        taken = brink_server_reload(settings->server, &options->server, why);
    free(options);
    return taken;
}

static struct brink_reload_terms terms_of(const struct brink_config *config)
{
    return (struct brink_reload_terms){
        .stopping = {config->drain, config->drain_delay_ms},
        .upgrade_ms = config->upgrade_ms,
    };
}

/* The file's word counts where it has changed: an operator may have set another level. */
static void take_own(struct brink_reload *reload, const struct brink_config *config)
{
    if (config->log_level != reload->log_level)
        brink_logger_set_level(reload->settings.logger, config->log_level);
    reload->log_level = config->log_level;
    reload->terms = terms_of(config);
}

static brink_result check_and_take(struct brink_reload *reload, const struct brink_config *config,
                                   struct brink_paths *files, bool *told, struct brink_message *why)
{
    const struct brink_reload_settings *settings = &reload->settings;
    brink_result result = check_own(settings->config, config, why);
    if (!brink_failed(result))
        result = check_files(settings, config, files, why);
    if (brink_failed(result))
        return result;
    *told = true; /* the server logs what it refuses */
    result = take_over(settings, config, why);
    if (!brink_failed(result))
        take_own(reload, config);
    return result;
}

static brink_result check_path(const char *path, struct brink_message *why)
{
    if (path == NULL)
        (void)brink_message_set(why, "there is no configuration file to be read anew");
    else if (strcmp(path, "-") == 0)
        (void)brink_message_set(why, "the configuration came from standard input, which cannot be "
                                     "read again");
    else
        return brink_ok();
    return brink_fail(ENOENT);
}

static brink_result run(struct brink_reload *reload, bool *told, struct brink_message *why)
{
    struct brink_config *config;
    struct brink_paths files = {0};
    struct brink_config_host host = brink_reads_host(&files);
    brink_result result = read_config(&reload->settings, &host, &config, why);
    if (!brink_failed(result)) {
        result = check_and_take(reload, config, &files, told, why);
        brink_config_free(config);
    }
    brink_paths_free(&files);
    return result;
}

/* sd_notify(3): RELOADING=1 with the time, and READY=1 when that is over, whatever came of it. */
static void tell_manager(const struct brink_reload_settings *settings, brink_result told)
{
    char quoted[BRINK_LOG_TEXT_MAX];
    if (brink_failed(told))
        brink_logger_print(settings->logger, BRINK_LOG_ERROR, "event=notify-failed error=%s",
                           brink_log_quote(strerror(told.err), quoted, sizeof quoted));
}

static void tell_begun(const struct brink_reload_settings *settings)
{
    tell_manager(settings, brink_notify_send(settings->notify,
                                             "RELOADING=1\nMONOTONIC_USEC=%" PRIu64
                                             "\nSTATUS=Reading the configuration anew",
                                             brink_clock_now_ns() / 1000));
}

static void tell_done(const struct brink_reload_settings *settings, brink_result result,
                      const char *why)
{
    struct brink_server_stats stats;
    brink_server_stats(settings->server, &stats);
    if (brink_failed(result))
        tell_manager(settings,
                     brink_notify_send(settings->notify,
                                       "READY=1\nSTATUS=As before; not reloaded: %.800s", why));
    else
        tell_manager(settings, brink_notify_send(settings->notify,
                                                 "READY=1\nSTATUS=Accepting up to %" PRIu32
                                                 " clients, with %" PRIu32 " worker%s",
                                                 stats.max_clients, stats.workers,
                                                 stats.workers == 1 ? "" : "s"));
}

void brink_reload_init(struct brink_reload *reload, const struct brink_reload_settings *settings)
{
    *reload = (struct brink_reload){.settings = *settings};
    (void)pthread_mutex_init(&reload->lock, NULL); /* with no attributes it cannot fail on Linux */
    if (settings->config == NULL)
        return;
    reload->log_level = settings->config->log_level;
    reload->terms = terms_of(settings->config);
}

brink_result brink_reload_run(struct brink_reload *reload, struct brink_message *why)
{
    const struct brink_reload_settings *settings = &reload->settings;
    char quoted[BRINK_LOG_TEXT_MAX];
    bool told = false;
    brink_result result = check_path(settings->path, why);
    if (brink_failed(result))
        return result;
    (void)pthread_mutex_lock(&reload->lock);
    tell_begun(settings);
    result = run(reload, &told, why);
    if (brink_failed(result) && !told)
        brink_logger_print(settings->logger, BRINK_LOG_ERROR, "event=reload-failed error=%s",
                           brink_log_quote(why->text, quoted, sizeof quoted));
    brink_admin_program_reloaded(settings->program, brink_failed(result));
    tell_done(settings, result, why->text);
    (void)pthread_mutex_unlock(&reload->lock);
    return result;
}

void brink_reload_terms(struct brink_reload *reload, struct brink_reload_terms *terms)
{
    (void)pthread_mutex_lock(&reload->lock);
    *terms = reload->terms;
    (void)pthread_mutex_unlock(&reload->lock);
}
