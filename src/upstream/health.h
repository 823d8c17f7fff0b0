/* upstream/health.h - checks the servers of one group, again and again.
 *
 * Each server of the group is checked every interval_ms, a tenth more or less by chance, so that
 * the checks of many groups and many relays do not march in step; it has one check in flight at
 * most. The first checks begin at once, one every few milliseconds. Which servers there are is
 * looked at when the group's version has changed, once a second or once an interval, whichever is
 * less; those that stay keep their rhythm. Checks that were skipped for want of our own means (see
 * upstream/check.h) are logged at most every ten seconds, and tried again after a second.
 *
 * All functions: the loop's thread, or any before the loop is first turned. */
#ifndef BRINK_UPSTREAM_HEALTH_H
#define BRINK_UPSTREAM_HEALTH_H

#include "base/log.h"
#include "upstream/check.h"
#include "upstream/group.h"

/* What is pointed at must outlive the checker. */
struct brink_health_settings {
    struct brink_group *group;
    const struct brink_health_options *options; /* NULL: those that the group has */
    const struct brink_spec *spec;              /* its reply direction frames the answers */
    const struct brink_log *log;
    const uint8_t *greeting; /* sent before all else: a PROXY protocol header; NULL: none */
    size_t greeting_size;
    uint64_t seed; /* for chance */
};

struct brink_health {
    struct brink_health_settings settings;
    struct brink_loop *loop;
    struct brink_check_plan plan;
    struct brink_slab_pool servers;
    struct brink_link watched; /* the servers, each held */
    struct brink_timer *look;
    uint64_t version;        /* of the group, when it was last looked at */
    bool complete;           /* there was memory for all */
    uint64_t random;         /* the state of chance */
    uint64_t skips_untold;   /* checks skipped since the log last said so */
    uint64_t skips_quiet_ms; /* until then it says nothing */
};

/* True if the options call for checks. */
static inline bool brink_health_is_wanted(const struct brink_upstream_options *options)
{
    return options->health.interval_ms > 0;
}

/* What may fail of a start, and the rest of it: in between nothing happens. */
BRINK_MUST_CHECK brink_result brink_health_prepare(struct brink_health *health,
                                                   struct brink_loop *loop,
                                                   const struct brink_health_settings *settings);
void brink_health_begin(struct brink_health *health);

/* Both. Begins to check; `health` stays where it is until it has stopped. Fails with EINVAL if the
 * group's options call for no checks, or ENOMEM; nothing is held then. Servers that there is no
 * memory for are no failure: they are tried again. */
BRINK_MUST_CHECK brink_result brink_health_start(struct brink_health *health,
                                                 struct brink_loop *loop,
                                                 const struct brink_health_settings *settings);

/* Ends all checks without a result, and lets go of the servers. The memory is given back by the end
 * of the loop's turn (the next, if called between two). */
void brink_health_stop(struct brink_health *health);

#endif
