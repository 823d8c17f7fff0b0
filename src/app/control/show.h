/* app/control/show.h - what brink answers, as tables for people. */
#ifndef BRINK_APP_CONTROL_SHOW_H
#define BRINK_APP_CONTROL_SHOW_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

#include "app/control/target.h"

/* `answer` is the view's endpoint's; `now` in seconds since 1970, for how long it has run. False if
 * no memory was left for it. */
bool brink_control_show(FILE *out, enum brink_control_view view, const json_t *answer, double now);

#endif
