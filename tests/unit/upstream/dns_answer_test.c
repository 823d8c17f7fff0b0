/* Answers of DNS servers: what is read, what is refused, and what becomes of SRV records. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>

#include "support/dns_message.h"
#include "upstream/dns_answer.h"

enum { A = 1, CNAME = 5, AAAA = 28, ROOM = 8 };

static const uint8_t one[4] = {192, 0, 2, 1};
static const uint8_t two[4] = {192, 0, 2, 2};

static struct brink_dns_found addresses(const struct dns_message *message, enum brink_dns_type type,
                                        struct brink_dns_record *records)
{
    struct brink_dns_found found;
    assert_int_equal(
        brink_dns_read_addresses(message->bytes, message->size, type, records, ROOM, &found).err,
        0);
    return found;
}

static void addresses_are_sorted_and_each_is_there_once(void **state)
{
    (void)state;
    struct dns_message message;
    struct brink_dns_record records[ROOM];
    dns_begin(&message, "h.test", A);
    dns_add(&message, "h.test", A, 60, two, 4);
    dns_add(&message, "h.test", A, 30, one, 4);
    dns_add(&message, "h.test", A, 90, two, 4);
    struct brink_dns_found found = addresses(&message, BRINK_DNS_A, records);
    assert_int_equal(found.count, 2);
    assert_int_equal(found.left_out, 0);
    assert_int_equal(found.ttl_s, 30);
    assert_memory_equal(records[0].bytes, one, 4);
    assert_memory_equal(records[1].bytes, two, 4);
}

static void an_alias_counts_for_the_ttl_and_others_do_not(void **state)
{
    (void)state;
    struct dns_message message;
    struct brink_dns_record records[ROOM];
    uint8_t alias[32];
    dns_begin(&message, "h.test", AAAA);
    dns_add(&message, "h.test", CNAME, 7, alias, dns_name(alias, "x.test"));
    dns_add(&message, "x.test", 16, 1, "\3txt", 4);
    dns_add(&message, "x.test", AAAA, 60, in6addr_loopback.s6_addr, 16);
    struct brink_dns_found found = addresses(&message, BRINK_DNS_AAAA, records);
    assert_int_equal(found.count, 1);
    assert_int_equal(found.ttl_s, 7);
    struct brink_address address = brink_dns_address(&records[0], 80);
    char text[BRINK_ADDRESS_TEXT_MAX];
    assert_string_equal(brink_address_format(&address, text, sizeof text), "[::1]:80");
}

static void what_has_no_room_is_counted(void **state)
{
    (void)state;
    struct dns_message message;
    struct brink_dns_record records[ROOM];
    dns_begin(&message, "h.test", A);
    for (uint8_t i = 0; i < ROOM + 3; i++) {
        uint8_t address[4] = {10, 0, 0, i};
        dns_add(&message, "h.test", A, 60, address, 4);
    }
    struct brink_dns_found found = addresses(&message, BRINK_DNS_A, records);
    assert_int_equal(found.count, ROOM);
    assert_int_equal(found.left_out, 3);
}

static void a_ttl_beyond_its_range_is_none(void **state)
{
    (void)state;
    struct dns_message message;
    struct brink_dns_record records[ROOM];
    dns_begin(&message, "h.test", A);
    dns_add(&message, "h.test", A, UINT32_C(0x80000000), one, 4);
    assert_int_equal(addresses(&message, BRINK_DNS_A, records).ttl_s, 0);
}

static void nothing_found_has_no_ttl(void **state)
{
    (void)state;
    struct dns_message message;
    struct brink_dns_record records[ROOM];
    dns_begin(&message, "h.test", A);
    struct brink_dns_found found = addresses(&message, BRINK_DNS_A, records);
    assert_int_equal(found.count, 0);
    assert_true(found.ttl_s == UINT32_MAX);
}

/* However an answer is cut short, it is refused, and nothing is changed. */
static void every_cut_answer_is_refused(void **state)
{
    (void)state;
    struct dns_message message;
    struct brink_dns_record records[ROOM];
    struct brink_dns_service services[ROOM];
    struct brink_dns_found found = {1, 2, 3};
    dns_begin(&message, "h.test", A);
    dns_add(&message, "h.test", A, 60, one, 4);
    for (size_t size = 0; size < message.size; size++)
        assert_int_equal(
            brink_dns_read_addresses(message.bytes, size, BRINK_DNS_A, records, ROOM, &found).err,
            EBADMSG);
    dns_begin(&message, "_x._tcp.test", 33);
    dns_add_srv(&message, 1, 1, 1, "a.test");
    for (size_t size = 0; size < message.size; size++)
        assert_int_equal(brink_dns_read_services(message.bytes, size, services, ROOM, &found).err,
                         EBADMSG);
    assert_true(found.count == 1 && found.left_out == 2 && found.ttl_s == 3);
}

