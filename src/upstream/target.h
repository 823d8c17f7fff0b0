/* upstream/target.h - one server of a group. */
#ifndef BRINK_UPSTREAM_TARGET_H
#define BRINK_UPSTREAM_TARGET_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "net/address.h"
#include "upstream/eject.h"

struct brink_share;

enum brink_target_state {
    BRINK_TARGET_UP = 0,
    BRINK_TARGET_DOWN,
    BRINK_TARGET_EJECTED,
    BRINK_TARGET_GONE
};

enum { BRINK_TARGET_NAME_MAX = 128 };

/* Its address and name do not change. Valid while leased, or between brink_group_hold and
 * brink_group_drop. */
struct brink_target {
    struct brink_address address;
    char name[BRINK_TARGET_NAME_MAX];  /* one word: what would be none in a log is `_` */
    char text[BRINK_ADDRESS_TEXT_MAX]; /* the address */
    _Atomic(uint8_t) state;            /* enum brink_target_state; may be read by any thread */
    atomic_bool drained;               /* it gets no new connections; likewise */

    /* The rest is the group's. Of updates alone: */
    uint64_t hash;          /* of text */
    uint64_t born;          /* the round of updates that made it */
    uint64_t listed;        /* the last round that listed it */
    bool weighed;           /* it has another weight than its source says: */
    uint32_t weight_given;  /* this one, */
    uint32_t weight_listed; /* for as long as that says this */

    /* Under the group's lock. Invariant: while not GONE, references = 1 + connections + holds, and
     * the group's roster has it at `index`; then without the 1. */
    uint32_t references;
    uint32_t connections;
    size_t index;
    uint32_t passed; /* checks in a row */
    uint32_t failed;
    struct brink_eject eject; /* ejected as long as the state is EJECTED */
    uint64_t since_ms;        /* in this state */
    bool returned;            /* it has been DOWN or EJECTED: it started slowly at since_ms */
    uint64_t total_connections;
    uint64_t connect_failures;
    uint64_t unanswered;
    uint64_t resets;
    uint64_t ejections;
    struct brink_share *shares; /* what workers' connections have carried; see upstream/share.h */
};

/* An operator wants it left. Any thread, as the next. */
static inline bool brink_target_is_drained(const struct brink_target *target)
{
    return atomic_load(&target->drained);
}

/* It is not to be used, as far as is known: DOWN or GONE. */
static inline bool brink_target_is_out(const struct brink_target *target)
{
    uint8_t state = atomic_load(&target->state);
    return state == BRINK_TARGET_DOWN || state == BRINK_TARGET_GONE;
}

#endif
