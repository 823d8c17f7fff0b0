/* app/control/http.h - asks a running brink over its admin's address: libcurl's work. */
#ifndef BRINK_APP_CONTROL_HTTP_H
#define BRINK_APP_CONTROL_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "brink/result.h"

/* An answer; the body ends with a NUL that is not counted, and is to be freed. */
struct brink_control_reply {
    long status; /* of HTTP */
    char *body;
    size_t size;
};

/* Sends GET, or POST without a body, for `target` (path and query) to `address`, as brink/server.h
 * writes them, and waits at most `wait_ms`. One thread. Fails, with `why` for a person, with EINVAL
 * for an address that nobody can be asked at, ENOMEM, ETIMEDOUT, or ECONNREFUSED for whatever else
 * keeps it from being reached. An HTTP status of whatever kind is success. */
BRINK_MUST_CHECK brink_result brink_control_ask(const char *address, bool post, const char *target,
                                                uint32_t wait_ms, struct brink_control_reply *reply,
                                                struct brink_message *why);

/* The sentence of an {"error":"..."}, or the body's first line, or the status, into `why`. */
void brink_control_error(const struct brink_control_reply *reply, struct brink_message *why);

#endif
