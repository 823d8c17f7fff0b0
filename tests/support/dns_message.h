/* tests/support/dns_message.h - writing DNS answers (RFC 1035, 4), without compression unless the
 * test puts it in. */
#ifndef BRINK_TESTS_DNS_MESSAGE_H
#define BRINK_TESTS_DNS_MESSAGE_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct dns_message {
    uint8_t bytes[65536];
    size_t size;
};

static inline void dns_put(struct dns_message *message, const void *data, size_t size)
{
    if (size > sizeof message->bytes - message->size)
        abort();
    if (size > 0)
        memcpy(message->bytes + message->size, data, size);
    message->size += size;
}

static inline void dns_put_u16(struct dns_message *message, unsigned value)
{
    uint8_t bytes[2] = {(uint8_t)(value >> 8), (uint8_t)value};
    dns_put(message, bytes, 2);
}

/* Labels with a length before each; returns the size. "" is the root. */
static inline size_t dns_name(uint8_t *out, const char *name)
{
    size_t size = 0;
    while (*name != '\0') {
        size_t label = strcspn(name, ".");
        out[size++] = (uint8_t)label;
        memcpy(out + size, name, label);
        size += label;
        name += label + (name[label] == '.');
    }
    out[size++] = 0;
    return size;
}

static inline void dns_put_name(struct dns_message *message, const char *name)
{
    uint8_t bytes[300];
    dns_put(message, bytes, dns_name(bytes, name));
}

/* A header that says that this is a good answer, and the question. */
static inline void dns_begin(struct dns_message *message, const char *name, unsigned type)
{
    static const uint8_t header[12] = {0, 0, 0x84, 0, 0, 1};
    message->size = 0;
    dns_put(message, header, sizeof header);
    dns_put_name(message, name);
    dns_put_u16(message, type);
    dns_put_u16(message, 1);
}

static inline void dns_add(struct dns_message *message, const char *name, unsigned type,
                           uint32_t ttl_s, const void *data, size_t size)
{
    unsigned answers = (unsigned)(message->bytes[6] << 8 | message->bytes[7]) + 1;
    message->bytes[6] = (uint8_t)(answers >> 8);
    message->bytes[7] = (uint8_t)answers;
    dns_put_name(message, name);
    dns_put_u16(message, type);
    dns_put_u16(message, 1);
    dns_put_u16(message, ttl_s >> 16);
    dns_put_u16(message, ttl_s & 0xffff);
    dns_put_u16(message, (unsigned)size);
    dns_put(message, data, size);
}

/* The data of an SRV record; returns its size. */
static inline size_t dns_srv(uint8_t *out, unsigned priority, unsigned weight, unsigned port,
                             const char *target)
{
    unsigned fields[3] = {priority, weight, port};
    for (size_t i = 0; i < 3; i++) {
        out[2 * i] = (uint8_t)(fields[i] >> 8);
        out[2 * i + 1] = (uint8_t)fields[i];
    }
    return 6 + dns_name(out + 6, target);
}

static inline void dns_add_srv(struct dns_message *message, unsigned priority, unsigned weight,
                               unsigned port, const char *target)
{
    uint8_t data[300];
    size_t size = dns_srv(data, priority, weight, port, target);
    dns_add(message, "_x._tcp.test", 33, 60, data, size);
}

#endif
