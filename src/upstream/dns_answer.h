/* upstream/dns_answer.h - what a DNS server answers, from bytes to servers. Pure.
 *
 * The wire format is RFC 1035, 4; of its records A (RFC 1035), AAAA (RFC 3596) and SRV (RFC 2782)
 * are read. c-ares has seen to it that the answer belongs to the question, and to its rcode. */
#ifndef BRINK_UPSTREAM_DNS_ANSWER_H
#define BRINK_UPSTREAM_DNS_ANSWER_H

#include <stddef.h>
#include <stdint.h>

#include "brink/result.h"
#include "net/address.h"
#include "upstream/group.h"

enum brink_dns_type { BRINK_DNS_A = 1, BRINK_DNS_AAAA = 28, BRINK_DNS_SRV = 33 };

/* An address of a host, without port. */
struct brink_dns_record {
    uint16_t family; /* AF_INET, AF_INET6 */
    uint8_t bytes[16];
};

/* One SRV record. */
struct brink_dns_service {
    uint16_t priority;
    uint16_t weight;
    uint16_t port;
    char target[BRINK_HOST_MAX];
};

/* A host whose addresses are servers, and what each of them is. */
struct brink_dns_host {
    char host[BRINK_HOST_MAX];
    uint16_t port;
    char name[BRINK_TARGET_NAME_MAX]; /* ""; or for the log */
    uint32_t weight;
    uint32_t max_connections;
    uint32_t tier;
};

/* What has been read of an answer. */
struct brink_dns_found {
    size_t count;
    size_t left_out; /* for want of room */
    uint32_t ttl_s;  /* the smallest of all records that led there; UINT32_MAX without any */
};

/* Reads the addresses (`type`: A or AAAA) of an answer into `records`, sorted and each once. Fails
 * with EBADMSG; `found` is as before then. */
BRINK_MUST_CHECK brink_result brink_dns_read_addresses(const uint8_t *bytes, size_t size,
                                                       enum brink_dns_type type,
                                                       struct brink_dns_record *records,
                                                       size_t room, struct brink_dns_found *found);

/* The same for SRV records, in the answer's order. A target of "." says that there is no such
 * service: it is left out. Fails with EBADMSG also when a target is no host's name. */
BRINK_MUST_CHECK brink_result brink_dns_read_services(const uint8_t *bytes, size_t size,
                                                      struct brink_dns_service *services,
                                                      size_t room, struct brink_dns_found *found);

/* Sorts; returns how many there are without those that are there twice. */
size_t brink_dns_records_in_order(struct brink_dns_record *records, size_t count);

/* Sorts the services (their order in an answer means nothing) and makes hosts of them: priorities
 * are tiers in their order; weights are scaled so that they are 1 to BRINK_WEIGHT_MAX, in
 * proportion within a priority as well as whole numbers can be: 0 is the smallest share. `hosts`
 * has room for `count`; returns how many there are without those that are there twice. */
size_t brink_dns_hosts_of(struct brink_dns_service *services, size_t count,
                          struct brink_dns_host *hosts);

/* The address as it is connected to. */
struct brink_address brink_dns_address(const struct brink_dns_record *record, uint16_t port);

/* How long to wait until records are looked up anew: their TTL within [min_ms, max_ms], and by
 * chance up to a tenth less, so that not all ask at once; `random` is any number. */
uint64_t brink_dns_wait_ms(uint32_t ttl_s, uint32_t min_ms, uint32_t max_ms, uint64_t random);

/* And after `failures` in a row (1 or more): min_ms, each time twice as long, up to the smaller of
 * max_ms and BRINK_DNS_RETRY_MAX_MS; less by chance as above. */
enum { BRINK_DNS_RETRY_MAX_MS = 30 * 1000 };
uint64_t brink_dns_retry_ms(uint32_t failures, uint32_t min_ms, uint32_t max_ms, uint64_t random);

#endif
