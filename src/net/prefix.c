#include "net/prefix.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/message.h"

enum { V4_BITS = 32, V6_BITS = 128, MAPPED_BITS = 96, NO_NUMBER = -1 };

_Static_assert(sizeof(struct brink_prefix) == 18, "no padding: prefixes are compared as bytes");

static unsigned family_bits(uint8_t family)
{
    return family == AF_INET ? V4_BITS : family == AF_INET6 ? V6_BITS : 0;
}

static void clear_beyond(uint8_t bytes[16], unsigned bits)
{
    for (unsigned i = 0; i < 16; i++) {
        unsigned kept = bits > 8 * i ? bits - 8 * i : 0;
        if (kept < 8)
            bytes[i] &= (uint8_t)(0xff00 >> kept);
    }
}

/* Decimal digits, without zeros before them, up to `most`; NO_NUMBER otherwise. */
static int number(const char *text, unsigned most)
{
    unsigned value = 0;
    if (text[0] == '\0' || (text[0] == '0' && text[1] != '\0'))
        return NO_NUMBER;
    for (; *text != '\0'; text++) {
        if (*text < '0' || *text > '9')
            return NO_NUMBER;
        value = value * 10 + (unsigned)(*text - '0');
        if (value > most)
            return NO_NUMBER;
    }
    return (int)value;
}

static brink_result read_host(struct brink_prefix *prefix, const char *text, size_t length,
                              struct brink_message *why)
{
    char host[INET6_ADDRSTRLEN] = "";
    if (length < sizeof host)
        memcpy(host, text, length);
    if (inet_pton(AF_INET, host, prefix->bytes) == 1)
        prefix->family = AF_INET;
    else if (inet_pton(AF_INET6, host, prefix->bytes) == 1)
        prefix->family = AF_INET6;
    else
        return brink_message_set(why,
                                 "\"%.100s\" is no address and no prefix; write as in 10.0.0.0/8, "
                                 "2001:db8::/32, 192.0.2.7, or unix",
                                 text);
    return brink_ok();
}

static brink_result read_bits(struct brink_prefix *prefix, const char *text, const char *digits,
                              struct brink_message *why)
{
    unsigned most = family_bits(prefix->family);
    int bits = digits == NULL ? (int)most : number(digits, most);
    if (bits == NO_NUMBER)
        return brink_message_set(
            why,
            "\"%.100s\": \"%.20s\" is no length of a prefix; write a number up "
            "to %u",
            text, digits, most);
    prefix->bits = (uint8_t)bits;
    return brink_ok();
}

/* Prefixes of IPv4-mapped addresses become IPv4 prefixes. */
static void unmap(struct brink_prefix *prefix)
{
    struct brink_peer peer = {.family = prefix->family};
    memcpy(peer.bytes, prefix->bytes, sizeof peer.bytes);
    peer = brink_peer_unmapped(&peer);
    if (peer.family == prefix->family || prefix->bits < MAPPED_BITS)
        return;
    prefix->family = peer.family;
    prefix->bits = (uint8_t)(prefix->bits - MAPPED_BITS);
    memcpy(prefix->bytes, peer.bytes, sizeof peer.bytes);
}

static brink_result check_beyond(const struct brink_prefix *prefix, const char *text,
                                 struct brink_message *why)
{
    char right[BRINK_PREFIX_TEXT_MAX];
    char alone[BRINK_PREFIX_TEXT_MAX];
    struct brink_prefix cleared = *prefix;
    struct brink_prefix host = *prefix;
    clear_beyond(cleared.bytes, cleared.bits);
    host.bits = (uint8_t)family_bits(host.family);
    if (memcmp(&cleared, prefix, sizeof cleared) == 0)
        return brink_ok();
    return brink_message_set(
        why,
        "\"%.100s\" has bits set beyond its first %u; write %s, or %s for that "
        "address alone",
        text, (unsigned)prefix->bits, brink_prefix_format(&cleared, right, sizeof right),
        brink_prefix_format(&host, alone, sizeof alone));
}

brink_result brink_prefix_parse(struct brink_prefix *prefix, const char *text,
                                struct brink_message *why)
{
    struct brink_prefix read = {.family = AF_UNIX};
    size_t length = strcspn(text, "/");
    if (strcmp(text, "unix") != 0) {
        const char *digits = text[length] == '/' ? text + length + 1 : NULL;
        brink_result result = read_host(&read, text, length, why);
        if (!brink_failed(result))
            result = read_bits(&read, text, digits, why);
        if (brink_failed(result))
            return result;
        unmap(&read);
        result = check_beyond(&read, text, why);
        if (brink_failed(result))
            return result;
    }
    *prefix = read;
    return brink_ok();
}

