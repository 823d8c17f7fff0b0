/* upstream/dns.h - servers found by DNS.
 *
 * A source asks for the addresses of some hosts, or for an SRV name and then the addresses of its
 * targets, tells the group, and asks again when the smallest TTL is over. What the group has been
 * told stays when a name server is silent, fails, or all at once knows of nothing: it is asked
 * again soon then, and less often with each failure.
 *
 *   stop <--> WAITING --timer--> SERVICES (srv only) --answered--> HOSTS --answered--> WAITING
 *                ^                     `---------------failed---------------------------^
 *
 * All functions: the loop's thread. */
#ifndef BRINK_UPSTREAM_DNS_H
#define BRINK_UPSTREAM_DNS_H

#include "upstream/dns_channel.h"
#include "upstream/dns_hosts.h"

/* What is pointed to must outlive the source. */
struct brink_dns_settings {
    struct brink_group *group;
    unsigned source; /* for brink_group_update */
    const char *upstream;
    const struct brink_log *log;
    const char *srv; /* NULL: `hosts` */
    const struct brink_dns_host *hosts;
    size_t host_count;
    const char *resolvers; /* see brink_dns_channel_open */
    uint32_t min_ms;
    uint32_t max_ms;
    uint64_t seed;
};

enum brink_dns_state {
    BRINK_DNS_STOPPED = 0,
    BRINK_DNS_WAITING,
    BRINK_DNS_ASKING_SERVICES,
    BRINK_DNS_ASKING_HOSTS
};

/* Invariant: `channel` is open exactly in the two ASKING states. */
struct brink_dns_source {
    struct brink_dns_settings settings;
    struct brink_loop *loop;
    struct brink_timer *timer;
    enum brink_dns_state state;
    struct brink_dns_channel channel;
    struct brink_dns_hosts hosts;
    uint64_t random;
    uint32_t failures; /* rounds in a row */
    bool whole;        /* all hosts have been asked before */
    size_t cut;        /* servers left out, the last time */
    int srv_error;     /* as brink_dns_known's */
    int srv_reason;
    int own_error; /* errno: memory, or the group had no room */
    /* of the running round */
    size_t next; /* host to be asked */
    size_t in_flight;
    size_t left_out; /* records for which there was no room */
    uint32_t ttl_s;
    bool failed;
    bool changed;
};

/* Reads "HOST:PORT" where HOST is a name. Fails with EINVAL and says why, also for an address:
 * there is nothing to look up. `host` has weight 1 and no limit then. */
BRINK_MUST_CHECK brink_result brink_dns_host_read(struct brink_dns_host *host, const char *text,
                                                  struct brink_message *why);

void brink_dns_source_init(struct brink_dns_source *source,
                           const struct brink_dns_settings *settings);

/* What may fail of a start, and the rest of it: in between nothing happens. Fails with ENOMEM,
 * holding nothing. */
BRINK_MUST_CHECK brink_result brink_dns_source_prepare(struct brink_dns_source *source,
                                                       struct brink_loop *loop);
void brink_dns_source_begin(struct brink_dns_source *source);

/* Both. The first questions are asked in the loop's next turn. Fails with ENOMEM, holding nothing.
 */
BRINK_MUST_CHECK brink_result brink_dns_source_start(struct brink_dns_source *source,
                                                     struct brink_loop *loop);

/* At any time, also when it was not started. Afterwards the source's memory may go; the loop must
 * turn once more before it is closed. What the group was told stays. */
void brink_dns_source_stop(struct brink_dns_source *source);

#endif
