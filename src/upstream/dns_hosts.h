/* upstream/dns_hosts.h - hosts and the addresses that are known of each.
 *
 * A host is asked for its addresses of both families. What was known of a family stays until a good
 * answer replaces it; and if a host has no address at all any more, what was known of it stays,
 * too: an empty answer is more often a mistake than a wish. One thread owns a table. */
#ifndef BRINK_UPSTREAM_DNS_HOSTS_H
#define BRINK_UPSTREAM_DNS_HOSTS_H

#include "mem/arena.h"
#include "upstream/dns_answer.h"

enum brink_dns_family { BRINK_DNS_V4 = 0, BRINK_DNS_V6, BRINK_DNS_FAMILIES };

/* What became of a question. */
enum brink_dns_verdict {
    BRINK_DNS_UNASKED = 0,
    BRINK_DNS_FOUND,
    BRINK_DNS_NONE,  /* there are no such records, or no such name */
    BRINK_DNS_FAILED /* nothing has been learnt */
};

struct brink_dns_list {
    struct brink_dns_record *records;
    size_t count;
};

/* Invariant: a list has `records` exactly if its count is not 0. */
struct brink_dns_known {
    struct brink_dns_host host;
    struct brink_dns_list kept[BRINK_DNS_FAMILIES];
    struct brink_dns_list fresh[BRINK_DNS_FAMILIES]; /* answered, and not yet judged */
    enum brink_dns_verdict verdicts[BRINK_DNS_FAMILIES];
    int error;  /* the owner's: of the lookup before, for the log */
    int reason; /* the owner's: why the running one failed */
};

struct brink_dns_hosts {
    struct brink_arena *arena;
    struct brink_dns_known *known;
    size_t count;
};

void brink_dns_hosts_init(struct brink_dns_hosts *hosts, struct brink_arena *arena);

/* Frees all. */
void brink_dns_hosts_clear(struct brink_dns_hosts *hosts);

/* Replaces the hosts. What is known of a host's addresses stays. Fails with ENOMEM; all is as
 * before then. */
BRINK_MUST_CHECK brink_result brink_dns_hosts_set(struct brink_dns_hosts *hosts,
                                                  const struct brink_dns_host *wanted,
                                                  size_t count);

/* Replaces the hosts by the targets of an answer with SRV records (see dns_answer.h), which are
 * named "TARGET:PORT". Fails with EBADMSG, with ENODATA if there are none, and with ENOMEM; all is
 * as before then. */
BRINK_MUST_CHECK brink_result brink_dns_hosts_take_services(struct brink_dns_hosts *hosts,
                                                            const uint8_t *bytes, size_t size,
                                                            struct brink_dns_found *found);

/* Notes one family's answer (`count` and `records` are for FOUND). Without memory it is taken as
 * FAILED. */
void brink_dns_hosts_answer(struct brink_dns_hosts *hosts, size_t index,
                            enum brink_dns_family family, enum brink_dns_verdict verdict,
                            const struct brink_dns_record *records, size_t count);

/* Both families have been answered: the fresh replaces the kept where there is any reason to. NONE:
 * the host has no addresses; FAILED: neither family gave any, and one might have. What was known
 * stays in these two cases. `changed` is set if anything was. */
enum brink_dns_verdict brink_dns_hosts_judge(struct brink_dns_hosts *hosts, size_t index,
                                             bool *changed);

/* The number of addresses that are known of a host. */
size_t brink_dns_known_count(const struct brink_dns_known *known);

/* Makes up to `room` entries of all that is known; returns how many there would be. Those that are
 * made are in the order of their addresses, so that the order of answers does not matter, and each
 * address is there once, in its first tier: `made` tells how many. Their names are the table's. */
size_t brink_dns_hosts_entries(const struct brink_dns_hosts *hosts,
                               struct brink_target_entry *entries, size_t room, size_t *made);

#endif
