/* relay/parcel.h - a session on its way to another process: what is left of it when its connections
 * are taken out of one loop, and all that it takes to go on with it in another.
 *
 * In memory, and as bytes that another version of brink understands (base/tlv.h). The numbers of
 * the fields stay what they are. Pure. */
#ifndef BRINK_RELAY_PARCEL_H
#define BRINK_RELAY_PARCEL_H

#include "base/tlv.h"
#include "frame/position.h"
#include "net/address.h"
#include "net/proxy_header.h"
#include "upstream/target.h"

enum {
    BRINK_PARCEL_NAME_MAX = 256, /* of a listener */
    BRINK_PARCEL_MAX = 2048      /* bytes of one */
};

struct brink_parcel_leg {
    uint64_t bytes_in;
    uint64_t bytes_out;
    uint64_t frames;
    uint64_t quiet_ms; /* since a byte last went either way */
    struct brink_position position;
    bool exact; /* see net/stream.h */
};

/* Times are spans up to now: the clocks of two machines, or of two boots, have nothing in common.
 */
struct brink_parcel {
    uint64_t id; /* the sender's, to be answered with */
    char listener[BRINK_PARCEL_NAME_MAX];
    uint64_t shape; /* of the spec that it was framed by */
    struct brink_peer peer;
    uint64_t age_ms;
    unsigned legs; /* 1: echo; 2: a pair, of which is the rest */
    struct brink_parcel_leg leg[2];
    char server[BRINK_ADDRESS_TEXT_MAX]; /* its address */
    char server_name[BRINK_TARGET_NAME_MAX];
    uint64_t connected_ms;
    uint64_t frames_before; /* see relay/pair.h, as for the next */
    uint64_t in_vain;
    bool kept; /* see relay/session.h, as for the next */
    bool answered;
    bool rehomed;
    bool greeted; /* its client sent a PROXY header, of which is the rest; see relay/greeting.h */
    struct brink_peer destination;
    uint8_t unique_id_size;
    uint8_t unique_id[BRINK_PROXY_UNIQUE_ID_MAX];

    int fds[2]; /* not in the bytes: one for each leg; -1: none */
};

/* Appends it. What does not fit is marked in the writer. */
void brink_parcel_encode(const struct brink_parcel *parcel, struct brink_tlv_writer *writer);

/* Reads what encode wrote, or a later version's. Fails with EINVAL if it makes no sense; `parcel`
 * is without a meaning then, but for its id if it had one (else 0). */
BRINK_MUST_CHECK brink_result brink_parcel_decode(struct brink_parcel *parcel,
                                                  struct brink_tlv_reader *reader);

#endif
