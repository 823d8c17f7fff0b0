/* What is known of hosts: what replaces it, what leaves it alone, and memory that fails. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>

#include "support/counting_source.h"
#include "support/dns_message.h"
#include "upstream/dns_hosts.h"

enum { ROOM = 16 };

struct fixture {
    struct counting_source memory;
    struct brink_arena arena;
    struct brink_dns_hosts hosts;
};

static void start(struct fixture *fixture, size_t count)
{
    static const struct brink_dns_host both[] = {
        {.host = "a", .port = 1, .weight = 1},
        {.host = "b", .port = 2, .weight = 2, .tier = 1, .name = "bee", .max_connections = 9}};
    counting_open(&fixture->arena, &fixture->memory);
    brink_dns_hosts_init(&fixture->hosts, &fixture->arena);
    assert_int_equal(brink_dns_hosts_set(&fixture->hosts, both, count).err, 0);
}

static void stop(struct fixture *fixture)
{
    brink_dns_hosts_clear(&fixture->hosts);
    assert_int_equal(fixture->memory.blocks, 0);
    brink_arena_close(&fixture->arena);
}

/* Family V4, addresses 10.0.0.`first` and so on. */
static void answer_v4(struct fixture *fixture, size_t index, enum brink_dns_verdict verdict,
                      unsigned first, size_t count)
{
    struct brink_dns_record records[ROOM] = {{0}};
    for (size_t i = 0; i < count; i++)
        records[i] = (struct brink_dns_record){AF_INET, {10, 0, 0, (uint8_t)(first + i)}};
    brink_dns_hosts_answer(&fixture->hosts, index, BRINK_DNS_V4, verdict, records, count);
}

static void answer_v6(struct fixture *fixture, size_t index, enum brink_dns_verdict verdict)
{
    struct brink_dns_record loopback = {AF_INET6, {[15] = 1}};
    brink_dns_hosts_answer(&fixture->hosts, index, BRINK_DNS_V6, verdict, &loopback, 1);
}

static enum brink_dns_verdict judge(struct fixture *fixture, size_t index, bool *changed)
{
    *changed = false;
    return brink_dns_hosts_judge(&fixture->hosts, index, changed);
}

static void expect(const struct fixture *fixture, const char *wanted)
{
    struct brink_target_entry entries[ROOM];
    char all[512] = "";
    char text[BRINK_ADDRESS_TEXT_MAX];
    size_t made;
    (void)brink_dns_hosts_entries(&fixture->hosts, entries, ROOM, &made);
    for (size_t i = 0; i < made; i++) {
        size_t length = strlen(all);
        (void)snprintf(all + length, sizeof all - length, "%s ",
                       brink_address_format(&entries[i].address, text, sizeof text));
    }
    assert_string_equal(all, wanted);
}

static void what_was_found_is_known(void **state)
{
    (void)state;
    struct fixture fixture;
    bool changed;
    start(&fixture, 1);
    answer_v4(&fixture, 0, BRINK_DNS_FOUND, 1, 2);
    answer_v6(&fixture, 0, BRINK_DNS_FOUND);
    assert_int_equal(judge(&fixture, 0, &changed), BRINK_DNS_FOUND);
    assert_true(changed);
    expect(&fixture, "10.0.0.1:1 10.0.0.2:1 [::1]:1 ");
    answer_v4(&fixture, 0, BRINK_DNS_FOUND, 1, 2);
    answer_v6(&fixture, 0, BRINK_DNS_FOUND);
    assert_int_equal(judge(&fixture, 0, &changed), BRINK_DNS_FOUND);
    assert_false(changed);
    stop(&fixture);
}

static void a_family_that_failed_stays_as_it_was_and_one_that_is_none_goes(void **state)
{
    (void)state;
    struct fixture fixture;
    bool changed;
    start(&fixture, 1);
    answer_v4(&fixture, 0, BRINK_DNS_FOUND, 1, 1);
    answer_v6(&fixture, 0, BRINK_DNS_FOUND);
    (void)judge(&fixture, 0, &changed);
    answer_v4(&fixture, 0, BRINK_DNS_FOUND, 5, 1);
    answer_v6(&fixture, 0, BRINK_DNS_FAILED);
    assert_int_equal(judge(&fixture, 0, &changed), BRINK_DNS_FOUND);
    expect(&fixture, "10.0.0.5:1 [::1]:1 ");
    answer_v4(&fixture, 0, BRINK_DNS_FOUND, 5, 1);
    answer_v6(&fixture, 0, BRINK_DNS_NONE);
    assert_int_equal(judge(&fixture, 0, &changed), BRINK_DNS_FOUND);
    assert_true(changed);
    expect(&fixture, "10.0.0.5:1 ");
    stop(&fixture);
}

