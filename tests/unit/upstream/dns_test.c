/* Servers found by DNS, with a name server of the test's and a clock that is put forward. */
#include "support/discovery.h"

#include <errno.h>

#include "unit/event/no_timers.h"
#include "upstream/dns.h"

enum { MIN_MS = 1000, MAX_MS = 300000, A = 1, AAAA = 28, SERVFAIL = 2 };

struct fixture {
    struct discovery discovery;
    struct brink_dns_source source;
};

static const struct brink_dns_host hosts[] = {
    {.host = "h.test.", .port = 80, .weight = 3},
    {.host = "i.test.", .port = 81, .weight = 4, .tier = 1},
};

static void init_with(struct fixture *fixture, const char *srv, const struct brink_dns_host *of,
                      size_t host_count)
{
    discovery_start(&fixture->discovery);
    struct brink_dns_settings settings = {
        .group = &fixture->discovery.group,
        .source = 1,
        .upstream = "up",
        .log = &fixture->discovery.log,
        .srv = srv,
        .hosts = of,
        .host_count = host_count,
        .resolvers = fixture->discovery.names.address,
        .min_ms = MIN_MS,
        .max_ms = MAX_MS,
        .seed = 42,
    };
    brink_dns_source_init(&fixture->source, &settings);
}

static void start_with(struct fixture *fixture, const char *srv, const struct brink_dns_host *of,
                       size_t host_count)
{
    init_with(fixture, srv, of, host_count);
    assert_int_equal(brink_dns_source_start(&fixture->source, &fixture->discovery.loop).err, 0);
}

static void start(struct fixture *fixture, const char *srv, size_t host_count)
{
    start_with(fixture, srv, hosts, host_count);
}

static void stop(struct fixture *fixture)
{
    brink_dns_source_stop(&fixture->source);
    brink_dns_source_stop(&fixture->source);                /* harmless */
    memset(&fixture->source, 0x5a, sizeof fixture->source); /* its memory may go */
    discovery_stop(&fixture->discovery);
}

static struct name_server *names(struct fixture *fixture)
{
    return &fixture->discovery.names;
}

static bool is_waiting(struct discovery *discovery)
{
    return BRINK_CONTAINER_OF(discovery, struct fixture, discovery)->source.state ==
           BRINK_DNS_WAITING;
}

/* Puts the clock forward to the next round, and has it end. Returns how long it would have been. */
static uint64_t next_round(struct fixture *fixture)
{
    discovery_until(&fixture->discovery, is_waiting);
    uint64_t wait_ms = brink_timer_deadline(fixture->source.timer) - fixture->discovery.loop.now_ms;
    unsigned asked = names(fixture)->asked;
    discovery_forward(&fixture->discovery, wait_ms);
    for (int i = 0; i < 10000 && names(fixture)->asked == asked; i++)
        discovery_turn(&fixture->discovery);
    discovery_until(&fixture->discovery, is_waiting);
    return wait_ms;
}

static void addresses_of_a_name_are_servers(void **state)
{
    (void)state;
    struct fixture fixture;
    start(&fixture, NULL, 1);
    names_add_v4(names(&fixture), "h.test", 20, "192.0.2.2");
    names_add_v4(names(&fixture), "h.test", 20, "192.0.2.1");
    names_add(names(&fixture), "h.test", AAAA, 20, "\x20\x01\xd\xb8\0\0\0\0\0\0\0\0\0\0\0\1", 16);
    discovery_until_servers(&fixture.discovery,
                            "192.0.2.1:80*3/0 192.0.2.2:80*3/0 [2001:db8::1]:80*3/0 ");
    assert_int_equal(discovery_logged(&fixture.discovery, "event="), 0);
    stop(&fixture);
}

