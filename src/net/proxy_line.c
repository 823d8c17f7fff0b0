/* Version 1 of the PROXY protocol:
 *
 *     PROXY TCP4 192.0.2.7 198.51.100.1 56324 5882 CR LF
 *     PROXY TCP6 2001:db8::7 2001:db8::1 56324 5882 CR LF
 *     PROXY UNKNOWN whatever CR LF
 *
 * Messages do not quote the line: they go to logs, and the line is a stranger's. */
#include "net/proxy_line.h"

#include <arpa/inet.h>
#include <string.h>

#include "base/message.h"

enum { HEAD = sizeof BRINK_PROXY_LINE_HEAD - 1, FIELDS = 4, NO_PORT = -1 };

/* What a line is about. */
struct kind {
    const char *word; /* with the space that must follow, if it must */
    uint8_t family;
    size_t shortest_address;
};

static const struct kind kinds[] = {
    {"TCP4 ", AF_INET, sizeof "0.0.0.0" - 1},
    {"TCP6 ", AF_INET6, sizeof "::" - 1},
    {"UNKNOWN", AF_UNSPEC, 0},
};

/* The kind that the bytes name, or may still name, when `*whole` is false; NULL if they cannot. */
static const struct kind *find_kind(const uint8_t *bytes, size_t size, bool *whole)
{
    size_t there = size > HEAD ? size - HEAD : 0;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        size_t length = strlen(kinds[i].word);
        *whole = there >= length;
        if (memcmp(bytes + HEAD, kinds[i].word, *whole ? length : there) == 0)
            return &kinds[i];
    }
    return NULL;
}

/* Sets `length` if the line has ended, else to 0. */
static brink_result find_end(const uint8_t *bytes, size_t size, size_t *length,
                             struct brink_message *why)
{
    size_t most = size < BRINK_PROXY_LINE_MAX ? size : BRINK_PROXY_LINE_MAX;
    *length = 0;
    for (size_t at = HEAD; at < most; at++) {
        bool ends = bytes[at] == '\r' && at + 1 < most;
        if (bytes[at] == '\n' || (ends && bytes[at + 1] != '\n'))
            return brink_message_set(why,
                                     "the PROXY line must end in CR LF; one of the two "
                                     "stands alone at byte %zu",
                                     at);
        if (ends) {
            *length = at + 2;
            return brink_ok();
        }
    }
    if (most + (bytes[most - 1] == '\r' ? 1 : 2) > BRINK_PROXY_LINE_MAX)
        return brink_message_set(why, "the PROXY line does not end within %d bytes",
                                 (int)BRINK_PROXY_LINE_MAX);
    return brink_ok();
}

/* How many bytes at least a line of addresses lacks: what its field needs that is being written,
 * the fields to come with the space before each, and CR LF. */
static size_t addresses_lack(const uint8_t *bytes, size_t size, const struct kind *kind)
{
    const size_t shortest[FIELDS] = {kind->shortest_address, kind->shortest_address, 1, 1};
    size_t field = 0;
    size_t written = 0;
    size_t lack = 2;
    for (size_t at = HEAD + strlen(kind->word); at < size; at++) {
        written = bytes[at] == ' ' ? 0 : written + 1;
        field += bytes[at] == ' ';
    }
    if (field < FIELDS && shortest[field] > written)
        lack += shortest[field] - written;
    for (field++; field < FIELDS; field++)
        lack += 1 + shortest[field];
    return lack;
}

/* How many bytes at least a line lacks that has not ended. */
static size_t line_lacks(const uint8_t *bytes, size_t size, const struct kind *kind,
                         bool kind_whole)
{
    if (!kind_whole)
        return BRINK_PROXY_LINE_SHORTEST - size;
    if (bytes[size - 1] == '\r')
        return 1;
    size_t lack = kind->family == AF_UNSPEC ? 2 : addresses_lack(bytes, size, kind);
    return lack < BRINK_PROXY_LINE_MAX - size ? lack : BRINK_PROXY_LINE_MAX - size;
}

