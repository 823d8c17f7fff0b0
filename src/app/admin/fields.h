/* app/admin/fields.h - which figures are told, and under which names: one table for each kind of
 * thing, for JSON and for Prometheus, so that both always tell the same. */
#ifndef BRINK_APP_ADMIN_FIELDS_H
#define BRINK_APP_ADMIN_FIELDS_H

#include <stddef.h>

enum brink_admin_form {
    BRINK_ADMIN_U32 = 0,
    BRINK_ADMIN_U64,
    BRINK_ADMIN_BOOL,
    BRINK_ADMIN_US,       /* microseconds in 8 bytes, told in seconds */
    BRINK_ADMIN_MS,       /* milliseconds */
    BRINK_ADMIN_NS,       /* nanoseconds */
    BRINK_ADMIN_SIDES,    /* two of 8 bytes, by enum brink_side */
    BRINK_ADMIN_SIDES_US, /* two times */
    BRINK_ADMIN_REASONS,  /* one of 8 bytes for each enum brink_reason but NONE */
    BRINK_ADMIN_CAUSES,   /* those by side */
    BRINK_ADMIN_ERRORS,   /* one for each enum brink_frame_error but OK, by side */
    BRINK_ADMIN_STATE,    /* enum brink_upstream_server_state */
    BRINK_ADMIN_TIMES,    /* a histogram of microseconds, told in seconds */
    BRINK_ADMIN_SIDES_TIMES,
    BRINK_ADMIN_SIDES_SIZES /* two of bytes */
};

struct brink_admin_field {
    const char *name;   /* in JSON */
    const char *metric; /* Prometheus's; a counter's ends in _total. NULL: another says more */
    const char *help;
    enum brink_admin_form form;
    size_t at; /* in the structure */
};

struct brink_admin_table {
    const struct brink_admin_field *fields;
    size_t count;
};

extern const struct brink_admin_table brink_admin_totals;    /* struct brink_server_stats */
extern const struct brink_admin_table brink_admin_listeners; /* ..._listener_stats */
extern const struct brink_admin_table brink_admin_upstreams; /* ..._upstream_stats */
extern const struct brink_admin_table brink_admin_servers; /* struct brink_upstream_server_stats */
extern const struct brink_admin_table brink_admin_workers; /* struct brink_server_worker_stats */
/* And of brink/figures.h: */
extern const struct brink_admin_table brink_admin_listener_figures;
extern const struct brink_admin_table brink_admin_upstream_figures;
extern const struct brink_admin_table brink_admin_worker_figures;
extern const struct brink_admin_table brink_admin_pools;

#endif
