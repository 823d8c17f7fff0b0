/* server/services.h - what a server's listeners do, one service for each of its options. */
#ifndef BRINK_SERVER_SERVICES_H
#define BRINK_SERVER_SERVICES_H

#include "relay/service.h"
#include "server/groups.h"

struct brink_services {
    struct brink_arena *arena;
    struct brink_service_options *all;
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

/* Whether two say the same, of one listener; seed, log and what is counted are not looked at. Pure.
 */
bool brink_services_same(const struct brink_service_options *one,
                         const struct brink_service_options *other);

/* Hands out service `index`: the caller ends it with brink_service_options_close, and what it
 * counts with the two others. */
void brink_services_take(struct brink_services *services, size_t index,
                         struct brink_service_options *service);
void brink_service_options_close(struct brink_service_options *service, struct brink_arena *arena);
void brink_services_free_sources(struct brink_sources *sources, struct brink_arena *arena);
void brink_services_free_paces(struct brink_paces *paces, struct brink_arena *arena);

/* One that was opened, or is all zero. No client may be left. */
void brink_services_close(struct brink_services *services);

#endif
