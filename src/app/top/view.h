/* app/top/view.h - what is on the screen, as text: the same for a terminal and for a script. */
#ifndef BRINK_APP_TOP_VIEW_H
#define BRINK_APP_TOP_VIEW_H

#include <stdbool.h>
#include <stdio.h>

#include "app/top/sample.h"

enum brink_top_part {
    BRINK_TOP_ALL = 0,
    BRINK_TOP_LISTENERS,
    BRINK_TOP_SERVERS,
    BRINK_TOP_WORKERS,
};

enum brink_top_sort {
    BRINK_TOP_AS_IS = 0,
    BRINK_TOP_NAME,
    BRINK_TOP_CLIENTS,
    BRINK_TOP_FRAMES,
    BRINK_TOP_BYTES
};

struct brink_top_view {
    enum brink_top_part part;
    enum brink_top_sort sort; /* what is asked for and is not there leaves the order as it is */
    bool reverse;
    bool paused;
    const char *address; /* where brink is asked */
    const char *trouble; /* why it does not answer; NULL: it does */
};

/* Takes what a key of the keyboard means; false: it is to end. */
bool brink_top_view_key(struct brink_top_view *view, int key);

/* The keys, in a line. */
extern const char brink_top_view_keys[];

/* Lines of text; `now` in seconds since 1970. Without a reading only what the trouble is. False if
 * no memory was left. */
bool brink_top_view_write(FILE *out, const struct brink_top_view *view,
                          const struct brink_top_sample *sample, double now);

#endif
