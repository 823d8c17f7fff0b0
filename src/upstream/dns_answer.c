#include "upstream/dns_answer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
    HEADER = 12,
    QUESTION_TAIL = 4,
    RECORD_TAIL = 10,
    CLASS_IN = 1,
    TYPE_CNAME = 5,
    SRV_HEAD = 6
};

/* Invariant: at <= size. */
struct reader {
    const uint8_t *bytes;
    size_t size;
    size_t at;
};

struct record {
    uint16_t type;
    uint16_t class;
    uint32_t ttl_s;
    size_t at; /* of its data */
    size_t length;
};

static uint16_t u16_at(const struct reader *reader, size_t at)
{
    return (uint16_t)(reader->bytes[at] << 8 | reader->bytes[at + 1]);
}

static bool advance(struct reader *reader, size_t length)
{
    if (length > reader->size - reader->at)
        return false;
    reader->at += length;
    return true;
}

/* Moves past a name: labels up to an empty one or a pointer (RFC 1035, 4.1.4). */
static bool skip_name(struct reader *reader)
{
    while (reader->at < reader->size) {
        uint8_t head = reader->bytes[reader->at];
        if ((head & 0xc0) == 0xc0)
            return advance(reader, 2);
        if ((head & 0xc0) != 0 || !advance(reader, (size_t)head + 1))
            return false;
        if (head == 0)
            return true;
    }
    return false;
}

/* Of host names, and of what stands in for them: '_' is no letter of a host, but in use. */
static bool is_host_letter(uint8_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_';
}

static bool add_label(const uint8_t *label, size_t size, char text[BRINK_HOST_MAX], size_t *length)
{
    if (*length + size + 2 > BRINK_HOST_MAX)
        return false;
    if (*length > 0)
        text[(*length)++] = '.';
    for (size_t i = 0; i < size; i++) {
        if (!is_host_letter(label[i]))
            return false;
        text[(*length)++] = (char)label[i];
    }
    return true;
}

/* The name at `at`, without its last dot. A pointer may only lead to before whatever has been read,
 * so that it comes to an end. False: it does not, or it is no host's name. */
static bool read_name(const struct reader *reader, size_t at, char text[BRINK_HOST_MAX])
{
    size_t length = 0;
    size_t lowest = at;
    while (at < reader->size) {
        uint8_t head = reader->bytes[at];
        size_t left = reader->size - at - 1;
        if (head == 0) {
            text[length] = '\0';
            return true;
        }
        if ((head & 0xc0) == 0xc0) {
            size_t to = left == 0 ? lowest : u16_at(reader, at) & 0x3fffU;
            if (to >= lowest)
                return false;
            at = lowest = to;
            continue;
        }
        if ((head & 0xc0) != 0 || head > left ||
            !add_label(reader->bytes + at + 1, head, text, &length))
            return false;
        at += (size_t)head + 1;
    }
    return false;
}

/* Up to the answers, of which there are `count`. */
static bool open_answer(struct reader *reader, const uint8_t *bytes, size_t size, uint16_t *count)
{
    *reader = (struct reader){.bytes = bytes, .size = size};
    if (!advance(reader, HEADER))
        return false;
    *count = u16_at(reader, 6);
    return u16_at(reader, 4) == 1 && skip_name(reader) && advance(reader, QUESTION_TAIL);
}

static bool next_record(struct reader *reader, struct record *record)
{
    if (!skip_name(reader))
        return false;
    size_t head = reader->at;
    if (!advance(reader, RECORD_TAIL))
        return false;
    *record = (struct record){
        .type = u16_at(reader, head),
        .class = u16_at(reader, head + 2),
        .ttl_s = (uint32_t)u16_at(reader, head + 4) << 16 | u16_at(reader, head + 6),
        .at = reader->at,
        .length = u16_at(reader, head + 8),
    };
    if (record->ttl_s > INT32_MAX) /* RFC 2181, 8: taken for 0 */
        record->ttl_s = 0;
    return advance(reader, record->length);
}