static void an_address_of_another_size_is_refused(void **state)
{
    (void)state;
    struct dns_message message;
    struct brink_dns_record records[ROOM];
    struct brink_dns_found found;
    dns_begin(&message, "h.test", A);
    dns_add(&message, "h.test", A, 60, one, 3);
    assert_int_equal(
        brink_dns_read_addresses(message.bytes, message.size, BRINK_DNS_A, records, ROOM, &found)
            .err,
        EBADMSG);
}

static int services_of(const struct dns_message *message, struct brink_dns_service *services,
                       size_t *count)
{
    struct brink_dns_found found = {0};
    brink_result read =
        brink_dns_read_services(message->bytes, message->size, services, ROOM, &found);
    *count = found.count;
    return read.err;
}

static void services_are_read_and_their_targets_may_be_compressed(void **state)
{
    (void)state;
    struct dns_message message;
    struct brink_dns_service services[ROOM];
    size_t count;
    dns_begin(&message, "_x._tcp.test", 33);
    dns_add_srv(&message, 10, 20, 30, "a.test");
    /* "b" and then the question's name from its label "test" on */
    static const uint8_t pointing[] = {0, 1, 0, 2, 0, 3, 1, 'b', 0xc0, 12 + 3 + 5};
    dns_add(&message, "_x._tcp.test", 33, 60, pointing, sizeof pointing);
    assert_int_equal(services_of(&message, services, &count), 0);
    assert_int_equal(count, 2);
    assert_string_equal(services[0].target, "a.test");
    assert_int_equal(services[0].priority, 10);
    assert_int_equal(services[0].weight, 20);
    assert_int_equal(services[0].port, 30);
    assert_string_equal(services[1].target, "b.test");
}

static void pointers_in_a_ring_and_odd_names_are_refused(void **state)
{
    (void)state;
    struct dns_message message;
    struct brink_dns_service services[ROOM];
    size_t count;
    dns_begin(&message, "_x._tcp.test", 33);
    uint8_t ring[] = {0, 1, 0, 2, 0, 3, 0xc0, 0};
    ring[7] = (uint8_t)(message.size + 14 + 10 + 6); /* itself */
    dns_add(&message, "_x._tcp.test", 33, 60, ring, sizeof ring);
    assert_int_equal(services_of(&message, services, &count), EBADMSG);
    static const char *const odd[] = {"a b.test", "a\nb", "a\"b",     "\xff.test",
                                      "a[b.test", "a:b",  "a{b.test", "a@b"};
    for (size_t i = 0; i < sizeof odd / sizeof odd[0]; i++) {
        dns_begin(&message, "_x._tcp.test", 33);
        dns_add_srv(&message, 1, 1, 1, odd[i]);
        assert_int_equal(services_of(&message, services, &count), EBADMSG);
    }
}

/* As the data of the only service, at the end of the answer. */
static int error_of_target(const void *target, size_t size)
{
    struct dns_message message;
    struct brink_dns_service services[ROOM];
    size_t count;
    uint8_t data[400] = {0, 1, 0, 2, 0, 3};
    memcpy(data + 6, target, size);
    dns_begin(&message, "_x._tcp.test", 33);
    dns_add(&message, "_x._tcp.test", 33, 60, data, 6 + size);
    return services_of(&message, services, &count);
}

