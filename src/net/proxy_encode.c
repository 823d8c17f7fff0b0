/* Writing headers of the PROXY protocol, of both versions. */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "net/proxy_header.h"
#include "net/proxy_line.h"

/* Both peers, of one family; 0 if they cannot be told. */
struct told {
    uint8_t family;
    struct brink_peer source;
    struct brink_peer destination;
};

static bool is_inet(const struct brink_peer *peer)
{
    return peer->family == AF_INET || peer->family == AF_INET6;
}

static struct told told_of(const struct brink_proxy_header *header)
{
    struct told told = {.source = brink_peer_unmapped(&header->source),
                        .destination = brink_peer_unmapped(&header->destination)};
    if (header->kind != BRINK_PROXY_PROXIED || !is_inet(&told.source) ||
        !is_inet(&told.destination))
        return told;
    if (told.source.family != told.destination.family) {
        told.source = brink_peer_mapped(&told.source);
        told.destination = brink_peer_mapped(&told.destination);
    }
    told.family = told.source.family;
    return told;
}

/* Version 1 has hexadecimal digits only, where inet_ntop(3) may write an IPv6 address's last four
 * bytes as IPv4. */
static void format_host(const struct brink_peer *peer, char host[INET6_ADDRSTRLEN])
{
    (void)inet_ntop(peer->family, peer->bytes, host, INET6_ADDRSTRLEN);
    if (peer->family == AF_INET || strchr(host, '.') == NULL)
        return;
    char *tail = strrchr(host, ':') + 1;
    (void)snprintf(tail, sizeof "ffff:ffff", "%x:%x",
                   (unsigned)(peer->bytes[12] << 8 | peer->bytes[13]),
                   (unsigned)(peer->bytes[14] << 8 | peer->bytes[15]));
}

static size_t write_line(char line[BRINK_PROXY_LINE_MAX + 1],
                         const struct brink_proxy_header *header)
{
    char source[INET6_ADDRSTRLEN];
    char destination[INET6_ADDRSTRLEN];
    struct told told = told_of(header);
    if (told.family == AF_UNSPEC)
        return (size_t)snprintf(line, BRINK_PROXY_LINE_MAX + 1,
                                BRINK_PROXY_LINE_HEAD "UNKNOWN\r\n");
    format_host(&told.source, source);
    format_host(&told.destination, destination);
    return (size_t)snprintf(line, BRINK_PROXY_LINE_MAX + 1,
                            BRINK_PROXY_LINE_HEAD "TCP%c %s %s %u %u\r\n",
                            told.family == AF_INET ? '4' : '6', source, destination,
                            (unsigned)told.source.port, (unsigned)told.destination.port);
}

static uint8_t *put(uint8_t *at, const void *bytes, size_t size)
{
    if (size > 0)
        memcpy(at, bytes, size);
    return at + size;
}

static uint8_t *put_u16(uint8_t *at, size_t value)
{
    *at++ = (uint8_t)(value >> 8);
    *at++ = (uint8_t)value;
    return at;
}

static uint8_t *put_peers(uint8_t *at, const struct told *told)
{
    size_t size = told->family == AF_INET ? 4 : 16;
    at = put(at, told->source.bytes, size);
    at = put(at, told->destination.bytes, size);
    at = put_u16(at, told->source.port);
    return put_u16(at, told->destination.port);
}

static size_t write_binary(uint8_t bytes[BRINK_PROXY_ENCODED_MAX],
                           const struct brink_proxy_header *header)
{
    enum { HEAD = 16, UNIQUE_ID = 0x05 };
    static const char signature[] = "\r\n\r\n\0\r\nQUIT\n";
    struct told told = told_of(header);
    bool local = header->kind == BRINK_PROXY_LOCAL;
    uint8_t *at = bytes + HEAD;
    if (told.family != AF_UNSPEC)
        at = put_peers(at, &told);
    if (!local && header->unique_id != NULL) {
        *at++ = UNIQUE_ID;
        at = put_u16(at, header->unique_id_length);
        at = put(at, header->unique_id, header->unique_id_length);
    }
    size_t length = (size_t)(at - bytes);
    at = put(bytes, signature, sizeof signature - 1);
    *at++ = local ? 0x20 : 0x21;
    *at++ = told.family == AF_INET ? 0x11 : told.family == AF_INET6 ? 0x21 : 0;
    (void)put_u16(at, length - HEAD);
    return length;
}

brink_result brink_proxy_header_encode(const struct brink_proxy_header *header, uint8_t *bytes,
                                       size_t room, size_t *length)
{
    union {
        char line[BRINK_PROXY_LINE_MAX + 1];
        uint8_t binary[BRINK_PROXY_ENCODED_MAX];
    } written;
    if (header->unique_id != NULL && header->unique_id_length > BRINK_PROXY_UNIQUE_ID_MAX)
        return brink_fail(EINVAL);
    if (header->version != 1 && header->version != 2)
        return brink_fail(EINVAL);
    size_t size = header->version == 1 ? write_line(written.line, header)
                                       : write_binary(written.binary, header);
    if (size > room)
        return brink_fail(ENOBUFS);
    memcpy(bytes, &written, size);
    *length = size;
    return brink_ok();
}
