/* Which options make a group of servers, and what is said of those that do not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "server/upstream_check.h"

static struct brink_upstream_server server;

static struct brink_upstream_options good(void)
{
    struct brink_upstream_options upstream;
    server = (struct brink_upstream_server){.address = "127.0.0.1:1", .weight = 1};
    brink_upstream_options_init(&upstream);
    upstream.name = "backend";
    upstream.servers = &server;
    upstream.server_count = 1;
    return upstream;
}

static void taken(const struct brink_upstream_options *upstream)
{
    struct brink_message why = {""};
    if (brink_failed(brink_upstream_check(upstream, &why)))
        fail_msg("%s", why.text);
}

static void refused(const struct brink_upstream_options *upstream, const char *word)
{
    struct brink_message why = {""};
    assert_int_equal(brink_upstream_check(upstream, &why).err, EINVAL);
    if (strstr(why.text, word) == NULL)
        fail_msg("\"%s\" does not speak of \"%s\"", why.text, word);
    assert_non_null(strstr(why.text, "upstream backend: "));
    assert_int_equal(brink_upstream_check(upstream, NULL).err, EINVAL);
}

static void servers_may_be_given_or_found(void **state)
{
    (void)state;
    struct brink_upstream_options upstream = good();
    taken(&upstream);
    upstream.server_count = 0;
    refused(&upstream, "no servers");
    upstream.dns = "db:1";
    taken(&upstream);
    upstream.dns = NULL;
    upstream.srv = "_db._tcp.example";
    taken(&upstream);
    upstream.srv = NULL;
    upstream.file = "/etc/servers";
    taken(&upstream);
    upstream.servers = NULL;
    taken(&upstream);
    upstream.server_count = BRINK_UPSTREAM_SERVERS_MAX + 1;
    refused(&upstream, "too many");
}

static void a_server_has_an_address_and_a_weight(void **state)
{
    (void)state;
    struct brink_upstream_options upstream = good();
    server.address = NULL;
    refused(&upstream, "no address");
    server.address = "nonsense";
    refused(&upstream, "nonsense");
    server.address = "db.example:5432"; /* a name, looked up later */
    taken(&upstream);
    server.weight = BRINK_WEIGHT_MAX;
    taken(&upstream);
    server.weight = BRINK_WEIGHT_MAX + 1;
    refused(&upstream, "weight");
    server.weight = 0;
    taken(&upstream);
    server.name = "a b";
    refused(&upstream, "one word");
    server.name = "";
    refused(&upstream, "name");
    server.name = "db1";
    taken(&upstream);
}

static void times_have_a_limit(void **state)
{
    (void)state;
    struct brink_upstream_options upstream;
    const struct {
        size_t offset;
        const char *word;
    } times[] = {
        {offsetof(struct brink_upstream_options, connect_ms), "connect"},
        {offsetof(struct brink_upstream_options, queue_ms), "queue"},
        {offsetof(struct brink_upstream_options, keepalive_ms), "keepalive"},
        {offsetof(struct brink_upstream_options, user_timeout_ms), "user timeout"},
        {offsetof(struct brink_upstream_options, slow_start_ms), "slow start"},
        {offsetof(struct brink_upstream_options, dns_max_ms), "look-ups"},
        {offsetof(struct brink_upstream_options, health.interval_ms), "health checks"},
        {offsetof(struct brink_upstream_options, health.timeout_ms), "health checks"},
        {offsetof(struct brink_upstream_options, eject.reply_ms), "reply"},
        {offsetof(struct brink_upstream_options, eject.max_ms), "ejection"},
    };
    for (size_t i = 0; i < sizeof times / sizeof times[0]; i++) {
        uint32_t ms = 1 << 30;
        upstream = good();
        memcpy((char *)&upstream + times[i].offset, &ms, sizeof ms);
        taken(&upstream);
        ms++;
        memcpy((char *)&upstream + times[i].offset, &ms, sizeof ms);
        refused(&upstream, times[i].word);
    }
    upstream = good();
    upstream.dns_min_ms = upstream.dns_max_ms;
    taken(&upstream);
    upstream.dns_min_ms++;
    refused(&upstream, "look-ups");
}

static void how_one_is_chosen_must_be_known(void **state)
{
    (void)state;
    struct brink_upstream_options upstream = good();
    upstream.tries = 0;
    refused(&upstream, "tried");
    upstream.tries = 8;
    taken(&upstream);
    upstream.tries = 9;
    refused(&upstream, "tried");
    upstream = good();
    upstream.balance = (enum brink_balance)4;
    refused(&upstream, "chosen");
    upstream = good();
    upstream.when_down = (enum brink_when_down)3;
    refused(&upstream, "down");
    upstream = good();
    upstream.send_proxy = (enum brink_proxy_send)3;
    refused(&upstream, "PROXY");
}

static void checks_are_whole(void **state)
{
    (void)state;
    static const uint8_t bytes[4] = {0};
    struct brink_upstream_options upstream = good();
    upstream.health.interval_ms = 1000;
    taken(&upstream);
    upstream.health.send = bytes;
    refused(&upstream, "sends");
    upstream.health.send_size = sizeof bytes;
    taken(&upstream);
    upstream.health.expect_size = sizeof bytes;
    refused(&upstream, "expects");
    upstream.health.expect = bytes;
    upstream.health.mask = bytes;
    taken(&upstream);
    upstream.health.expect = NULL;
    upstream.health.expect_size = 0;
    refused(&upstream, "mask");
    upstream = good();
    upstream.health.send_size = 1;
    refused(&upstream, "sends");
    upstream = good();
    upstream.health.timeout_ms = 0;
    taken(&upstream); /* there are no checks */
    upstream.health.interval_ms = 1000;
    refused(&upstream, "timeout");
    upstream = good();
    upstream.health.interval_ms = 1000;
    upstream.health.rise = 0;
    refused(&upstream, "rises");
    upstream.health.rise = 1;
    upstream.health.fall = 0;
    refused(&upstream, "falls");
}

static void ejections_are_bounded(void **state)
{
    (void)state;
    struct brink_upstream_options upstream = good();
    upstream.eject.max_percent = 100;
    taken(&upstream);
    upstream.eject.max_percent = 101;
    refused(&upstream, "100");
    upstream = good();
    upstream.eject.base_ms = upstream.eject.max_ms + 1;
    refused(&upstream, "ejection");
    upstream.eject.max_ms = 0; /* none */
    taken(&upstream);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(servers_may_be_given_or_found),
        cmocka_unit_test(a_server_has_an_address_and_a_weight),
        cmocka_unit_test(times_have_a_limit),
        cmocka_unit_test(how_one_is_chosen_must_be_known),
        cmocka_unit_test(checks_are_whole),
        cmocka_unit_test(ejections_are_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
