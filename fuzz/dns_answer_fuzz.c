/* Targets: brink_dns_read_addresses, brink_dns_read_services, brink_dns_hosts_of.
 *
 * Any bytes as an answer: what is read keeps its promises; and where c-ares reads it, too, both
 * read the same SRV records. */
#include <ares.h>

#include "fuzz_input.h"
#include "upstream/dns_answer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ROOM = 256 };

static void check_addresses(const uint8_t *data, size_t size, enum brink_dns_type type, size_t room)
{
    struct brink_dns_record records[ROOM];
    struct brink_dns_found found;
    if (brink_failed(brink_dns_read_addresses(data, size, type, records, room, &found)))
        return;
    FUZZ_ASSERT(found.count <= room);
    FUZZ_ASSERT(found.left_out == 0 || room < ROOM || found.count > 0);
    for (size_t i = 1; i < found.count; i++)
        FUZZ_ASSERT(memcmp(&records[i - 1], &records[i], sizeof records[i]) < 0);
}

#if defined(__has_feature)
#if __has_feature(memory_sanitizer)
#define C_ARES_CANNOT_BE_SEEN 1
#endif
#endif
#ifndef C_ARES_CANNOT_BE_SEEN
/* Those without a target or a port are left out here. */
static void compare_with_c_ares(const uint8_t *data, size_t size,
                                const struct brink_dns_service *services, size_t count)
{
    struct ares_srv_reply *replies = NULL;
    size_t same = 0;
    if (ares_parse_srv_reply(data, (int)size, &replies) != ARES_SUCCESS)
        return;
    for (const struct ares_srv_reply *reply = replies; reply != NULL; reply = reply->next) {
        if (reply->host[0] == '\0' || reply->port == 0)
            continue;
        FUZZ_ASSERT(same < count);
        FUZZ_ASSERT(strcmp(services[same].target, reply->host) == 0);
        FUZZ_ASSERT(services[same].priority == reply->priority &&
                    services[same].weight == reply->weight && services[same].port == reply->port);
        same++;
    }
    FUZZ_ASSERT(same == count);
    ares_free_data(replies);
}
#else
static void compare_with_c_ares(const uint8_t *data, size_t size,
                                const struct brink_dns_service *services, size_t count)
{
    (void)data, (void)size, (void)services, (void)count;
}
#endif

static void check_hosts(struct brink_dns_service *services, size_t count)
{
    static struct brink_dns_host hosts[ROOM];
    size_t made = brink_dns_hosts_of(services, count, hosts);
    FUZZ_ASSERT(made <= count && (made > 0 || count == 0));
    for (size_t i = 0; i < made; i++) {
        FUZZ_ASSERT(hosts[i].weight >= 1 && hosts[i].weight <= BRINK_WEIGHT_MAX);
        FUZZ_ASSERT(i == 0 ? hosts[i].tier == 0
                           : hosts[i].tier == hosts[i - 1].tier ||
                                 hosts[i].tier == hosts[i - 1].tier + 1);
    }
}

static void check_services(const uint8_t *data, size_t size)
{
    static struct brink_dns_service services[ROOM];
    struct brink_dns_found found;
    if (brink_failed(brink_dns_read_services(data, size, services, ROOM, &found)))
        return;
    FUZZ_ASSERT(found.count <= ROOM);
    for (size_t i = 0; i < found.count; i++) {
        FUZZ_ASSERT(memchr(services[i].target, '\0', sizeof services[i].target) != NULL);
        FUZZ_ASSERT(services[i].target[0] != '\0' && services[i].port != 0);
    }
    if (found.left_out == 0)
        compare_with_c_ares(data, size, services, found.count);
    check_hosts(services, found.count);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > 65535)
        return 0;
    for (size_t room = 1; room <= ROOM; room *= ROOM) {
        check_addresses(data, size, BRINK_DNS_A, room);
        check_addresses(data, size, BRINK_DNS_AAAA, room);
    }
    check_services(data, size);
    return 0;
}
