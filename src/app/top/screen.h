/* app/top/screen.h - a terminal: ncurses' work. One at a time, one thread. */
#ifndef BRINK_APP_TOP_SCREEN_H
#define BRINK_APP_TOP_SCREEN_H

#include <stdbool.h>
#include <stdint.h>

#include "brink/result.h"

struct brink_top_screen {
    void *terminal; /* ncurses' SCREEN; NULL: it is not open */
};

/* Takes standard input and output over. Fails with ENOTTY, and why, if that is no terminal that
 * ncurses knows. */
BRINK_MUST_CHECK brink_result brink_top_screen_open(struct brink_top_screen *screen,
                                                    struct brink_message *why);

/* Shows lines of text, from the top, as many as there is room for, and `keys` in the last line.
 * Lines whose first word is in capitals are titles. */
void brink_top_screen_draw(struct brink_top_screen *screen, const char *text, const char *keys);

/* The next key that is pressed; 0 after `wait_ms`, or when the size has changed; -1: there will be
 * none any more, as the terminal has gone. */
int brink_top_screen_key(struct brink_top_screen *screen, uint32_t wait_ms);

/* The terminal is as it was. Harmless if it is not open. */
void brink_top_screen_close(struct brink_top_screen *screen);

#endif
