/* relay/ending.h - how a session ended, in five characters: CF-bb.
 *
 * The first two say who ended it and why, the last two where each side stood then, the client
 * first; brink(1) tells what each stands for. Pure, but for brink_ending_of. */
#ifndef BRINK_RELAY_ENDING_H
#define BRINK_RELAY_ENDING_H

#include <stdbool.h>

#include "brink/stream.h"

struct brink_session;

/* Where a side stood. */
enum brink_standing {
    BRINK_STANDING_NONE = 0, /* there is no such side */
    BRINK_STANDING_GREETING, /* its PROXY header was being read */
    BRINK_STANDING_QUEUED,   /* a place at a server was waited for */
    BRINK_STANDING_DIALED,   /* a server was looked for, or being connected to */
    BRINK_STANDING_SILENT,   /* it had sent nothing */
    BRINK_STANDING_BOUNDARY,
    BRINK_STANDING_HEADER, /* within a frame's header, or what comes before the first frame */
    BRINK_STANDING_FRAME,
    BRINK_STANDING_BAD, /* what it sent is no frame, or too large a one */
    BRINK_STANDING_RAW, /* it had sent bytes that are not framed */
    BRINK_STANDING_COUNT
};

struct brink_ending {
    enum brink_reason reason;
    bool broken; /* by an error of a connection */
    enum brink_standing sides[2];
};

enum { BRINK_ENDING_TEXT = 6 };

/* Writes it into `text`, which is returned. */
const char *brink_ending_format(const struct brink_ending *ending, char text[BRINK_ENDING_TEXT]);

/* Of a session that closes: where its sides stand does not change then. The worker's thread. */
struct brink_ending brink_ending_of(struct brink_session *session);

/* Notes how far a session's search for a server has come, and its PROXY header: to be called when
 * it begins to close, while its state still tells. The worker's thread. */
void brink_ending_note(struct brink_session *session);

#endif
