/* Version 2 of the PROXY protocol (section 2.2), and which version it is:
 *
 *     signature, 12 bytes | version 2, command | family, protocol | length, 2 bytes, big-endian
 *     then so many bytes: the addresses, as large as the family has it, and TLVs (type, 2 bytes of
 *     length, value) */
#include "net/proxy_header.h"

#include <string.h>

#include "base/crc32c.h"
#include "base/message.h"
#include "net/proxy_line.h"

enum { AT_COMMAND = 12, AT_FAMILY = 13, AT_LENGTH = 14, HEAD = 16, TLV_HEAD = 3 };

enum { COMMAND_LOCAL = 0, COMMAND_PROXY = 1 };

/* The high four bits of the byte at AT_FAMILY. */
enum { FAMILY_UNSPEC = 0, FAMILY_INET, FAMILY_INET6, FAMILY_UNIX, FAMILIES };

/* The low four. */
enum { PROTOCOL_UNSPEC = 0, PROTOCOL_STREAM, PROTOCOL_DGRAM, PROTOCOLS };

enum { TLV_CRC32C = 0x03, TLV_UNIQUE_ID = 0x05 };

static const uint8_t signature[AT_COMMAND] = {0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d,
                                              0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a};

/* Of both addresses with their ports, for each family. */
static const size_t address_sizes[FAMILIES] = {0, 2 * (4 + 2), 2 * (16 + 2), 2 * 108};

static uint16_t read_u16(const uint8_t *bytes)
{
    return (uint16_t)(bytes[0] << 8 | bytes[1]);
}

static bool is_local(const uint8_t *bytes)
{
    return (bytes[AT_COMMAND] & 15) == COMMAND_LOCAL;
}

static bool has_addresses(const uint8_t *bytes)
{
    return !is_local(bytes) && bytes[AT_FAMILY] >> 4 != FAMILY_UNSPEC &&
           (bytes[AT_FAMILY] & 15) != PROTOCOL_UNSPEC;
}

/* Looks at what there is of the first 16 bytes. */
static brink_result check_head(const uint8_t *bytes, size_t size, struct brink_message *why)
{
    if (size > AT_COMMAND && (bytes[AT_COMMAND] >> 4 != 2 || (bytes[AT_COMMAND] & 15) > 1))
        return brink_message_set(why,
                                 "the PROXY header's version and command are 0x%02x; 0x20 (LOCAL) "
                                 "and 0x21 (PROXY) are known",
                                 (unsigned)bytes[AT_COMMAND]);
    if (size > AT_FAMILY && !is_local(bytes) &&
        (bytes[AT_FAMILY] >> 4 >= FAMILIES || (bytes[AT_FAMILY] & 15) >= PROTOCOLS))
        return brink_message_set(why,
                                 "the PROXY header's family and protocol are 0x%02x, which "
                                 "the protocol does not know",
                                 (unsigned)bytes[AT_FAMILY]);
    if (size < HEAD)
        return brink_ok();
    size_t rest = read_u16(bytes + AT_LENGTH);
    if (HEAD + rest > BRINK_PROXY_HEADER_MAX)
        return brink_message_set(why,
                                 "the PROXY header is too large: %zu bytes; at most %d are "
                                 "accepted",
                                 HEAD + rest, (int)BRINK_PROXY_HEADER_MAX);
    if (has_addresses(bytes) && rest < address_sizes[bytes[AT_FAMILY] >> 4])
        return brink_message_set(why,
                                 "the PROXY header is too short for its addresses: they take %zu "
                                 "bytes, and %zu are announced",
                                 address_sizes[bytes[AT_FAMILY] >> 4], rest);
    return brink_ok();
}

/* `block` has the two addresses, of `size` bytes each, and then the two ports. */
static void read_peers(struct brink_proxy_header *found, uint8_t family, const uint8_t *block,
                       size_t size)
{
    found->source = (struct brink_peer){.family = family, .port = read_u16(block + 2 * size)};
    found->destination =
        (struct brink_peer){.family = family, .port = read_u16(block + 2 * size + 2)};
    memcpy(found->source.bytes, block, size);
    memcpy(found->destination.bytes, block + size, size);
}

static void read_addresses(struct brink_proxy_header *found, const uint8_t *bytes)
{
    if (!has_addresses(bytes))
        return;
    found->kind = BRINK_PROXY_PROXIED;
    if (bytes[AT_FAMILY] >> 4 == FAMILY_INET) {
        read_peers(found, AF_INET, bytes + HEAD, 4);
    } else if (bytes[AT_FAMILY] >> 4 == FAMILY_INET6) {
        read_peers(found, AF_INET6, bytes + HEAD, 16);
    } else {
        found->source.family = AF_UNIX;
        found->destination.family = AF_UNIX;
    }
}

struct tlv {
    uint8_t type;
    const uint8_t *value;
    size_t length;
};

/* Takes the TLV at `*at` and moves on; false if what is left is not a whole one. */
static bool next_tlv(const uint8_t *bytes, size_t *at, size_t end, struct tlv *tlv)
{
    size_t left = end - *at;
    if (left < TLV_HEAD || read_u16(bytes + *at + 1) > left - TLV_HEAD)
        return false;
    *tlv = (struct tlv){bytes[*at], bytes + *at + TLV_HEAD, read_u16(bytes + *at + 1)};
    *at += TLV_HEAD + tlv->length;
    return true;
}