static void targets_that_do_not_end_are_refused(void **state)
{
    (void)state;
    uint8_t longest[5 * 64 + 1];
    assert_int_equal(error_of_target("\1a", 3), 0);
    assert_int_equal(error_of_target("\4"
                                     "z-_9\1Z",
                                     8),
                     0);
    assert_int_equal(error_of_target("", 0), EBADMSG);
    assert_int_equal(error_of_target("\1a", 2), EBADMSG);
    assert_int_equal(error_of_target("\5a", 2), EBADMSG);
    assert_int_equal(error_of_target("\xc0", 1), EBADMSG);
    assert_int_equal(error_of_target("\x41", 3), EBADMSG); /* no kind of label that there is */
    for (size_t label = 0; label < 5; label++) {
        longest[label * 64] = 63;
        memset(longest + label * 64 + 1, 'x', 63);
    }
    longest[5 * 64] = 0;
    assert_int_equal(error_of_target(longest, 5 * 64 + 1), EBADMSG);
    longest[4 * 64] = 0;
    assert_int_equal(error_of_target(longest, 4 * 64 + 1), 0);
}

static void what_answers_something_else_is_refused(void **state)
{
    (void)state;
    struct dns_message message;
    struct brink_dns_record records[ROOM];
    struct brink_dns_found found;
    dns_begin(&message, "h.test", A);
    dns_add(&message, "h.test", A, 60, one, 4);
    message.bytes[5] = 2; /* questions */
    assert_int_equal(
        brink_dns_read_addresses(message.bytes, message.size, BRINK_DNS_A, records, ROOM, &found)
            .err,
        EBADMSG);
    message.bytes[5] = 1;
    message.bytes[12] |= 0x40; /* the question's first label */
    assert_int_equal(
        brink_dns_read_addresses(message.bytes, message.size, BRINK_DNS_A, records, ROOM, &found)
            .err,
        EBADMSG);
}

static void other_classes_are_passed_over(void **state)
{
    (void)state;
    enum { CHAOS = 3, FROM_CLASS = 7 }; /* its last byte, the time to live, the length */
    struct dns_message message;
    struct brink_dns_record records[ROOM];
    struct brink_dns_service services[ROOM];
    size_t count;
    dns_begin(&message, "h.test", A);
    dns_add(&message, "h.test", A, 60, one, 4);
    message.bytes[message.size - 4 - FROM_CLASS] = CHAOS;
    assert_int_equal(addresses(&message, BRINK_DNS_A, records).count, 0);
    dns_begin(&message, "_x._tcp.test", 33);
    dns_add(&message, "_x._tcp.test", 33, 60, "\0\1\0\2\0\3\1a", 9);
    message.bytes[message.size - 9 - FROM_CLASS] = CHAOS;
    assert_int_equal(services_of(&message, services, &count), 0);
    assert_int_equal(count, 0);
}

static void services_without_room_are_counted(void **state)
{
    (void)state;
    struct dns_message message;
    struct brink_dns_service services[ROOM];
    struct brink_dns_found found;
    dns_begin(&message, "_x._tcp.test", 33);
    for (unsigned i = 0; i < ROOM + 3; i++)
        dns_add_srv(&message, 1, 1, 1 + i, "a.test");
    assert_int_equal(
        brink_dns_read_services(message.bytes, message.size, services, ROOM, &found).err, 0);
    assert_int_equal(found.count, ROOM);
    assert_int_equal(found.left_out, 3);
}

static void no_such_service_is_left_out(void **state)
{
    (void)state;
    struct dns_message message;
    struct brink_dns_service services[ROOM];
    size_t count;
    dns_begin(&message, "_x._tcp.test", 33);
    dns_add_srv(&message, 1, 1, 1, "");
    dns_add_srv(&message, 1, 1, 0, "port-0.test");
    assert_int_equal(services_of(&message, services, &count), 0);
    assert_int_equal(count, 0);
}

static struct brink_dns_service service(unsigned priority, unsigned weight, unsigned port,
                                        const char *target)
{
    struct brink_dns_service made = {(uint16_t)priority, (uint16_t)weight, (uint16_t)port, ""};
    memcpy(made.target, target, strlen(target) + 1);
    return made;
}

static void priorities_are_tiers_in_any_order(void **state)
{
    (void)state;
    struct brink_dns_host first[4];
    struct brink_dns_host second[4];
    struct brink_dns_service services[] = {service(20, 1, 1, "c"), service(5, 3, 1, "b"),
                                           service(700, 1, 1, "d"), service(5, 1, 1, "a")};
    struct brink_dns_service turned[] = {services[3], services[2], services[1], services[0]};
    assert_int_equal(brink_dns_hosts_of(services, 4, first), 4);
    assert_int_equal(brink_dns_hosts_of(turned, 4, second), 4);
    static const char *const names[] = {"a", "b", "c", "d"};
    static const unsigned tiers[] = {0, 0, 1, 2};
    static const unsigned weights[] = {1, 3, 1, 1};
    for (size_t i = 0; i < 4; i++) {
        assert_string_equal(first[i].host, names[i]);
        assert_string_equal(second[i].host, names[i]);
        assert_int_equal(first[i].tier, tiers[i]);
        assert_int_equal(first[i].weight, weights[i]);
    }
}