static void they_are_looked_up_anew_when_the_ttl_is_over(void **state)
{
    (void)state;
    struct fixture fixture;
    start(&fixture, NULL, 1);
    names_add_v4(names(&fixture), "h.test", 20, "192.0.2.1");
    discovery_until_servers(&fixture.discovery, "192.0.2.1:80*3/0 ");
    discovery_until(&fixture.discovery, is_waiting);
    unsigned asked = names(&fixture)->asked;
    names_add_v4(names(&fixture), "h.test", 20, "192.0.2.2");
    discovery_forward(&fixture.discovery, 17000);
    discovery_turn(&fixture.discovery);
    assert_int_equal(names(&fixture)->asked, asked);
    discovery_forward(&fixture.discovery, 3000);
    discovery_until_servers(&fixture.discovery, "192.0.2.1:80*3/0 192.0.2.2:80*3/0 ");
    names(&fixture)->count = 0;
    names_add_v4(names(&fixture), "h.test", 0, "192.0.2.2");
    assert_in_range(next_round(&fixture), 17000, 20000);
    assert_string_equal(fixture.discovery.group.servers, "192.0.2.2:80*3/0 ");
    assert_in_range(next_round(&fixture), 0, MIN_MS);
    stop(&fixture);
}

static void what_fails_keeps_the_servers_and_is_logged_once(void **state)
{
    (void)state;
    struct fixture fixture;
    start(&fixture, NULL, 1);
    names_add_v4(names(&fixture), "h.test", 20, "192.0.2.1");
    discovery_until_servers(&fixture.discovery, "192.0.2.1:80*3/0 ");
    names(&fixture)->fail_with = SERVFAIL;
    (void)next_round(&fixture);
    assert_in_range(next_round(&fixture), 0, 1000);
    assert_in_range(next_round(&fixture), 0, 2000);
    assert_in_range(next_round(&fixture), 2000, 4000);
    discovery_until_logged(&fixture.discovery,
                           "event=dns-failed upstream=up name=h.test. error=", 1);
    assert_int_equal(discovery_logged(&fixture.discovery, " kept=1"), 1);
    names(&fixture)->fail_with = 0;
    names(&fixture)->count = 0; /* NXDOMAIN: another reason */
    (void)next_round(&fixture);
    (void)next_round(&fixture);
    discovery_until_logged(&fixture.discovery, "event=dns-failed", 2);
    assert_string_equal(fixture.discovery.group.servers, "192.0.2.1:80*3/0 ");
    names_add_v4(names(&fixture), "h.test", 20, "192.0.2.9");
    (void)next_round(&fixture);
    discovery_until_logged(&fixture.discovery,
                           "event=dns-recovered upstream=up name=h.test. servers=1", 1);
    assert_string_equal(fixture.discovery.group.servers, "192.0.2.9:80*3/0 ");
    assert_in_range(next_round(&fixture), 17000, 20000);
    stop(&fixture);
}

static void a_name_that_is_not_there_yet_is_waited_for(void **state)
{
    (void)state;
    struct fixture fixture;
    start(&fixture, NULL, 2);
    names_add_v4(names(&fixture), "i.test", 20, "192.0.2.2");
    discovery_until_servers(&fixture.discovery, "192.0.2.2:81*4/1 ");
    discovery_until_logged(&fixture.discovery, "event=dns-failed upstream=up name=h.test.", 1);
    names_add_v4(names(&fixture), "h.test", 20, "192.0.2.1");
    (void)next_round(&fixture);
    assert_string_equal(fixture.discovery.group.servers, "192.0.2.1:80*3/0 192.0.2.2:81*4/1 ");
    stop(&fixture);
}

static void one_family_that_fails_does_not_matter(void **state)
{
    (void)state;
    struct fixture fixture;
    start(&fixture, NULL, 1);
    names_add_v4(names(&fixture), "h.test", 20, "192.0.2.1");
    names(&fixture)->fail_with = SERVFAIL;
    names(&fixture)->fail_type = AAAA;
    discovery_until_servers(&fixture.discovery, "192.0.2.1:80*3/0 ");
    discovery_until(&fixture.discovery, is_waiting);
    assert_int_equal(discovery_logged(&fixture.discovery, "event="), 0);
    stop(&fixture);
}