/* Digits without a zero before them, up to 65535; NO_PORT otherwise. */
static int32_t read_port(const char *text)
{
    int32_t value = 0;
    if (text[0] == '\0' || (text[0] == '0' && text[1] != '\0'))
        return NO_PORT;
    for (; *text != '\0'; text++) {
        if (*text < '0' || *text > '9')
            return NO_PORT;
        value = value * 10 + (*text - '0');
        if (value > UINT16_MAX)
            return NO_PORT;
    }
    return value;
}

static brink_result read_peer(struct brink_peer *peer, uint8_t family, const char *host,
                              const char *port, const char *whose, struct brink_message *why)
{
    int32_t number = read_port(port);
    *peer = (struct brink_peer){.family = family};
    if (inet_pton(family, host, peer->bytes) != 1)
        return brink_message_set(why, "the PROXY line's %s address is no %s address", whose,
                                 family == AF_INET ? "IPv4" : "IPv6");
    if (number == NO_PORT)
        return brink_message_set(why, "the PROXY line's %s port is no number up to 65535", whose);
    peer->port = (uint16_t)number;
    return brink_ok();
}

/* `fields` are the text between the kind and CR LF; it is cut up. */
static brink_result read_addresses(struct brink_proxy_header *found, uint8_t family, char *fields,
                                   struct brink_message *why)
{
    char *field[FIELDS] = {fields};
    size_t count = 1;
    for (char *at = fields; *at != '\0'; at++) {
        if (*at != ' ')
            continue;
        *at = '\0';
        if (count < FIELDS)
            field[count] = at + 1;
        count++;
    }
    if (count != FIELDS)
        return brink_message_set(why,
                                 "the PROXY line must have two addresses and two ports, each "
                                 "after one space; it has %zu such fields",
                                 count);
    brink_result read = read_peer(&found->source, family, field[0], field[2], "source", why);
    if (!brink_failed(read))
        read = read_peer(&found->destination, family, field[1], field[3], "destination", why);
    return read;
}

/* Reads the whole line of `length` bytes. */
static brink_result read_line(struct brink_proxy_header *found, const uint8_t *bytes, size_t length,
                              const struct kind *kind, struct brink_message *why)
{
    char fields[BRINK_PROXY_LINE_MAX];
    size_t before = HEAD + strlen(kind->word);
    size_t size = length - 2 - before;
    *found =
        (struct brink_proxy_header){.version = 1, .kind = BRINK_PROXY_UNKNOWN, .length = length};
    if (kind->family == AF_UNSPEC)
        return brink_ok();
    found->kind = BRINK_PROXY_PROXIED;
    memcpy(fields, bytes + before, size);
    fields[size] = '\0';
    if (strlen(fields) != size)
        return brink_message_set(why, "the PROXY line has a NUL byte in it");
    return read_addresses(found, kind->family, fields, why);
}

/* After UNKNOWN the line ends, or a space and what is ignored follow. */
static bool unknown_goes_on(const uint8_t *bytes, size_t size, const struct kind *kind)
{
    size_t next = HEAD + strlen(kind->word);
    return kind->family != AF_UNSPEC || size <= next || bytes[next] == ' ' || bytes[next] == '\r';
}

enum brink_proxy_verdict brink_proxy_line_decode(const uint8_t *bytes, size_t size,
                                                 struct brink_proxy_header *header, size_t *wanted,
                                                 struct brink_message *why)
{
    struct brink_proxy_header found;
    size_t length;
    bool kind_whole;
    const struct kind *kind = find_kind(bytes, size, &kind_whole);
    if (kind == NULL || !unknown_goes_on(bytes, size, kind)) {
        (void)brink_message_set(why, "the PROXY line is for neither TCP4, TCP6 nor UNKNOWN");
        return BRINK_PROXY_CORRUPT;
    }
    if (brink_failed(find_end(bytes, size, &length, why)))
        return BRINK_PROXY_CORRUPT;
    if (length == 0) {
        *wanted = line_lacks(bytes, size, kind, kind_whole);
        return BRINK_PROXY_MORE;
    }
    if (brink_failed(read_line(&found, bytes, length, kind, why)))
        return BRINK_PROXY_CORRUPT;
    *header = found;
    return BRINK_PROXY_COMPLETE;
}