static void without_any_address_all_stays(void **state)
{
    (void)state;
    struct fixture fixture;
    bool changed;
    start(&fixture, 1);
    answer_v4(&fixture, 0, BRINK_DNS_FOUND, 1, 1);
    answer_v6(&fixture, 0, BRINK_DNS_NONE);
    (void)judge(&fixture, 0, &changed);
    answer_v4(&fixture, 0, BRINK_DNS_NONE, 0, 0);
    answer_v6(&fixture, 0, BRINK_DNS_NONE);
    assert_int_equal(judge(&fixture, 0, &changed), BRINK_DNS_NONE);
    answer_v4(&fixture, 0, BRINK_DNS_FAILED, 0, 0);
    answer_v6(&fixture, 0, BRINK_DNS_NONE);
    assert_int_equal(judge(&fixture, 0, &changed), BRINK_DNS_FAILED);
    assert_false(changed);
    expect(&fixture, "10.0.0.1:1 ");
    assert_int_equal(brink_dns_known_count(&fixture.hosts.known[0]), 1);
    stop(&fixture);
}

static void other_hosts_keep_what_is_known_of_those_that_stay(void **state)
{
    (void)state;
    struct fixture fixture;
    bool changed;
    start(&fixture, 2);
    answer_v4(&fixture, 0, BRINK_DNS_FOUND, 1, 1);
    answer_v6(&fixture, 0, BRINK_DNS_NONE);
    (void)judge(&fixture, 0, &changed);
    static const struct brink_dns_host others[] = {
        {.host = "c", .port = 3}, {.host = "A", .port = 4}, {.host = "a", .port = 5}};
    assert_int_equal(brink_dns_hosts_set(&fixture.hosts, others, 3).err, 0);
    expect(&fixture, "10.0.0.1:4 10.0.0.1:5 ");
    fixture.memory.fail_at = fixture.memory.calls + 2;
    assert_int_equal(brink_dns_hosts_set(&fixture.hosts, others + 1, 2).err, ENOMEM);
    expect(&fixture, "10.0.0.1:4 10.0.0.1:5 ");
    stop(&fixture);
}

static void without_memory_an_answer_has_failed(void **state)
{
    (void)state;
    struct fixture fixture;
    bool changed;
    start(&fixture, 1);
    fixture.memory.fail_at = fixture.memory.calls + 1;
    answer_v4(&fixture, 0, BRINK_DNS_FOUND, 1, 1);
    answer_v6(&fixture, 0, BRINK_DNS_NONE);
    assert_int_equal(judge(&fixture, 0, &changed), BRINK_DNS_FAILED);
    stop(&fixture);
}

static void an_address_of_two_hosts_is_one_server_of_the_first_tier(void **state)
{
    (void)state;
    struct fixture fixture;
    struct brink_target_entry entries[ROOM];
    bool changed;
    size_t made;
    start(&fixture, 2);
    fixture.hosts.known[0].host.port = 2;
    fixture.hosts.known[0].host.tier = 3;
    for (size_t i = 0; i < 2; i++) {
        answer_v4(&fixture, i, BRINK_DNS_FOUND, 7, 1);
        answer_v6(&fixture, i, BRINK_DNS_NONE);
        (void)judge(&fixture, i, &changed);
    }
    assert_int_equal(brink_dns_hosts_entries(&fixture.hosts, entries, ROOM, &made), 2);
    assert_int_equal(made, 1);
    assert_int_equal(entries[0].tier, 1);
    assert_int_equal(entries[0].weight, 2);
    assert_int_equal(entries[0].max_connections, 9);
    assert_string_equal(entries[0].name, "bee");
    assert_int_equal(brink_dns_hosts_entries(&fixture.hosts, entries, 1, &made), 2);
    assert_int_equal(made, 1);
    stop(&fixture);
}

static void targets_become_hosts(void **state)
{
    (void)state;
    struct fixture fixture;
    struct dns_message message;
    struct brink_dns_found found;
    start(&fixture, 1);
    dns_begin(&message, "_x._tcp.test", 33);
    assert_int_equal(
        brink_dns_hosts_take_services(&fixture.hosts, message.bytes, message.size, &found).err,
        ENODATA);
    dns_add_srv(&message, 2, 1, 80, "y.test");
    dns_add_srv(&message, 1, 1, 80, "x.test");
    assert_int_equal(
        brink_dns_hosts_take_services(&fixture.hosts, message.bytes, message.size - 1, &found).err,
        EBADMSG);
    fixture.memory.fail_at = fixture.memory.calls + 1;
    assert_int_equal(
        brink_dns_hosts_take_services(&fixture.hosts, message.bytes, message.size, &found).err,
        ENOMEM);
    assert_string_equal(fixture.hosts.known[0].host.host, "a");
    assert_int_equal(
        brink_dns_hosts_take_services(&fixture.hosts, message.bytes, message.size, &found).err, 0);
    assert_int_equal(fixture.hosts.count, 2);
    assert_int_equal(found.ttl_s, 60);
    assert_string_equal(fixture.hosts.known[0].host.name, "x.test:80");
    assert_int_equal(fixture.hosts.known[1].host.tier, 1);
    stop(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_found_is_known),
        cmocka_unit_test(a_family_that_failed_stays_as_it_was_and_one_that_is_none_goes),
        cmocka_unit_test(without_any_address_all_stays),
        cmocka_unit_test(other_hosts_keep_what_is_known_of_those_that_stay),
        cmocka_unit_test(without_memory_an_answer_has_failed),
        cmocka_unit_test(an_address_of_two_hosts_is_one_server_of_the_first_tier),
        cmocka_unit_test(targets_become_hosts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