static void lower(uint32_t *ttl_s, uint32_t to)
{
    if (to < *ttl_s)
        *ttl_s = to;
}

static int compare_records(const void *left, const void *right)
{
    return memcmp(left, right, sizeof(struct brink_dns_record));
}

size_t brink_dns_records_in_order(struct brink_dns_record *records, size_t count)
{
    size_t kept = 0;
    if (count == 0)
        return 0;
    qsort(records, count, sizeof *records, compare_records);
    for (size_t i = 1; i < count; i++)
        if (compare_records(&records[kept], &records[i]) != 0)
            records[++kept] = records[i];
    return kept + 1;
}

brink_result brink_dns_read_addresses(const uint8_t *bytes, size_t size, enum brink_dns_type type,
                                      struct brink_dns_record *records, size_t room,
                                      struct brink_dns_found *found)
{
    struct reader reader;
    struct record record;
    uint16_t answers;
    struct brink_dns_found read = {.ttl_s = UINT32_MAX};
    size_t length = type == BRINK_DNS_A ? sizeof(struct in_addr) : sizeof(struct in6_addr);
    if (!open_answer(&reader, bytes, size, &answers))
        return brink_fail(EBADMSG);
    for (uint16_t i = 0; i < answers; i++) {
        if (!next_record(&reader, &record))
            return brink_fail(EBADMSG);
        if (record.class != CLASS_IN || (record.type != type && record.type != TYPE_CNAME))
            continue;
        lower(&read.ttl_s, record.ttl_s);
        if (record.type == TYPE_CNAME)
            continue;
        if (record.length != length)
            return brink_fail(EBADMSG);
        if (read.count == room) {
            read.left_out++;
            continue;
        }
        struct brink_dns_record *made = &records[read.count++];
        *made = (struct brink_dns_record){.family = type == BRINK_DNS_A ? AF_INET : AF_INET6};
        memcpy(made->bytes, bytes + record.at, length);
    }
    read.count = brink_dns_records_in_order(records, read.count);
    *found = read;
    return brink_ok();
}

brink_result brink_dns_read_services(const uint8_t *bytes, size_t size,
                                     struct brink_dns_service *services, size_t room,
                                     struct brink_dns_found *found)
{
    struct reader reader;
    struct record record;
    uint16_t answers;
    struct brink_dns_found read = {.ttl_s = UINT32_MAX};
    if (!open_answer(&reader, bytes, size, &answers))
        return brink_fail(EBADMSG);
    for (uint16_t i = 0; i < answers; i++) {
        struct brink_dns_service service;
        if (!next_record(&reader, &record))
            return brink_fail(EBADMSG);
        if (record.class != CLASS_IN || (record.type != BRINK_DNS_SRV && record.type != TYPE_CNAME))
            continue;
        lower(&read.ttl_s, record.ttl_s);
        if (record.type == TYPE_CNAME)
            continue;
        if (record.length <= SRV_HEAD || !read_name(&reader, record.at + SRV_HEAD, service.target))
            return brink_fail(EBADMSG);
        service.priority = u16_at(&reader, record.at);
        service.weight = u16_at(&reader, record.at + 2);
        service.port = u16_at(&reader, record.at + 4);
        if (service.target[0] == '\0' || service.port == 0)
            continue;
        if (read.count < room)
            services[read.count++] = service;
        else
            read.left_out++;
    }
    *found = read;
    return brink_ok();
}

/* Priority first, as those of a priority are one tier; the rest only so that there is an order. */
static int compare_services(const void *left, const void *right)
{
    const struct brink_dns_service *a = left;
    const struct brink_dns_service *b = right;
    if (a->priority != b->priority)
        return a->priority < b->priority ? -1 : 1;
    int names = strcasecmp(a->target, b->target);
    if (names != 0)
        return names;
    if (a->port != b->port)
        return a->port < b->port ? -1 : 1;
    return (int)b->weight - (int)a->weight;
}