static void services_are_tiers_and_weights(void **state)
{
    (void)state;
    struct fixture fixture;
    start(&fixture, "_x._tcp.test.", 0);
    names_add_srv(names(&fixture), "_x._tcp.test", 20, 5, 90, "b.test");
    names_add_srv(names(&fixture), "_x._tcp.test", 10, 0, 70, "a.test");
    names_add_srv(names(&fixture), "_x._tcp.test", 10, 3, 71, "a.test");
    names_add_v4(names(&fixture), "a.test", 20, "192.0.2.1");
    names_add_v4(names(&fixture), "b.test", 20, "192.0.2.2");
    discovery_until(&fixture.discovery, is_waiting);
    discovery_until_servers(&fixture.discovery,
                            "192.0.2.1:70*1/0 192.0.2.1:71*256/0 192.0.2.2:90*5/1 ");
    names(&fixture)->count = 2;
    names_add_v4(names(&fixture), "a.test", 20, "192.0.2.1");
    names_add_v4(names(&fixture), "b.test", 20, "192.0.2.2");
    (void)next_round(&fixture);
    assert_string_equal(fixture.discovery.group.servers, "192.0.2.1:70*1/0 192.0.2.2:90*5/1 ");
    stop(&fixture);
}

static void targets_without_addresses_do_not_empty_the_group(void **state)
{
    (void)state;
    struct fixture fixture;
    start(&fixture, "_x._tcp.test.", 0);
    names_add_srv(names(&fixture), "_x._tcp.test", 10, 1, 70, "a.test");
    names_add_v4(names(&fixture), "a.test", 20, "192.0.2.1");
    discovery_until_servers(&fixture.discovery, "192.0.2.1:70*1/0 ");
    names(&fixture)->count = 0;
    (void)next_round(&fixture);
    discovery_until_logged(&fixture.discovery, "event=dns-failed upstream=up name=_x._tcp.test.",
                           1);
    names_add_srv(names(&fixture), "_x._tcp.test", 10, 1, 70, "new.test");
    (void)next_round(&fixture);
    discovery_until_logged(&fixture.discovery, "event=dns-failed upstream=up name=new.test", 1);
    discovery_until_logged(&fixture.discovery, "event=dns-recovered upstream=up name=_x._tcp.test.",
                           1);
    assert_string_equal(fixture.discovery.group.servers, "192.0.2.1:70*1/0 ");
    stop(&fixture);
}

static void more_servers_than_a_group_takes_are_cut(void **state)
{
    (void)state;
    enum { MANY = BRINK_UPSTREAM_SERVERS_MAX + 6 };
    static struct brink_dns_host many[MANY];
    struct fixture fixture;
    for (unsigned i = 0; i < MANY; i++) {
        many[i] = hosts[0];
        many[i].port = (uint16_t)(i + 1);
    }
    start_with(&fixture, NULL, many, MANY);
    names_add_v4(names(&fixture), "h.test", 1, "192.0.2.1");
    discovery_until_logged(&fixture.discovery, "event=dns-cut upstream=up left_out=6 most=1024", 1);
    discovery_until(&fixture.discovery, is_waiting);
    (void)next_round(&fixture);
    assert_int_equal(discovery_logged(&fixture.discovery, "event=dns-cut"), 1);
    stop(&fixture);
}

static void it_may_be_stopped_while_it_asks(void **state)
{
    (void)state;
    struct fixture fixture;
    start(&fixture, NULL, 2);
    names(&fixture)->silent = true;
    for (int i = 0; i < 1000 && names(&fixture)->asked < 4; i++)
        discovery_turn(&fixture.discovery);
    assert_int_equal(fixture.source.state, BRINK_DNS_ASKING_HOSTS);
    stop(&fixture);
}

static void bad_resolvers_and_a_full_group_are_logged_and_tried_again(void **state)
{
    (void)state;
    struct fixture fixture;
    start(&fixture, NULL, 1);
    const char *good = fixture.source.settings.resolvers;
    fixture.source.settings.resolvers = "nonsense!";
    discovery_until_logged(&fixture.discovery, "are no DNS servers", 1);
    fixture.source.settings.resolvers = good;
    fixture.discovery.group.fail_with = ENOSPC;
    names_add_v4(names(&fixture), "h.test", 20, "192.0.2.1");
    (void)next_round(&fixture);
    (void)next_round(&fixture);
    discovery_until_logged(&fixture.discovery, "event=dns-failed", 2);
    fixture.discovery.group.fail_with = 0;
    (void)next_round(&fixture);
    assert_string_equal(fixture.discovery.group.servers, "192.0.2.1:80*3/0 ");
    stop(&fixture);
}

