/* PROXY headers of clients: what is taken for one, how much is read, and whom it speaks of. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <sys/socket.h>

#include "unit/relay/greeted.h"

/* --- headers that are there --- */

/* The header, and what follows it in the same segment. */
static void is_taken(enum brink_arming arming, const char *header, size_t size)
{
    uint8_t bytes[512];
    memcpy(bytes, header, size);
    memcpy(bytes + size, FRAME FRAME, 12);
    prepare(BRINK_PROXY_ACCEPT_REQUIRED);
    rig.options.arming = arming;
    int client = connect_and_send(bytes, size + 12);
    int upstream = rig_accept_upstream(&rig);
    rig_expect(&rig, upstream, FRAME FRAME, 12);
    rig_send(&rig, upstream, FRAME, 6);
    rig_expect(&rig, client, FRAME, 6);
    leave(client, upstream);
    assert_true(rig_logged(&rig, "event=close service=relay peer=192.0.2.1:4321 "));
    assert_true(rig_logged(&rig, "client_bytes=12 client_frames=2 upstream_bytes=6 "));
    assert_int_equal(brink_counter_read(&rig.service.stats.bytes[0]), 12);
    assert_int_equal(brink_counter_read(&rig.service.stats.frames[0]), 2);
    rig_stop(&rig);
}

static void a_header_names_the_client(void **state)
{
    (void)state;
    is_taken(BRINK_ARM_EDGE, LINE, sizeof LINE - 1);
    is_taken(BRINK_ARM_EDGE, BINARY, sizeof BINARY - 1);
    is_taken(BRINK_ARM_ONESHOT, LINE, sizeof LINE - 1);
    is_taken(BRINK_ARM_ONESHOT, BINARY, sizeof BINARY - 1);
}

static void is_taken_in_two_parts(const char *header, size_t size)
{
    char bytes[512];
    memcpy(bytes, header, size);
    memcpy(bytes + size, FRAME, 6);
    for (size_t split = 1; split < size + 6; split++) {
        prepare(BRINK_PROXY_ACCEPT_OPTIONAL);
        int client = connect_and_send(bytes, split);
        for (int i = 0; i < 5; i++)
            rig_turn(&rig);
        rig_send(&rig, client, bytes + split, size + 6 - split);
        int upstream = rig_accept_upstream(&rig);
        rig_expect(&rig, upstream, FRAME, 6);
        leave(client, upstream);
        assert_true(rig_logged(&rig, "event=close service=relay peer=192.0.2.1:4321 "));
        rig_stop(&rig);
    }
}

static void a_header_may_be_split_anywhere(void **state)
{
    (void)state;
    is_taken_in_two_parts(LINE, sizeof LINE - 1);
    is_taken_in_two_parts(BINARY, sizeof BINARY - 1);
}

static void a_header_may_come_byte_by_byte(void **state)
{
    (void)state;
    static const char bytes[] = BINARY FRAME;
    prepare(BRINK_PROXY_ACCEPT_REQUIRED);
    int client = connect_and_send(NULL, 0);
    for (size_t i = 0; i < sizeof bytes - 1; i++)
        rig_send(&rig, client, bytes + i, 1);
    int upstream = rig_accept_upstream(&rig);
    rig_expect(&rig, upstream, FRAME, 6);
    leave(client, upstream);
    rig_stop(&rig);
}

static void nothing_is_read_beyond_the_header(void **state)
{
    (void)state;
    prepare(BRINK_PROXY_ACCEPT_REQUIRED);
    rig.upstream_address.sock.v4.sin_port = 0; /* nobody can be connected to */
    int client = connect_and_send(LINE FRAME, sizeof LINE - 1 + 6);
    fails(client, BRINK_REASON_CONNECT_FAILED);
    assert_true(rig_logged(&rig, "client_bytes=0 client_frames=0"));
}

/* A proxy that looks whether we are there. */
static void a_local_header_leaves_the_peer_as_it_is(void **state)
{
    (void)state;
    prepare(BRINK_PROXY_ACCEPT_REQUIRED);
    int client = connect_and_send(LOCAL FRAME, sizeof LOCAL - 1 + 6);
    int upstream = rig_accept_upstream(&rig);
    rig_expect(&rig, upstream, FRAME, 6);
    leave(client, upstream);
    assert_true(rig_logged(&rig, "event=close service=relay peer=127.0.0.1:"));
    rig_stop(&rig);
}