/* RFC 2782 gives 0 "a very small chance of being selected": the others are made large beside it. */
static uint32_t scaled(uint32_t weight, uint32_t most, bool has_zero)
{
    if (most == 0)
        return 1;
    if (most <= BRINK_WEIGHT_MAX && !has_zero)
        return weight;
    uint32_t share = (weight * BRINK_WEIGHT_MAX + most / 2) / most;
    return share > 0 ? share : 1;
}

/* The hosts of one priority: services[0] to services[count - 1]. */
static size_t add_tier(const struct brink_dns_service *services, size_t count, uint32_t tier,
                       struct brink_dns_host *hosts)
{
    uint32_t most = 0;
    bool has_zero = false;
    size_t made = 0;
    for (size_t i = 0; i < count; i++) {
        most = services[i].weight > most ? services[i].weight : most;
        has_zero |= services[i].weight == 0;
    }
    for (size_t i = 0; i < count; i++) {
        const struct brink_dns_service *service = &services[i];
        if (made > 0 && hosts[made - 1].port == service->port &&
            strcasecmp(hosts[made - 1].host, service->target) == 0)
            continue;
        struct brink_dns_host *host = &hosts[made++];
        *host = (struct brink_dns_host){
            .port = service->port, .weight = scaled(service->weight, most, has_zero), .tier = tier};
        memcpy(host->host, service->target, sizeof host->host);
    }
    return made;
}

size_t brink_dns_hosts_of(struct brink_dns_service *services, size_t count,
                          struct brink_dns_host *hosts)
{
    size_t made = 0;
    uint32_t tier = 0;
    if (count > 0)
        qsort(services, count, sizeof *services, compare_services);
    for (size_t i = 0; i < count; tier++) {
        size_t end = i;
        while (end < count && services[end].priority == services[i].priority)
            end++;
        made += add_tier(services + i, end - i, tier, hosts + made);
        i = end;
    }
    return made;
}

struct brink_address brink_dns_address(const struct brink_dns_record *record, uint16_t port)
{
    struct brink_address address = {.kind = BRINK_ADDRESS_SOCKET};
    if (record->family == AF_INET) {
        address.length = sizeof address.sock.v4;
        address.sock.v4.sin_family = AF_INET;
        address.sock.v4.sin_port = htons(port);
        memcpy(&address.sock.v4.sin_addr, record->bytes, sizeof address.sock.v4.sin_addr);
    } else {
        address.length = sizeof address.sock.v6;
        address.sock.v6.sin6_family = AF_INET6;
        address.sock.v6.sin6_port = htons(port);
        memcpy(&address.sock.v6.sin6_addr, record->bytes, sizeof address.sock.v6.sin6_addr);
    }
    return address;
}

static uint64_t by_chance(uint64_t wait_ms, uint64_t random)
{
    return wait_ms - random % (wait_ms / 10 + 1);
}

uint64_t brink_dns_wait_ms(uint32_t ttl_s, uint32_t min_ms, uint32_t max_ms, uint64_t random)
{
    uint64_t wait_ms = (uint64_t)ttl_s * 1000;
    if (wait_ms > max_ms)
        wait_ms = max_ms;
    if (wait_ms < min_ms)
        wait_ms = min_ms;
    return by_chance(wait_ms > 0 ? wait_ms : 1, random);
}

uint64_t brink_dns_retry_ms(uint32_t failures, uint32_t min_ms, uint32_t max_ms, uint64_t random)
{
    uint64_t most_ms = max_ms < BRINK_DNS_RETRY_MAX_MS ? max_ms : BRINK_DNS_RETRY_MAX_MS;
    uint64_t wait_ms = min_ms > 0 ? min_ms : 1;
    for (; failures > 1 && wait_ms < most_ms; failures--)
        wait_ms *= 2;
    if (wait_ms > most_ms && most_ms > min_ms)
        wait_ms = most_ms;
    return by_chance(wait_ms, random);
}
