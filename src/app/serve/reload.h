/* app/serve/reload.h - reading the configuration anew while it is served.
 *
 * The file is checked whole, with all that it includes, and then taken over at once; or all stays
 * as it was, and what is wrong is said. What is the program's own and cannot be had anew, its user,
 * the admin's addresses, the log's file and format, is refused by name; its level, and how
 * drains and upgrades go, change. */
#ifndef BRINK_APP_SERVE_RELOAD_H
#define BRINK_APP_SERVE_RELOAD_H

#include <pthread.h>

#include "app/admin/program.h"
#include "app/log/logger.h"
#include "app/sandbox/sandbox.h"
#include "app/serve/stopping.h"
#include "app/systemd/listen_fds.h"
#include "app/systemd/notify.h"
#include "brink/server.h"
#include "config/config.h"

/* All must outlive it. */
struct brink_reload_settings {
    const char *path;                  /* of the configuration; NULL: there is none */
    const struct brink_config *config; /* as it was read for the start */
    struct brink_server *server;
    struct brink_logger *logger;
    const struct brink_sandbox *sandbox;
    const struct brink_notify *notify;
    const struct brink_listen_fds *fds;
    struct brink_admin_program *program;
};

/* How a drain goes, and how long a new program has to be ready. */
struct brink_reload_terms {
    struct brink_stopping_options stopping;
    uint32_t upgrade_ms;
};

struct brink_reload {
    struct brink_reload_settings settings;
    pthread_mutex_t lock;           /* one at a time; of what follows */
    enum brink_log_level log_level; /* as the file last had it, and the next */
    struct brink_reload_terms terms;
};

void brink_reload_init(struct brink_reload *reload, const struct brink_reload_settings *settings);

/* Any thread but a worker's. Fails with what brink_server_reload fails with, EINVAL for a file with
 * errors (each is logged) or a change that needs a restart, ENOENT without a file; `why` says what
 * is wrong. The service manager is told of it. */
BRINK_MUST_CHECK brink_result brink_reload_run(struct brink_reload *reload,
                                               struct brink_message *why);

/* As the configuration that is in force says. Any thread. */
void brink_reload_terms(struct brink_reload *reload, struct brink_reload_terms *terms);

#endif