/* --- and those that are not --- */

static void an_optional_header_may_be_missing(void **state)
{
    (void)state;
    static const char *const firsts[] = {"\2\0\0\0PR", "\1\0\0\0P\0\0\0\0",
                                         "\12\0\0\0QUIT\n\r\n\r\n\0"};
    static const size_t sizes[] = {6, 9, 14};
    for (size_t i = 0; i < 3; i++) {
        prepare(BRINK_PROXY_ACCEPT_OPTIONAL);
        int client = connect_and_send(firsts[i], sizes[i]);
        int upstream = rig_accept_upstream(&rig);
        rig_expect(&rig, upstream, firsts[i], sizes[i]);
        rig_send(&rig, client, FRAME, 6);
        rig_expect(&rig, upstream, FRAME, 6);
        leave(client, upstream);
        assert_true(rig_logged(&rig, "event=close service=relay peer=127.0.0.1:"));
        char counted[64];
        (void)snprintf(counted, sizeof counted, "client_bytes=%zu ", sizes[i] + 6);
        assert_true(rig_logged(&rig, counted));
        rig_stop(&rig);
    }
}

/* It may be a header as long as it looks like one; then all of it is the client's. */
static void what_looked_like_a_header_is_passed_on(void **state)
{
    (void)state;
    prepare(BRINK_PROXY_ACCEPT_OPTIONAL);
    assert_int_equal(brink_spec_parse(&rig.options.spec, "raw", 0, NULL).err, 0);
    int client = connect_and_send("PRO", 3);
    for (int i = 0; i < 5; i++)
        rig_turn(&rig);
    rig_send(&rig, client, "MISE", 4);
    int upstream = rig_accept_upstream(&rig);
    rig_expect(&rig, upstream, "PROMISE", 7);
    leave(client, upstream);
    assert_int_equal(brink_counter_read(&rig.service.stats.bytes[0]), 7);
    rig_stop(&rig);
}

static void a_bad_first_frame_is_refused_without_a_header_too(void **state)
{
    (void)state;
    /* the second looks like one for as long as four bytes, and so is read together */
    static const char *const firsts[] = {"\xff\xff\xff\xff", "\r\n\r\nGET / HTTP/1"};
    for (size_t i = 0; i < 2; i++) {
        prepare(BRINK_PROXY_ACCEPT_OPTIONAL);
        int client = connect_and_send(firsts[i], strlen(firsts[i]));
        int upstream = rig_accept_upstream(&rig);
        rig_expect_end(&rig, upstream);
        (void)close(upstream);
        fails(client, BRINK_REASON_FRAME_TOO_LARGE);
    }
}

/* What a header needs is there already. */
static void a_header_is_read_though_memory_is_scarce(void **state)
{
    (void)state;
    prepare(BRINK_PROXY_ACCEPT_REQUIRED);
    int client = connect_and_send(NULL, 0);
    struct brink_segments *segments = &rig.buffers.segments;
    brink_counter_add(&segments->in_use, segments->budget);
    rig_send(&rig, client, LINE, sizeof LINE - 1);
    int upstream = rig_accept_upstream(&rig);
    brink_counter_subtract(&segments->in_use, segments->budget);
    rig_send(&rig, client, FRAME, 6);
    rig_expect(&rig, upstream, FRAME, 6);
    leave(client, upstream);
    rig_stop(&rig);
}

static void a_required_header_must_be_there(void **state)
{
    (void)state;
    prepare(BRINK_PROXY_ACCEPT_REQUIRED);
    int client = connect_and_send(FRAME, 6);
    fails(client, BRINK_REASON_PROXY_HEADER);
    assert_true(rig_logged(&rig, "event=bad-proxy-header"));
}

static void a_corrupt_header_is_refused(void **state)
{
    (void)state;
    static const enum brink_proxy_accept accepts[] = {BRINK_PROXY_ACCEPT_OPTIONAL,
                                                      BRINK_PROXY_ACCEPT_REQUIRED};
    for (size_t i = 0; i < 2; i++) {
        prepare(accepts[i]);
        int client = connect_and_send("PROXY TCP4 nonsense and more\r\n", 30);
        fails(client, BRINK_REASON_PROXY_HEADER);
    }
}

