/* app/log/repeats.h - an event that comes over and over from the same place is counted instead of
 * logged, so that a hostile client, or a server that is down, fills no disk.
 *
 * A place is an event with the service, upstream, server and file it is about, and the host of its
 * peer. Ten lines a second of each go through. What was left out is told once its second is over:
 *
 *     event=suppressed of=bad-frame peer=192.0.2.7 count=4711
 *
 * Never left out is what closes accounts or tells of what was done: close, listen, signal, start
 * and stop, drain, server-up and the like, figures; nor what is of the debug level, as whoever asks
 * for that wants all of it.
 *
 * Invariant: an entry has left out lines only after LINES within its second. Not safe for several
 * threads at a time. */
#ifndef BRINK_APP_LOG_REPEATS_H
#define BRINK_APP_LOG_REPEATS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "brink/log.h"

enum {
    BRINK_REPEATS_LINES = 10,       /* of a place, in */
    BRINK_REPEATS_WINDOW_MS = 1000, /* so long */
    BRINK_REPEATS_PLACES = 64,      /* remembered; beyond it an event's further places are one */
    BRINK_REPEATS_EVENTS = 32,
    BRINK_REPEATS_TEXT_MAX = 192
};

struct brink_repeat {
    uint64_t key; /* 0: free */
    uint64_t since_ms;
    uint64_t left_out;
    uint32_t lines; /* that went through, since then */
    enum brink_log_level level;
    char what[96]; /* the event, and the peer's host if it has one, as pairs */
};

struct brink_repeats {
    struct brink_repeat places[BRINK_REPEATS_PLACES];
    struct brink_repeat events[BRINK_REPEATS_EVENTS]; /* whose places found no room */
    uint64_t left_out; /* of all: nothing is to be told while it is 0 */
};

/* All zeros is a good beginning. True if the line goes into the log. `now_ms`: of the monotonic
 * clock. */
bool brink_repeats_pass(struct brink_repeats *repeats, enum brink_log_level level, const char *line,
                        size_t length, uint64_t now_ms);

/* What is to be told of lines that were left out until a second before `now_ms` (UINT64_MAX: until
 * now): a line in `text` and its level. False: nothing more. */
bool brink_repeats_tell(struct brink_repeats *repeats, uint64_t now_ms,
                        char text[BRINK_REPEATS_TEXT_MAX], enum brink_log_level *level);

#endif
