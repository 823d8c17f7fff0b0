/* config/config.h - a configuration file: text to the options of a server.
 *
 * The language is in config/tree.h, the keys in brink.conf(5); what a section means is in tables of
 * keys (config/key.h), which serve for reading, for writing and for telling what was probably
 * meant. Nothing here opens a socket or looks a name up. */
#ifndef BRINK_CONFIG_CONFIG_H
#define BRINK_CONFIG_CONFIG_H

#include <stdio.h>

#include "brink/drain.h"
#include "brink/log.h"
#include "brink/server.h"
#include "config/access_log.h"
#include "config/admin.h"
#include "config/host.h"
#include "config/memory.h"
#include "config/problems.h"

struct brink_config_listener; /* config/listener.h */
struct brink_config_upstream; /* config/upstream.h */

struct brink_config {
    struct brink_server_options server; /* its listeners and upstreams; all but the log */
    struct brink_drain_options drain;
    uint32_t drain_delay_ms; /* that clients are still accepted, once it is to stop */
    uint32_t upgrade_ms;     /* that a new program has to be ready */
    enum brink_log_level log_level;
    enum brink_log_format log_format;
    const char *log_file; /* NULL: standard error */
    struct brink_config_access_log access_log;
    const char *user;  /* NULL: who the program was started as */
    const char *group; /* NULL: the user's own */
    bool sandbox;      /* files and system calls are restricted */
    struct brink_config_admin admin;
    struct brink_config_problems problems;
    struct brink_config_memory memory;       /* of all that stands here */
    struct brink_config_listener *listeners; /* as they were written, for the dump */
    struct brink_config_upstream *upstreams;
};

/* Reads and checks `path` with all that it includes. *config is set in any case, so that its
 * problems can be told, unless no memory is left (ENOMEM: NULL then). Fails with EINVAL if there is
 * an error among the problems: the options may not be used then. The caller ends it with
 * brink_config_free. One thread. */
BRINK_MUST_CHECK brink_result brink_config_read(struct brink_config **config,
                                                const struct brink_config_host *host,
                                                const char *path);

/* NULL is allowed. What the options point to is gone then. */
void brink_config_free(struct brink_config *config);

/* Where a section of the options stands in the file, for who finds more that is wrong with it. */
const struct brink_config_place *
brink_config_listener_place(const struct brink_config *config,
                            const struct brink_listener_options *listener);
const struct brink_config_place *
brink_config_upstream_place(const struct brink_config *config,
                            const struct brink_upstream_options *upstream);

/* Only if there is such a section. */
const struct brink_config_place *brink_config_admin_place(const struct brink_config *config);

/* Writes a configuration without errors as text that is read as the same, with every key; those
 * that are not set are comments. */
void brink_config_dump(const struct brink_config *config, FILE *out);

#endif