const char *brink_prefix_format(const struct brink_prefix *prefix, char *text, size_t size)
{
    char host[INET6_ADDRSTRLEN];
    unsigned most = family_bits(prefix->family);
    if (most == 0) {
        (void)snprintf(text, size, "%s", prefix->family == AF_UNIX ? "unix" : "unknown");
        return text;
    }
    (void)inet_ntop(prefix->family, prefix->bytes, host, sizeof host);
    if (prefix->bits == most)
        (void)snprintf(text, size, "%s", host);
    else
        (void)snprintf(text, size, "%s/%u", host, (unsigned)prefix->bits);
    return text;
}

struct brink_prefix brink_prefix_of(const struct brink_peer *peer, uint8_t bits_v4, uint8_t bits_v6)
{
    struct brink_peer plain = brink_peer_unmapped(peer);
    struct brink_prefix prefix = {.family = plain.family};
    unsigned most = family_bits(plain.family);
    unsigned bits = plain.family == AF_INET ? bits_v4 : bits_v6;
    prefix.bits = (uint8_t)(bits < most ? bits : most);
    memcpy(prefix.bytes, plain.bytes, sizeof prefix.bytes);
    clear_beyond(prefix.bytes, prefix.bits);
    return prefix;
}

/* True if all that `inner` holds, `outer` holds too. */
static bool covers(const struct brink_prefix *outer, const struct brink_prefix *inner)
{
    size_t whole = outer->bits / 8;
    if (outer->family != inner->family || outer->bits > inner->bits ||
        memcmp(outer->bytes, inner->bytes, whole) != 0)
        return false;
    unsigned rest = outer->bits % 8;
    return rest == 0 || (outer->bytes[whole] ^ inner->bytes[whole]) >> (8 - rest) == 0;
}

/* By family, then address, then length: what covers others comes right before them. */
static int order(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(struct brink_prefix));
}

static void sort_out(struct brink_prefix_list *list)
{
    size_t kept = 0;
    qsort(list->prefixes, list->count, sizeof list->prefixes[0], order);
    for (size_t i = 1; i < list->count; i++)
        if (!covers(&list->prefixes[kept], &list->prefixes[i]))
            list->prefixes[++kept] = list->prefixes[i];
    list->count = kept + 1;
}

brink_result brink_prefix_list_open(struct brink_prefix_list *list, struct brink_arena *arena,
                                    const char *const *texts, size_t count,
                                    struct brink_message *why)
{
    struct brink_prefix_list made = {.arena = arena, .room = count};
    brink_result result = brink_ok();
    if (count > 0) {
        if (count > SIZE_MAX / sizeof(struct brink_prefix))
            return brink_fail(ENOMEM);
        made.prefixes = brink_arena_alloc(arena, count * sizeof(struct brink_prefix),
                                          _Alignof(struct brink_prefix));
        if (made.prefixes == NULL)
            return brink_fail(ENOMEM);
        for (; made.count < count && !brink_failed(result); made.count++)
            result = brink_prefix_parse(&made.prefixes[made.count], texts[made.count], why);
    }
    if (brink_failed(result)) {
        brink_prefix_list_close(&made);
        return result;
    }
    if (count > 0)
        sort_out(&made);
    *list = made;
    return brink_ok();
}

void brink_prefix_list_close(struct brink_prefix_list *list)
{
    if (list->prefixes != NULL)
        brink_arena_release(list->arena, list->prefixes, list->room * sizeof(struct brink_prefix),
                            _Alignof(struct brink_prefix));
    *list = (struct brink_prefix_list){0};
}

/* The last prefix that is not after `key` is the only one that may cover it. */
bool brink_prefix_list_holds(const struct brink_prefix_list *list, const struct brink_peer *peer)
{
    struct brink_prefix key = brink_prefix_of(peer, V4_BITS, V6_BITS);
    size_t from = 0;
    size_t to = list->count;
    while (from < to) {
        size_t middle = from + (to - from) / 2;
        if (order(&list->prefixes[middle], &key) <= 0)
            from = middle + 1;
        else
            to = middle;
    }
    return from > 0 && covers(&list->prefixes[from - 1], &key);
}