/* Whichever allocation fails: nothing is lost or leaked, and the next round makes it good. */
static void memory_that_fails_is_no_end(void **state)
{
    (void)state;
    bool failed = true;
    for (size_t k = 1; failed; k++) {
        struct fixture fixture;
        start(&fixture, "_x._tcp.test.", 0);
        names_add_srv(names(&fixture), "_x._tcp.test", 10, 1, 70, "a.test");
        names_add_v4(names(&fixture), "a.test", 20, "192.0.2.1");
        size_t before = fixture.discovery.memory.calls;
        fixture.discovery.memory.fail_at = before + k;
        for (int i = 0; i < 100 && fixture.discovery.group.updates == 0; i++) {
            discovery_forward(&fixture.discovery, 3000);
            discovery_turn(&fixture.discovery);
        }
        assert_string_equal(fixture.discovery.group.servers, "192.0.2.1:70*1/0 ");
        failed = fixture.discovery.memory.calls >= before + k;
        stop(&fixture);
    }
}

static void without_memory_it_does_not_start(void **state)
{
    (void)state;
    static struct no_timers none;
    struct brink_memory_source failing;
    struct fixture fixture;
    init_with(&fixture, NULL, hosts, 2);
    struct brink_loop *loop = &fixture.discovery.loop;
    struct brink_timer *other = brink_timer_new(&loop->wheel, NULL, NULL);
    no_timers_begin(&none, loop, &failing);
    assert_int_equal(brink_dns_source_start(&fixture.source, loop).err, ENOMEM);
    brink_timer_free(&loop->wheel, none.taken[--none.count]); /* it has a timer, but no list */
    assert_int_equal(brink_dns_source_start(&fixture.source, loop).err, ENOMEM);
    no_timers_end(&none, loop);
    brink_timer_free(&loop->wheel, other);
    assert_int_equal(brink_dns_source_start(&fixture.source, loop).err, 0);
    names_add_v4(names(&fixture), "h.test", 20, "192.0.2.1");
    discovery_until_servers(&fixture.discovery, "192.0.2.1:80*3/0 ");
    stop(&fixture);
}

static void only_names_are_looked_up(void **state)
{
    (void)state;
    struct brink_dns_host host;
    struct brink_message why = {""};
    assert_int_equal(brink_dns_host_read(&host, "db.test:5432", &why).err, 0);
    assert_string_equal(host.host, "db.test");
    assert_int_equal(host.port, 5432);
    assert_int_equal(host.weight, 1);
    assert_int_equal(brink_dns_host_read(&host, "db.test", &why).err, EINVAL);
    assert_int_equal(brink_dns_host_read(&host, "127.0.0.1:1", &why).err, EINVAL);
    assert_non_null(strstr(why.text, "nothing to look up"));
    assert_string_equal(host.host, "db.test");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses_of_a_name_are_servers),
        cmocka_unit_test(they_are_looked_up_anew_when_the_ttl_is_over),
        cmocka_unit_test(what_fails_keeps_the_servers_and_is_logged_once),
        cmocka_unit_test(a_name_that_is_not_there_yet_is_waited_for),
        cmocka_unit_test(one_family_that_fails_does_not_matter),
        cmocka_unit_test(services_are_tiers_and_weights),
        cmocka_unit_test(targets_without_addresses_do_not_empty_the_group),
        cmocka_unit_test(more_servers_than_a_group_takes_are_cut),
        cmocka_unit_test(it_may_be_stopped_while_it_asks),
        cmocka_unit_test(bad_resolvers_and_a_full_group_are_logged_and_tried_again),
        cmocka_unit_test(memory_that_fails_is_no_end),
        cmocka_unit_test(without_memory_it_does_not_start),
        cmocka_unit_test(only_names_are_looked_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
