#include "relay/parcel.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

/* On the wire: none is ever given another meaning. Those of the upstream's leg are by UPSTREAM
 * more than those of the client's. */
enum field {
    FIELD_ID = 1,
    FIELD_LISTENER = 2,
    FIELD_SHAPE = 3,
    FIELD_PEER = 4,
    FIELD_AGE = 5,
    FIELD_LEGS = 6,
    FIELD_SERVER = 7,
    FIELD_SERVER_NAME = 8,
    FIELD_CONNECTED = 9,
    FIELD_FRAMES_BEFORE = 10,
    FIELD_IN_VAIN = 11,
    FIELD_FLAGS = 12,
    FIELD_DESTINATION = 13,
    FIELD_UNIQUE_ID = 14,
    FIELD_LEG = 32, /* from here on of a leg */
    FIELD_BYTES_IN = FIELD_LEG,
    FIELD_BYTES_OUT = 33,
    FIELD_FRAMES = 34,
    FIELD_QUIET = 35,
    FIELD_MODE = 36,
    FIELD_RAW_DUE = 37,
    FIELD_PREFACE = 38,
    FIELD_EXACT = 39,
    FIELD_UPSTREAM = 32,
    FIELD_END = FIELD_LEG + 2 * FIELD_UPSTREAM
};

enum { FLAG_KEPT = 1, FLAG_ANSWERED = 2, FLAG_GREETED = 4, FLAG_REHOMED = 8 };

/* What is told of a peer: family, port, address. */
enum { PEER_SIZE = 19, PEER_NONE = 0, PEER_V4 = 4, PEER_V6 = 6, PEER_UNIX = 1 };

static void put_peer(struct brink_tlv_writer *writer, uint16_t tag, const struct brink_peer *peer)
{
    uint8_t bytes[PEER_SIZE] = {PEER_NONE, (uint8_t)peer->port, (uint8_t)(peer->port >> 8)};
    if (peer->family == AF_INET)
        bytes[0] = PEER_V4;
    else if (peer->family == AF_INET6)
        bytes[0] = PEER_V6;
    else if (peer->family == AF_UNIX)
        bytes[0] = PEER_UNIX;
    memcpy(bytes + 3, peer->bytes, sizeof peer->bytes);
    brink_tlv_put(writer, tag, bytes, sizeof bytes);
}

static bool take_peer(const struct brink_tlv *field, struct brink_peer *peer)
{
    if (field->length < PEER_SIZE)
        return false;
    const uint8_t *bytes = field->value;
    *peer = (struct brink_peer){.port = (uint16_t)(bytes[1] | bytes[2] << 8)};
    if (bytes[0] == PEER_V4)
        peer->family = AF_INET;
    else if (bytes[0] == PEER_V6)
        peer->family = AF_INET6;
    else if (bytes[0] == PEER_UNIX)
        peer->family = AF_UNIX;
    memcpy(peer->bytes, bytes + 3, sizeof peer->bytes);
    return true;
}

static void put_leg(struct brink_tlv_writer *writer, uint16_t by,
                    const struct brink_parcel_leg *leg)
{
    const struct {
        uint16_t tag;
        uint64_t number;
    } numbers[] = {
        {FIELD_BYTES_IN, leg->bytes_in},
        {FIELD_BYTES_OUT, leg->bytes_out},
        {FIELD_FRAMES, leg->frames},
        {FIELD_QUIET, leg->quiet_ms},
        {FIELD_MODE, (uint64_t)leg->position.mode},
        {FIELD_RAW_DUE, leg->position.raw_due},
        {FIELD_PREFACE, leg->position.preface},
        {FIELD_EXACT, leg->exact},
    };
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        brink_tlv_put_number(writer, (uint16_t)(numbers[i].tag + by), numbers[i].number);
}

static void put_pair(struct brink_tlv_writer *writer, const struct brink_parcel *parcel)
{
    brink_tlv_put_text(writer, FIELD_SERVER, parcel->server);
    brink_tlv_put_text(writer, FIELD_SERVER_NAME, parcel->server_name);
    brink_tlv_put_number(writer, FIELD_CONNECTED, parcel->connected_ms);
    brink_tlv_put_number(writer, FIELD_FRAMES_BEFORE, parcel->frames_before);
    brink_tlv_put_number(writer, FIELD_IN_VAIN, parcel->in_vain);
    if (!parcel->greeted)
        return;
    put_peer(writer, FIELD_DESTINATION, &parcel->destination);
    brink_tlv_put(writer, FIELD_UNIQUE_ID, parcel->unique_id, parcel->unique_id_size);
}

void brink_parcel_encode(const struct brink_parcel *parcel, struct brink_tlv_writer *writer)
{
    uint64_t flags = (parcel->kept ? FLAG_KEPT : 0U) | (parcel->answered ? FLAG_ANSWERED : 0U) |
                     (parcel->greeted ? FLAG_GREETED : 0U) | (parcel->rehomed ? FLAG_REHOMED : 0U);
    brink_tlv_put_number(writer, FIELD_ID, parcel->id);
    brink_tlv_put_text(writer, FIELD_LISTENER, parcel->listener);
    brink_tlv_put_number(writer, FIELD_SHAPE, parcel->shape);
    put_peer(writer, FIELD_PEER, &parcel->peer);
    brink_tlv_put_number(writer, FIELD_AGE, parcel->age_ms);
    brink_tlv_put_number(writer, FIELD_LEGS, parcel->legs);
    brink_tlv_put_number(writer, FIELD_FLAGS, flags);
    for (unsigned i = 0; i < parcel->legs; i++)
        put_leg(writer, i == 0 ? 0 : FIELD_UPSTREAM, &parcel->leg[i]);
    if (parcel->legs == 2)
        put_pair(writer, parcel);
}

