/* app/serve/service.h - a server from start to exit, whatever its options come from: signals, log
 * lines, figures, exit status. */
#ifndef BRINK_APP_SERVE_SERVICE_H
#define BRINK_APP_SERVE_SERVICE_H

#include <stdint.h>

#include "app/admin/admin.h"
#include "app/command.h"
#include "app/sandbox/sandbox.h"
#include "app/serve/stopping.h"
#include "brink/log.h"
#include "brink/server.h"
#include "config/config.h"

struct brink_service_plan {
    const struct brink_server_options *server; /* all but the log */
    const char *about;  /* logfmt pairs for the first line, as in "service=echo frame=u32le" */
    const char *name;   /* for the last: "echo" */
    const char *config; /* the file that the options are of; NULL: none */
    const struct brink_config *read; /* what stands in it; NULL: there is none */
    struct brink_admin_options admin;
    struct brink_stopping_options stopping;
    uint32_t upgrade_ms; /* that a new program has to be ready */
    enum brink_log_level log_level;
    enum brink_log_format log_format;
    const char *log_file;                             /* NULL: standard error */
    const struct brink_config_access_log *access_log; /* NULL: the default */
    struct brink_sandbox_options sandbox;
    const struct brink_paths *files; /* what it was read from, to be read again; NULL: nothing */
};

/* Serves until a signal ends it. To be called before there are threads. */
enum brink_exit brink_service_serve(const struct brink_service_plan *plan);

#endif
