/* server/services.h - a server's services, one for each listener of its options. */
#ifndef BRINK_SERVER_SERVICES_H
#define BRINK_SERVER_SERVICES_H

#include "relay/service.h"
#include "server/gate.h"
#include "server/groups.h"

struct brink_services {
    struct brink_arena *arena;
    struct brink_service_options *all;
    struct brink_gate *gates; /* one for each */
    size_t count;
};

/* Makes them, from `arena`. What the options point to is copied where it must outlive them, but for
 * handler and context. On failure (EINVAL, ENOMEM, and why) nothing is held. */
BRINK_MUST_CHECK brink_result brink_services_open(struct brink_services *services,
                                                  struct brink_arena *arena,
                                                  const struct brink_view *view,
                                                  const struct brink_groups *groups,
                                                  const struct brink_server_options *options,
                                                  uint64_t seed, struct brink_message *why);

/* One that was opened, or is all zero. No client may be left. */
void brink_services_close(struct brink_services *services);

#endif
