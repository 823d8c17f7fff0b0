#include "relay/longest.h"

#include "relay/endpoint.h"

struct search {
    struct brink_longest *longest;
};

/* Of what is held for a leg: queued, or of a frame that is being put together. */
static uint64_t held(struct brink_session *session, struct brink_leg *leg)
{
    uint64_t bytes = brink_queue_bytes(&leg->stream.out);
    if (brink_session_service(session)->kind->open == brink_endpoint_kind.open)
        bytes += brink_endpoint_of(&leg->stream)->room;
    return bytes;
}

static void compare(struct brink_session *session, const void *arg)
{
    struct brink_longest *longest = ((const struct search *)arg)->longest;
    for (unsigned i = 0; i < brink_session_legs(session); i++) {
        struct brink_leg *leg = brink_session_leg(session, i);
        uint64_t bytes = held(session, leg);
        if (bytes > longest->bytes)
            *longest = (struct brink_longest){bytes, session->peer, brink_leg_side(leg)};
    }
}

void brink_longest_find(struct brink_service *service, struct brink_longest *longest)
{
    struct search search = {longest};
    brink_service_each(service, compare, &search);
}
