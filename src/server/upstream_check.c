#include "server/upstream_check.h"

#include "base/message.h"
#include "net/address.h"
#include "relay/dialing.h"
#include "server/options.h"

static brink_result check_one_server(const struct brink_upstream_server *server,
                                     struct brink_message *why)
{
    struct brink_address address;
    char name[BRINK_HOST_MAX];
    if (server->address == NULL)
        return brink_message_set(why, "a server has no address");
    if (server->weight > BRINK_WEIGHT_MAX)
        return brink_message_set(why, "the weight of server %s is %u; at most %d is possible",
                                 server->address, (unsigned)server->weight, BRINK_WEIGHT_MAX);
    brink_result checked =
        brink_address_read(&address, server->address, BRINK_ADDRESS_TO_CONNECT, name, why);
    if (!brink_failed(checked) && server->name != NULL)
        checked = brink_name_check("a server", server->name, why);
    return checked;
}

static brink_result check_servers(const struct brink_upstream_options *upstream,
                                  struct brink_message *why)
{
    bool found = upstream->dns != NULL || upstream->srv != NULL || upstream->file != NULL;
    if (upstream->server_count == 0 && !found)
        return brink_message_set(why, "it has no servers: give it some, or dns, srv or a file");
    if (upstream->server_count > BRINK_UPSTREAM_SERVERS_MAX ||
        (upstream->server_count > 0 && upstream->servers == NULL))
        return brink_message_set(why, "%zu servers are too many; at most %d are possible",
                                 upstream->server_count, BRINK_UPSTREAM_SERVERS_MAX);
    brink_result checked = brink_ok();
    for (size_t i = 0; i < upstream->server_count && !brink_failed(checked); i++)
        checked = check_one_server(&upstream->servers[i], why);
    return checked;
}

static brink_result check_times(const struct brink_upstream_options *upstream,
                                struct brink_message *why)
{
    const struct brink_named_time times[] = {
        {upstream->connect_ms, "the connect timeout"},
        {upstream->queue_ms, "the queue's timeout"},
        {upstream->keepalive_ms, "the time before keepalive"},
        {upstream->user_timeout_ms, "the user timeout"},
        {upstream->slow_start_ms, "the slow start"},
        {upstream->dns_min_ms, "the least time between look-ups"},
        {upstream->dns_max_ms, "the greatest time between look-ups"},
        {upstream->health.interval_ms, "the time between health checks"},
        {upstream->health.timeout_ms, "the timeout of health checks"},
        {upstream->eject.reply_ms, "the time for a reply"},
        {upstream->eject.base_ms, "the time of an ejection"},
        {upstream->eject.max_ms, "the longest time of an ejection"},
    };
    if (upstream->dns_min_ms > upstream->dns_max_ms)
        return brink_message_set(why,
                                 "the least time between look-ups (%u ms) must not be above the "
                                 "greatest (%u ms)",
                                 (unsigned)upstream->dns_min_ms, (unsigned)upstream->dns_max_ms);
    return brink_times_check(times, sizeof times / sizeof times[0], why);
}

static brink_result check_choice(const struct brink_upstream_options *upstream,
                                 struct brink_message *why)
{
    if (upstream->tries == 0 || upstream->tries > BRINK_TRIES_MAX)
        return brink_message_set(why, "1 to %d servers are tried for a client, not %u",
                                 BRINK_TRIES_MAX, (unsigned)upstream->tries);
    if ((unsigned)upstream->balance > BRINK_BALANCE_SOURCE)
        return brink_message_set(why, "how servers are chosen is unknown: round-robin, "
                                      "least-connections, random-two or source");
    if ((unsigned)upstream->when_down > BRINK_WHEN_DOWN_NOW)
        return brink_message_set(why, "what becomes of a server's connections when it is down is "
                                      "unknown: keep, boundary or now");
    if ((unsigned)upstream->send_proxy > BRINK_PROXY_SEND_V2)
        return brink_message_set(why, "the version of the PROXY protocol is unknown: none, v1 or "
                                      "v2");
    return brink_ok();
}

static brink_result check_health(const struct brink_health_options *health,
                                 struct brink_message *why)
{
    if ((health->send != NULL) != (health->send_size > 0))
        return brink_message_set(why, "what a health check sends must have both bytes and a size");
    if ((health->expect != NULL) != (health->expect_size > 0))
        return brink_message_set(why,
                                 "what a health check expects must have both bytes and a size");
    if (health->mask != NULL && health->expect == NULL)
        return brink_message_set(why, "the mask of a health check needs what it expects");
    if (health->interval_ms == 0)
        return brink_ok();
    if (health->timeout_ms == 0)
        return brink_message_set(why, "a health check needs a timeout: a server that says nothing "
                                      "would never fail it");
    if (health->rise == 0 || health->fall == 0)
        return brink_message_set(why, "a server rises and falls after 1 health check or more");
    return brink_ok();
}

static brink_result check_eject(const struct brink_eject_options *eject, struct brink_message *why)
{
    if (eject->max_percent > 100)
        return brink_message_set(why, "at most 100 of 100 servers can be ejected, not %u",
                                 (unsigned)eject->max_percent);
    if (eject->max_ms > 0 && eject->base_ms > eject->max_ms)
        return brink_message_set(why,
                                 "the time of an ejection (%u ms) must not be above the longest "
                                 "(%u ms)",
                                 (unsigned)eject->base_ms, (unsigned)eject->max_ms);
    return brink_ok();
}

static brink_result check_all(const struct brink_upstream_options *upstream,
                              struct brink_message *why)
{
    brink_result checked = check_servers(upstream, why);
    if (!brink_failed(checked))
        checked = check_times(upstream, why);
    if (!brink_failed(checked))
        checked = check_choice(upstream, why);
    if (!brink_failed(checked))
        checked = check_health(&upstream->health, why);
    if (!brink_failed(checked))
        checked = check_eject(&upstream->eject, why);
    return checked;
}

brink_result brink_upstream_check(const struct brink_upstream_options *upstream,
                                  struct brink_message *why)
{
    struct brink_message inner = {""};
    brink_result checked = check_all(upstream, &inner);
    if (brink_failed(checked))
        return brink_message_set(why, "upstream %s: %s", upstream->name, inner.text);
    return checked;
}
