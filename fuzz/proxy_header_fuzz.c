/* Targets: brink_proxy_header_decode (with brink_proxy_line_decode), brink_proxy_header_encode.
 *
 * The first byte chooses. Either the rest are bytes to decode: however much of them is there, the
 * verdict is that of all of them, or that more is to come; who reads no more than is wanted ends
 * exactly at the header's end; and what was read can be written and is read again. Or it makes up a
 * header to encode: it is decoded as itself. */
#include <errno.h>

#include "fuzz_input.h"
#include "net/proxy_bytes.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Version 1 has no unique id, and calls LOCAL UNKNOWN; LOCAL has no unique id; unix sockets are not
 * told; IPv4 is not told as mapped IPv6, unless the other peer is IPv6. */
static struct brink_proxy_header as_told(const struct brink_proxy_header *header)
{
    struct brink_proxy_header told = {.version = header->version, .kind = header->kind};
    struct brink_peer source = brink_peer_unmapped(&header->source);
    struct brink_peer destination = brink_peer_unmapped(&header->destination);
    bool v4 = source.family == AF_INET && destination.family == AF_INET;
    if (told.version == 1 && told.kind == BRINK_PROXY_LOCAL)
        told.kind = BRINK_PROXY_UNKNOWN;
    if (told.version == 2 && told.kind != BRINK_PROXY_LOCAL) {
        told.unique_id = header->unique_id;
        told.unique_id_length = header->unique_id_length;
    }
    if (told.kind != BRINK_PROXY_PROXIED)
        return told;
    told.source = v4 ? source : brink_peer_mapped(&source);
    told.destination = v4 ? destination : brink_peer_mapped(&destination);
    if ((source.family == AF_INET || source.family == AF_INET6) &&
        (destination.family == AF_INET || destination.family == AF_INET6))
        return told;
    told.kind = BRINK_PROXY_UNKNOWN;
    told.source = (struct brink_peer){0};
    told.destination = (struct brink_peer){0};
    return told;
}

static void check_round_trip(const struct brink_proxy_header *header)
{
    uint8_t bytes[BRINK_PROXY_ENCODED_MAX + 1];
    size_t length = 0;
    struct brink_proxy_header wanted = as_told(header);
    FUZZ_ASSERT(
        !brink_failed(brink_proxy_header_encode(header, bytes, BRINK_PROXY_ENCODED_MAX, &length)));
    FUZZ_ASSERT(length > 0 && length <= BRINK_PROXY_ENCODED_MAX);
    FUZZ_ASSERT(brink_proxy_header_encode(header, bytes, length - 1, &length).err == ENOBUFS);
    bytes[length] = 'x';
    struct proxy_told told = proxy_tell(bytes, length + 1);
    FUZZ_ASSERT(told.verdict == BRINK_PROXY_COMPLETE && told.header.length == length);
    FUZZ_ASSERT(proxy_same_header(&told.header, &wanted));
}

static void check_decode(const uint8_t *data, size_t size)
{
    struct proxy_told told;
    struct proxy_told all = proxy_tell(data, size);
    bool ended = false;
    for (size_t part = 0; part <= size; part += part < 300 ? 1 : 97) {
        told = proxy_tell(data, part);
        FUZZ_ASSERT(proxy_fits(&told, part, &all));
        FUZZ_ASSERT(!ended || told.verdict != BRINK_PROXY_MORE);
        ended = told.verdict != BRINK_PROXY_MORE;
    }
    size_t read = proxy_read(data, size, SIZE_MAX, &told);
    FUZZ_ASSERT(proxy_fits(&told, read, &all) && told.verdict == all.verdict);
    FUZZ_ASSERT(read <= BRINK_PROXY_HEADER_MAX);
    if (all.verdict != BRINK_PROXY_COMPLETE)
        return;
    FUZZ_ASSERT(read == all.header.length);
    check_round_trip(&all.header);
    all.header.version = (uint8_t)(3 - all.header.version);
    check_round_trip(&all.header);
}

static struct brink_peer input_peer(struct input *input)
{
    static const uint8_t families[] = {AF_INET, AF_INET6, AF_UNIX, 0};
    uint8_t kind = input_byte(input);
    struct brink_peer peer = {.family = families[kind % 4]};
    size_t size = peer.family == AF_INET ? 4 : peer.family == AF_INET6 ? 16 : 0;
    for (size_t i = 0; i < size; i++)
        peer.bytes[i] = kind & 8 ? 0 : input_byte(input);
    if (kind & 4 && peer.family == AF_INET6)
        memcpy(peer.bytes, "\0\0\0\0\0\0\0\0\0\0\xff\xff", 12);
    if (size > 0)
        peer.port = (uint16_t)input_number(input, 2);
    return peer;
}

static void check_encode(uint8_t choice, struct input *input)
{
    struct brink_proxy_header header = {
        .version = choice & 2 ? 1 : 2,
        .kind = (enum brink_proxy_kind)(choice / 4 % 3),
    };
    header.source = input_peer(input);
    header.destination = input_peer(input);
    if (choice & 64) {
        header.unique_id = input->data;
        header.unique_id_length =
            input->size < BRINK_PROXY_UNIQUE_ID_MAX ? input->size : BRINK_PROXY_UNIQUE_ID_MAX;
    }
    check_round_trip(&header);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input input = {data, size};
    if (size == 0)
        return 0;
    uint8_t choice = input_byte(&input);
    if (choice & 1)
        check_encode(choice, &input);
    else
        check_decode(input.data, input.size);
    return 0;
}
