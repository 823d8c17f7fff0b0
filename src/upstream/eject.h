/* upstream/eject.h - a server that fails its clients: when it is ejected, and for how long. Pure.
 *
 *   in use --so many failures in a row--> [the group allows it] ejected --time or success--> in use
 *
 * What counts as success depends on what is looked at. ANSWERED always is. CONNECTED is, unless
 * replies or resets are looked at: a server that accepts, and then says nothing or hangs up, would
 * otherwise look fine half of the time. Where only resets are, it still ends a row of failed
 * connects. */
#ifndef BRINK_UPSTREAM_EJECT_H
#define BRINK_UPSTREAM_EJECT_H

#include <stdbool.h>
#include <stdint.h>

#include "brink/upstream.h"

/* What a client's session learnt of a server. */
enum brink_outcome {
    BRINK_OUTCOME_CONNECTED = 0,
    BRINK_OUTCOME_CONNECT_FAILED, /* or timed out */
    BRINK_OUTCOME_ANSWERED,       /* its first reply frame has come: what failed before is past */
    BRINK_OUTCOME_UNANSWERED,     /* eject.reply_ms went by after a request */
    BRINK_OUTCOME_RESET           /* it broke the connection */
};

/* All zero: nothing known. */
struct brink_eject {
    uint32_t connect_failures; /* in a row, unanswered requests included */
    uint32_t resets;           /* in a row */
    uint32_t times;            /* ejections in a row */
    bool ejected;
    uint64_t until_ms; /* end of the last ejection, or of this */
};

enum brink_eject_verdict {
    BRINK_EJECT_NOTHING = 0,
    BRINK_EJECT_DUE, /* to be ejected, if the group allows it; said again at the next failure */
    BRINK_EJECT_OVER /* it works: to be used again */
};

/* Takes one outcome in. Failures of one that is ejected tell nothing new. */
enum brink_eject_verdict brink_eject_note(struct brink_eject *eject,
                                          const struct brink_eject_options *options,
                                          enum brink_outcome outcome);

/* Ejects; returns for how long. An ejection is in a row with the one before unless a success came
 * between, or max_ms went by since that was over. */
uint64_t brink_eject_begin(struct brink_eject *eject, const struct brink_eject_options *options,
                           uint64_t now_ms);

/* It is used again, or down for another reason: failures are counted from 0, times go on. */
void brink_eject_end(struct brink_eject *eject);

/* Whether one more of `servers` may be ejected while `ejected` are: never more than max_percent,
 * rounded down. So with 50 of one server none is, of three one. */
bool brink_eject_allowed(const struct brink_eject_options *options, uint32_t servers,
                         uint32_t ejected);

#endif
