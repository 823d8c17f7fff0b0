#include "app/serve/operator.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/log/recent.h"
#include "base/log.h"
#include "base/message.h"

void brink_operator_init(struct brink_operator *by, struct brink_logger *logger,
                         const struct brink_drain_options *drain)
{
    *by = (struct brink_operator){.logger = logger, .drain = *drain};
    (void)pthread_mutex_init(&by->lock, NULL); /* it cannot fail on Linux */
}

/* --- log --- */

static brink_result set_log_level(void *context, enum brink_log_level level,
                                  struct brink_message *why)
{
    struct brink_operator *by = context;
    (void)why;
    brink_logger_set_level(by->logger, level);
    return brink_ok();
}

static void write_errors(void *context, FILE *out)
{
    struct brink_operator *by = context;
    struct brink_recent *recent = malloc(sizeof *recent);
    if (recent == NULL) {
        (void)fputs("[]", out);
        return;
    }
    brink_logger_recent(by->logger, recent);
    brink_recent_write(recent, out);
    free(recent);
}

static void tell(void *context, const char *command, unsigned status)
{
    struct brink_operator *by = context;
    brink_logger_print(by->logger, BRINK_LOG_INFO, "event=command command=%s status=%u", command,
                       status);
}

/* --- the whole program --- */

/* Also before the drain itself, while clients are accepted yet: a further signal would cut. */
static bool is_stopping(struct brink_operator *by)
{
    struct brink_server_stats stats;
    brink_server_stats(by->server, &stats);
    (void)pthread_mutex_lock(&by->lock);
    bool begun = by->begun;
    (void)pthread_mutex_unlock(&by->lock);
    return begun || stats.stopping;
}

/* By the signal that means the same, so that it goes the same way: who waits for signals tells the
 * service manager, too. */
static brink_result drain(void *context, const struct brink_drain_options *options,
                          struct brink_message *why)
{
    struct brink_operator *by = context;
    if (options == NULL && is_stopping(by)) {
        (void)brink_message_set(why, "brink drains already; policy=now cuts what is left, and a "
                                     "shorter timeout ends it sooner");
        return brink_fail(EBUSY);
    }
    (void)pthread_mutex_lock(&by->lock);
    by->begun = true;
    by->asked = options != NULL;
    if (options != NULL)
        by->wanted = *options;
    (void)pthread_mutex_unlock(&by->lock);
    if (kill(getpid(), SIGTERM) == 0)
        return brink_ok();
    int err = errno;
    (void)brink_message_set(why, "cannot signal myself: %s", strerror(err));
    return brink_fail(err);
}

bool brink_operator_take_drain(struct brink_operator *by, struct brink_drain_options *options)
{
    (void)pthread_mutex_lock(&by->lock);
    bool asked = by->asked;
    by->begun = true;
    if (asked)
        *options = by->wanted;
    by->asked = false;
    (void)pthread_mutex_unlock(&by->lock);
    return asked;
}

struct brink_admin_actions brink_operator_actions(struct brink_operator *by,
                                                  const struct brink_server *server)
{
    by->server = server;
    return (struct brink_admin_actions){.each_client = brink_server_each_client,
                                        .drain_client = brink_server_drain_client,
                                        .drain_listener = brink_server_drain_listener,
                                        .undrain_listener = brink_server_undrain_listener,
                                        .drain_upstream_server = brink_server_drain_upstream_server,
                                        .undrain_upstream_server =
                                            brink_server_undrain_upstream_server,
                                        .set_weight = brink_server_set_weight,
                                        .drain = drain,
                                        .set_log_level = set_log_level,
                                        .errors = write_errors,
                                        .tell = tell,
                                        .context = by,
                                        .drain_options = by->drain};
}