static void a_header_that_ends_is_refused(void **state)
{
    (void)state;
    prepare(BRINK_PROXY_ACCEPT_REQUIRED);
    int client = connect_and_send("PROXY TCP4 ", 11);
    (void)shutdown(client, SHUT_WR);
    fails(client, BRINK_REASON_PROXY_HEADER);
}

static void a_header_must_come_in_time(void **state)
{
    (void)state;
    prepare(BRINK_PROXY_ACCEPT_OPTIONAL);
    int client = connect_and_send("PROXY TCP4 ", 11);
    rig_turn(&rig);
    rig_forward(&rig, 4900);
    rig_expect_silence(&rig, client);
    rig_forward(&rig, 150);
    fails(client, BRINK_REASON_PROXY_HEADER);
}

static void who_says_nothing_needs_no_optional_header(void **state)
{
    (void)state;
    prepare(BRINK_PROXY_ACCEPT_OPTIONAL);
    int client = connect_and_send(NULL, 0);
    rig_turn(&rig);
    rig_forward(&rig, 4900);
    rig_expect_silence(&rig, client);
    rig_forward(&rig, 150);
    int upstream = rig_accept_upstream(&rig);
    rig_send(&rig, upstream, FRAME, 6);
    rig_expect(&rig, client, FRAME, 6);
    rig_send(&rig, client, FRAME, 6);
    rig_expect(&rig, upstream, FRAME, 6);
    leave(client, upstream);
    rig_stop(&rig);
}

static void who_says_nothing_lacks_one_that_is_required(void **state)
{
    (void)state;
    prepare(BRINK_PROXY_ACCEPT_REQUIRED);
    int client = connect_and_send(NULL, 0);
    rig_turn(&rig);
    rig_forward(&rig, 5050);
    fails(client, BRINK_REASON_PROXY_HEADER);
}

/* A balancer's probe is no fault. */
static void who_leaves_without_a_byte_is_a_probe(void **state)
{
    (void)state;
    prepare(BRINK_PROXY_ACCEPT_REQUIRED);
    int client = connect_and_send(NULL, 0);
    rig_turn(&rig);
    (void)shutdown(client, SHUT_WR);
    fails(client, BRINK_REASON_CLIENT_CLOSED);
    assert_int_equal(brink_counter_read(&rig.service.stats.probes), 1);
}

static void a_reset_is_a_reset(void **state)
{
    (void)state;
    prepare(BRINK_PROXY_ACCEPT_REQUIRED);
    int client = connect_and_send("PROXY", 5);
    for (int i = 0; i < 5; i++)
        rig_turn(&rig);
    rig_reset(client);
    rig_until_gone(&rig, 1);
    assert_int_equal(brink_counter_read(&rig.service.stats.closed[BRINK_REASON_CLIENT_RESET]), 1);
    rig_stop(&rig);
}

static void a_drain_does_not_wait_for_a_header(void **state)
{
    (void)state;
    prepare(BRINK_PROXY_ACCEPT_REQUIRED);
    int client = connect_and_send("PROXY", 5);
    rig_turn(&rig);
    rig_drain(&rig, BRINK_DRAIN_POLICY_BOUNDARY, 1000);
    fails(client, BRINK_REASON_DRAINED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_header_names_the_client),
        cmocka_unit_test(a_header_may_be_split_anywhere),
        cmocka_unit_test(a_header_may_come_byte_by_byte),
        cmocka_unit_test(nothing_is_read_beyond_the_header),
        cmocka_unit_test(a_local_header_leaves_the_peer_as_it_is),
        cmocka_unit_test(an_optional_header_may_be_missing),
        cmocka_unit_test(what_looked_like_a_header_is_passed_on),
        cmocka_unit_test(a_bad_first_frame_is_refused_without_a_header_too),
        cmocka_unit_test(a_header_is_read_though_memory_is_scarce),
        cmocka_unit_test(a_required_header_must_be_there),
        cmocka_unit_test(a_corrupt_header_is_refused),
        cmocka_unit_test(a_header_that_ends_is_refused),
        cmocka_unit_test(a_header_must_come_in_time),
        cmocka_unit_test(who_says_nothing_needs_no_optional_header),
        cmocka_unit_test(who_says_nothing_lacks_one_that_is_required),
        cmocka_unit_test(who_leaves_without_a_byte_is_a_probe),
        cmocka_unit_test(a_reset_is_a_reset),
        cmocka_unit_test(a_drain_does_not_wait_for_a_header),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