static void expect_weights(const unsigned *given, const unsigned *wanted, size_t count)
{
    struct brink_dns_service services[4];
    struct brink_dns_host hosts[4];
    for (size_t i = 0; i < count; i++)
        services[i] = service(1, given[i], (unsigned)i + 1, "h");
    assert_int_equal(brink_dns_hosts_of(services, count, hosts), count);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(hosts[i].weight, wanted[i]);
}

static void weights_are_scaled_in_proportion(void **state)
{
    (void)state;
    expect_weights((const unsigned[]){1, 2, 256}, (const unsigned[]){1, 2, 256}, 3);
    expect_weights((const unsigned[]){65535, 32768, 1}, (const unsigned[]){256, 128, 1}, 3);
    expect_weights((const unsigned[]){0, 0}, (const unsigned[]){1, 1}, 2);
    expect_weights((const unsigned[]){0, 1, 2}, (const unsigned[]){1, 128, 256}, 3);
}

static void the_same_target_twice_is_one_host_with_the_larger_weight(void **state)
{
    (void)state;
    struct brink_dns_host hosts[3];
    struct brink_dns_service services[] = {service(1, 2, 81, "a"), service(1, 2, 80, "a"),
                                           service(1, 5, 80, "A")};
    assert_int_equal(brink_dns_hosts_of(services, 3, hosts), 2);
    assert_int_equal(hosts[0].weight, 5);
    assert_int_equal(hosts[1].port, 81);
}

static void waits_keep_within_their_limits(void **state)
{
    (void)state;
    for (uint64_t random = 0; random < 5000; random += 7) {
        uint64_t wait = brink_dns_wait_ms(20, 1000, 300000, random);
        assert_in_range(wait, 18000, 20000);
        assert_in_range(brink_dns_wait_ms(0, 1000, 300000, random), 900, 1000);
        assert_in_range(brink_dns_wait_ms(UINT32_MAX, 1000, 300000, random), 270000, 300000);
        assert_in_range(brink_dns_retry_ms(1, 1000, 300000, random), 900, 1000);
        assert_in_range(brink_dns_retry_ms(3, 1000, 300000, random), 3600, 4000);
        assert_in_range(brink_dns_retry_ms(1000000, 1000, 300000, random), 27000, 30000);
        assert_in_range(brink_dns_retry_ms(9, 1000, 5000, random), 4500, 5000);
        assert_in_range(brink_dns_retry_ms(9, 60000, 90000, random), 54000, 60000);
    }
    assert_true(brink_dns_wait_ms(0, 0, 0, 0) > 0); /* never spins */
    assert_true(brink_dns_retry_ms(5, 0, 0, 0) > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses_are_sorted_and_each_is_there_once),
        cmocka_unit_test(an_alias_counts_for_the_ttl_and_others_do_not),
        cmocka_unit_test(what_has_no_room_is_counted),
        cmocka_unit_test(a_ttl_beyond_its_range_is_none),
        cmocka_unit_test(nothing_found_has_no_ttl),
        cmocka_unit_test(every_cut_answer_is_refused),
        cmocka_unit_test(an_address_of_another_size_is_refused),
        cmocka_unit_test(services_are_read_and_their_targets_may_be_compressed),
        cmocka_unit_test(pointers_in_a_ring_and_odd_names_are_refused),
        cmocka_unit_test(targets_that_do_not_end_are_refused),
        cmocka_unit_test(what_answers_something_else_is_refused),
        cmocka_unit_test(other_classes_are_passed_over),
        cmocka_unit_test(services_without_room_are_counted),
        cmocka_unit_test(no_such_service_is_left_out),
        cmocka_unit_test(priorities_are_tiers_in_any_order),
        cmocka_unit_test(weights_are_scaled_in_proportion),
        cmocka_unit_test(the_same_target_twice_is_one_host_with_the_larger_weight),
        cmocka_unit_test(waits_keep_within_their_limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
