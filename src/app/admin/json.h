/* app/admin/json.h - figures as JSON (RFC 8259). */
#ifndef BRINK_APP_ADMIN_JSON_H
#define BRINK_APP_ADMIN_JSON_H

#include <stdio.h>

#include "app/admin/snapshot.h"

#define BRINK_ADMIN_JSON_TYPE "application/json"

/* One object: of the program and in all, then `listeners`, `upstreams` with their `servers`, and
 * `workers`. `time_seconds` is of a clock that never goes back: two of them tell the time between
 * two readings. */
void brink_admin_json_write(FILE *out, const struct brink_admin_snapshot *snapshot);

#endif
