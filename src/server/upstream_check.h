/* server/upstream_check.h - which options make a group of servers. */
#ifndef BRINK_SERVER_UPSTREAM_CHECK_H
#define BRINK_SERVER_UPSTREAM_CHECK_H

#include "brink/result.h"
#include "brink/upstream.h"

/* Fails with EINVAL and says why, beginning with the group's name, if it cannot work. Names are
 * not looked up. Pure. */
BRINK_MUST_CHECK brink_result brink_upstream_check(const struct brink_upstream_options *upstream,
                                                   struct brink_message *why);

#endif
