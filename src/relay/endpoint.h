/* relay/endpoint.h - sessions whose frames go to the application.
 *
 * A frame that lies whole in what was read is handed over where it lies; one that does not is put
 * together in a buffer that grows as bytes come (never by what a header claims), is charged to the
 * memory budget and goes when the frame has been handed over. */
#ifndef BRINK_RELAY_ENDPOINT_H
#define BRINK_RELAY_ENDPOINT_H

#include "relay/session.h"

extern const struct brink_service_kind brink_endpoint_kind;

struct brink_endpoint {
    struct brink_session session;
    struct brink_leg client;
    void *user;
    uint8_t *partial; /* the present frame's bytes so far; NULL with none */
    uint64_t sent;    /* frames */
    uint32_t have;
    uint32_t room;
    uint32_t header; /* bytes of the present frame's header, once known */
    bool opened;     /* on_open was called */
    bool wants_room; /* a send was refused: on_writable is due */
};

static inline struct brink_endpoint *brink_endpoint_of(struct brink_stream *stream)
{
    return BRINK_CONTAINER_OF(brink_leg_of(stream), struct brink_endpoint, client);
}

#endif
