/* server/handover_wire.h - what two processes say to each other when one takes over from the other
 * (brink/handover.h): one datagram for each message, some with descriptors beside it.
 *
 *     message = kind (1 byte) fields (base/tlv.h)
 *
 * The other one is a brink, of whichever version; that what comes makes sense is checked all the
 * same. Kinds and fields that are not known are passed over; a change that the other one would have
 * to know of takes another BRINK_HANDOVER_PROTOCOL. Pure. */
#ifndef BRINK_SERVER_HANDOVER_WIRE_H
#define BRINK_SERVER_HANDOVER_WIRE_H

#include "relay/parcel.h"

enum { BRINK_HANDOVER_PROTOCOL = 1, BRINK_HANDOVER_MESSAGE_MAX = 1 + BRINK_PARCEL_MAX };

/* On the wire: they stay what they are. */
enum brink_handover_kind {
    BRINK_HANDOVER_HELLO = 1,       /* old: the first */
    BRINK_HANDOVER_SOCKET = 2,      /* old: one that listens; with its descriptor */
    BRINK_HANDOVER_SOCKETS_END = 3, /* old */
    BRINK_HANDOVER_READY = 4,       /* new: accepts, and takes clients */
    BRINK_HANDOVER_PARCEL = 5,      /* old: a client; with one or two descriptors */
    BRINK_HANDOVER_ACCEPTED = 6,    /* new: it is the new one's; nothing of it was touched before */
    BRINK_HANDOVER_REFUSED = 7,     /* new: it is the old one's still */
    BRINK_HANDOVER_DONE = 8         /* old: that was all; unix sockets' files are the new one's */
};

struct brink_handover_message {
    enum brink_handover_kind kind;
    uint32_t sockets;  /* of HELLO: how many will come */
    uint32_t protocol; /* of HELLO and READY, as the next */
    char version[32];
    char listener[BRINK_PARCEL_NAME_MAX]; /* of SOCKET, as the next two */
    char wanted[BRINK_ADDRESS_TEXT_MAX];  /* as the options had it */
    char bound[BRINK_ADDRESS_TEXT_MAX];   /* with the port that the kernel chose */
    uint64_t id;                          /* of ACCEPTED and REFUSED */
    char why[128];                        /* of REFUSED */
    struct brink_parcel parcel;           /* of PARCEL; its descriptors apart */
};

/* Returns how many bytes it has; 0: it does not fit, which only what is too long makes. */
size_t brink_handover_encode(const struct brink_handover_message *message,
                             uint8_t bytes[BRINK_HANDOVER_MESSAGE_MAX]);

/* Fails with EINVAL for what makes no sense, but for a parcel's id the message is without a meaning
 * then; and with ENOTSUP for a kind that is not known. */
BRINK_MUST_CHECK brink_result brink_handover_decode(struct brink_handover_message *message,
                                                    const uint8_t *bytes, size_t size);

#endif