/* The checksum is that of the header with zeros in its place (section 2.2.3). */
static uint32_t checksum(const uint8_t *bytes, size_t length, const struct tlv *place)
{
    static const uint8_t zeros[4];
    size_t before = (size_t)(place->value - bytes);
    uint32_t sum = brink_crc32c(0, bytes, before);
    sum = brink_crc32c(sum, zeros, sizeof zeros);
    return brink_crc32c(sum, place->value + sizeof zeros, length - before - sizeof zeros);
}

/* That there is one at most also bounds the work: each means a pass over the whole header. */
static brink_result check_checksum(const uint8_t *bytes, size_t length, const struct tlv *tlv,
                                   struct tlv *before, struct brink_message *why)
{
    if (tlv->length != 4 || before->value != NULL)
        return brink_message_set(why, "the PROXY header must have one CRC32c of 4 bytes, if any");
    *before = *tlv;
    uint32_t told = (uint32_t)read_u16(tlv->value) << 16 | read_u16(tlv->value + 2);
    uint32_t found = checksum(bytes, length, tlv);
    if (told != found)
        return brink_message_set(why,
                                 "the PROXY header is damaged: its CRC32c is 0x%08x, and 0x%08x "
                                 "is told",
                                 found, told);
    return brink_ok();
}

static brink_result take_unique_id(struct brink_proxy_header *found, const struct tlv *tlv,
                                   struct brink_message *why)
{
    if (tlv->length > BRINK_PROXY_UNIQUE_ID_MAX || found->unique_id != NULL)
        return brink_message_set(why,
                                 "the PROXY header must have one unique id of at most %d bytes, "
                                 "if any",
                                 (int)BRINK_PROXY_UNIQUE_ID_MAX);
    found->unique_id = tlv->value;
    found->unique_id_length = tlv->length;
    return brink_ok();
}

/* Where no addresses are told, the sender may still have put something there that is not TLVs
 * (section 2.2: it is to be ignored): then nothing is read. */
static bool tlvs_are_whole(const uint8_t *bytes, size_t at, size_t end)
{
    struct tlv tlv;
    while (at < end)
        if (!next_tlv(bytes, &at, end, &tlv))
            return false;
    return at == end;
}

static brink_result read_tlvs(struct brink_proxy_header *found, const uint8_t *bytes,
                              struct brink_message *why)
{
    struct tlv tlv;
    struct tlv sum = {0};
    size_t at = HEAD + address_sizes[bytes[AT_FAMILY] >> 4];
    brink_result read = brink_ok();
    if (!tlvs_are_whole(bytes, at, found->length))
        return has_addresses(bytes)
                   ? brink_message_set(why, "the PROXY header's last TLV is cut off by its end")
                   : brink_ok();
    while (!brink_failed(read) && at < found->length && next_tlv(bytes, &at, found->length, &tlv)) {
        if (tlv.type == TLV_CRC32C)
            read = check_checksum(bytes, found->length, &tlv, &sum, why);
        else if (tlv.type == TLV_UNIQUE_ID)
            read = take_unique_id(found, &tlv, why);
    }
    return read;
}

static enum brink_proxy_verdict decode_binary(const uint8_t *bytes, size_t size,
                                              struct brink_proxy_header *header, size_t *wanted,
                                              struct brink_message *why)
{
    struct brink_proxy_header found = {.version = 2};
    if (brink_failed(check_head(bytes, size, why)))
        return BRINK_PROXY_CORRUPT;
    found.length = size < HEAD ? HEAD : HEAD + (size_t)read_u16(bytes + AT_LENGTH);
    if (size < found.length) {
        *wanted = found.length - size;
        return BRINK_PROXY_MORE;
    }
    found.kind = is_local(bytes) ? BRINK_PROXY_LOCAL : BRINK_PROXY_UNKNOWN;
    read_addresses(&found, bytes);
    if (!is_local(bytes) && brink_failed(read_tlvs(&found, bytes, why)))
        return BRINK_PROXY_CORRUPT;
    *header = found;
    return BRINK_PROXY_COMPLETE;
}

static bool may_begin(const uint8_t *bytes, size_t size, const void *head, size_t head_size)
{
    return memcmp(bytes, head, size < head_size ? size : head_size) == 0;
}

enum brink_proxy_verdict brink_proxy_header_decode(const uint8_t *bytes, size_t size,
                                                   struct brink_proxy_header *header,
                                                   size_t *wanted, struct brink_message *why)
{
    if (size == 0) {
        *wanted = BRINK_PROXY_LINE_SHORTEST;
        return BRINK_PROXY_MORE;
    }
    if (may_begin(bytes, size, signature, sizeof signature))
        return decode_binary(bytes, size, header, wanted, why);
    if (may_begin(bytes, size, BRINK_PROXY_LINE_HEAD, sizeof BRINK_PROXY_LINE_HEAD - 1))
        return brink_proxy_line_decode(bytes, size, header, wanted, why);
    (void)brink_message_set(why, "the connection does not begin with a PROXY header; is the peer "
                                 "told to send one?");
    return BRINK_PROXY_NONE;
}