/* --- reading --- */

static bool take_small(const struct brink_tlv *field, uint64_t most, uint64_t *number)
{
    uint64_t read;
    if (!brink_tlv_number(field, &read) || read > most)
        return false;
    *number = read;
    return true;
}

static bool take_leg(struct brink_parcel_leg *leg, const struct brink_tlv *field, unsigned tag)
{
    uint64_t small = 0;
    bool good = true;
    switch (tag) {
    case FIELD_BYTES_IN:
        return brink_tlv_number(field, &leg->bytes_in);
    case FIELD_BYTES_OUT:
        return brink_tlv_number(field, &leg->bytes_out);
    case FIELD_FRAMES:
        return brink_tlv_number(field, &leg->frames);
    case FIELD_QUIET:
        return brink_tlv_number(field, &leg->quiet_ms);
    case FIELD_MODE:
        good = take_small(field, BRINK_POSITION_PREFACE, &small);
        leg->position.mode = (enum brink_position_mode)small;
        return good;
    case FIELD_RAW_DUE:
        good = take_small(field, UINT8_MAX, &small);
        leg->position.raw_due = (uint8_t)small;
        return good;
    case FIELD_PREFACE:
        good = take_small(field, UINT16_MAX, &small);
        leg->position.preface = (uint16_t)small;
        return good;
    case FIELD_EXACT:
        good = take_small(field, 1, &small);
        leg->exact = small == 1;
        return good;
    default:
        return true;
    }
}

static bool take_unique_id(struct brink_parcel *parcel, const struct brink_tlv *field)
{
    if (field->length > sizeof parcel->unique_id)
        return false;
    memcpy(parcel->unique_id, field->value, field->length);
    parcel->unique_id_size = (uint8_t)field->length;
    return true;
}

static bool take_flags(struct brink_parcel *parcel, const struct brink_tlv *field)
{
    uint64_t flags;
    if (!brink_tlv_number(field, &flags))
        return false;
    parcel->kept = flags & FLAG_KEPT;
    parcel->answered = flags & FLAG_ANSWERED;
    parcel->greeted = flags & FLAG_GREETED;
    parcel->rehomed = flags & FLAG_REHOMED;
    return true;
}

static bool take_legs(struct brink_parcel *parcel, const struct brink_tlv *field)
{
    uint64_t legs = 0;
    bool good = take_small(field, 2, &legs) && legs > 0;
    parcel->legs = (unsigned)legs;
    return good;
}

static bool take(struct brink_parcel *parcel, const struct brink_tlv *field)
{
    if (field->tag >= FIELD_LEG + FIELD_UPSTREAM && field->tag < FIELD_END)
        return take_leg(&parcel->leg[1], field, field->tag - (unsigned)FIELD_UPSTREAM);
    if (field->tag >= FIELD_LEG)
        return take_leg(&parcel->leg[0], field, field->tag);
    switch (field->tag) {
    case FIELD_ID:
        return brink_tlv_number(field, &parcel->id);
    case FIELD_LISTENER:
        return brink_tlv_text(field, parcel->listener, sizeof parcel->listener);
    case FIELD_SHAPE:
        return brink_tlv_number(field, &parcel->shape);
    case FIELD_PEER:
        return take_peer(field, &parcel->peer);
    case FIELD_AGE:
        return brink_tlv_number(field, &parcel->age_ms);
    case FIELD_LEGS:
        return take_legs(parcel, field);
    case FIELD_SERVER:
        return brink_tlv_text(field, parcel->server, sizeof parcel->server);
    case FIELD_SERVER_NAME:
        return brink_tlv_text(field, parcel->server_name, sizeof parcel->server_name);
    case FIELD_CONNECTED:
        return brink_tlv_number(field, &parcel->connected_ms);
    case FIELD_FRAMES_BEFORE:
        return brink_tlv_number(field, &parcel->frames_before);
    case FIELD_IN_VAIN:
        return take_small(field, 3, &parcel->in_vain);
    case FIELD_FLAGS:
        return take_flags(parcel, field);
    case FIELD_DESTINATION:
        return take_peer(field, &parcel->destination);
    case FIELD_UNIQUE_ID:
        return take_unique_id(parcel, field);
    default:
        return true; /* a later version's */
    }
}

brink_result brink_parcel_decode(struct brink_parcel *parcel, struct brink_tlv_reader *reader)
{
    struct brink_tlv field;
    bool good = true;
    memset(parcel, 0, sizeof *parcel);
    parcel->fds[0] = parcel->fds[1] = -1;
    while (brink_tlv_next(reader, &field))
        good = take(parcel, &field) && good;
    good = good && !reader->bad && parcel->legs > 0;
    if (good && parcel->legs == 2)
        good = parcel->server[0] != '\0';
    return good ? brink_ok() : brink_fail(EINVAL);
}
