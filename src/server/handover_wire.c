#include "server/handover_wire.h"

#include <errno.h>
#include <string.h>

/* On the wire. */
enum field {
    FIELD_MAGIC = 1,
    FIELD_PROTOCOL = 2,
    FIELD_VERSION = 3,
    FIELD_LISTENER = 4,
    FIELD_WANTED = 5,
    FIELD_BOUND = 6,
    FIELD_ID = 7,
    FIELD_WHY = 8,
    FIELD_SOCKETS = 9
};

static const char magic[] = "brink";

static void put_fields(const struct brink_handover_message *message,
                       struct brink_tlv_writer *writer)
{
    switch (message->kind) {
    case BRINK_HANDOVER_HELLO:
    case BRINK_HANDOVER_READY:
        brink_tlv_put_text(writer, FIELD_MAGIC, magic);
        brink_tlv_put_number(writer, FIELD_SOCKETS, message->sockets);
        brink_tlv_put_number(writer, FIELD_PROTOCOL, message->protocol);
        brink_tlv_put_text(writer, FIELD_VERSION, message->version);
        break;
    case BRINK_HANDOVER_SOCKET:
        brink_tlv_put_text(writer, FIELD_LISTENER, message->listener);
        brink_tlv_put_text(writer, FIELD_WANTED, message->wanted);
        brink_tlv_put_text(writer, FIELD_BOUND, message->bound);
        break;
    case BRINK_HANDOVER_PARCEL:
        brink_parcel_encode(&message->parcel, writer);
        break;
    case BRINK_HANDOVER_REFUSED:
        brink_tlv_put_text(writer, FIELD_WHY, message->why);
        brink_tlv_put_number(writer, FIELD_ID, message->id);
        break;
    case BRINK_HANDOVER_ACCEPTED:
        brink_tlv_put_number(writer, FIELD_ID, message->id);
        break;
    case BRINK_HANDOVER_SOCKETS_END:
    case BRINK_HANDOVER_DONE:
        break;
    }
}

size_t brink_handover_encode(const struct brink_handover_message *message,
                             uint8_t bytes[BRINK_HANDOVER_MESSAGE_MAX])
{
    struct brink_tlv_writer writer = {.bytes = bytes, .room = BRINK_HANDOVER_MESSAGE_MAX};
    bytes[0] = (uint8_t)message->kind;
    writer.size = 1;
    put_fields(message, &writer);
    return writer.full ? 0 : writer.size;
}

/* --- reading --- */

static bool take_magic(const struct brink_tlv *field, bool *named)
{
    *named = field->length == sizeof magic - 1 && memcmp(field->value, magic, field->length) == 0;
    return *named;
}

static bool take_small(const struct brink_tlv *field, uint32_t *small)
{
    uint64_t number;
    if (!brink_tlv_number(field, &number) || number > UINT32_MAX)
        return false;
    *small = (uint32_t)number;
    return true;
}

static bool take(struct brink_handover_message *message, const struct brink_tlv *field, bool *named)
{
    switch (field->tag) {
    case FIELD_MAGIC:
        return take_magic(field, named);
    case FIELD_PROTOCOL:
        return take_small(field, &message->protocol);
    case FIELD_VERSION:
        return brink_tlv_text(field, message->version, sizeof message->version);
    case FIELD_LISTENER:
        return brink_tlv_text(field, message->listener, sizeof message->listener);
    case FIELD_WANTED:
        return brink_tlv_text(field, message->wanted, sizeof message->wanted);
    case FIELD_BOUND:
        return brink_tlv_text(field, message->bound, sizeof message->bound);
    case FIELD_ID:
        return brink_tlv_number(field, &message->id);
    case FIELD_SOCKETS:
        return take_small(field, &message->sockets);
    case FIELD_WHY:
        return brink_tlv_text(field, message->why, sizeof message->why);
    default:
        return true; /* a later version's */
    }
}

/* True if all is there that the kind calls for. */
static bool is_whole(const struct brink_handover_message *message, bool named)
{
    switch (message->kind) {
    case BRINK_HANDOVER_HELLO:
    case BRINK_HANDOVER_READY:
        return named && message->protocol != 0;
    case BRINK_HANDOVER_SOCKET:
        return message->bound[0] != '\0';
    case BRINK_HANDOVER_ACCEPTED:
    case BRINK_HANDOVER_REFUSED:
        return message->id != 0;
    case BRINK_HANDOVER_SOCKETS_END:
    case BRINK_HANDOVER_PARCEL:
    case BRINK_HANDOVER_DONE:
        break;
    }
    return true;
}

brink_result brink_handover_decode(struct brink_handover_message *message, const uint8_t *bytes,
                                   size_t size)
{
    struct brink_tlv field;
    bool named = false;
    memset(message, 0, sizeof *message);
    if (size == 0)
        return brink_fail(EINVAL);
    if (bytes[0] < BRINK_HANDOVER_HELLO || bytes[0] > BRINK_HANDOVER_DONE)
        return brink_fail(ENOTSUP);
    message->kind = (enum brink_handover_kind)bytes[0];
    struct brink_tlv_reader reader = {.bytes = bytes, .size = size, .at = 1};
    if (message->kind == BRINK_HANDOVER_PARCEL)
        return brink_parcel_decode(&message->parcel, &reader);
    bool good = true;
    while (brink_tlv_next(&reader, &field))
        good = take(message, &field, &named) && good;
    return good && !reader.bad && is_whole(message, named) ? brink_ok() : brink_fail(EINVAL);
}
