/* What passes between a client and its upstream, and how ends pass. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sys/socket.h>

#include "support/rig.h"

#include "relay/pair.h"

struct relay {
    struct rig rig;
    int client;
    int upstream;
};

static struct relay relay;

static struct rig *couple(const char *spec)
{
    struct brink_message why;
    rig_init(&relay.rig);
    if (brink_failed(brink_spec_parse(&relay.rig.options.spec, spec, 0, &why)))
        fail_msg("%s", why.text);
    rig_listen_upstream(&relay.rig);
    rig_start(&relay.rig, &brink_pair_kind);
    relay.client = rig_connect(&relay.rig);
    relay.upstream = rig_accept_upstream(&relay.rig);
    rig_turn(&relay.rig);
    return &relay.rig;
}

static void part(void)
{
    (void)close(relay.client);
    (void)close(relay.upstream);
    rig_until_gone(&relay.rig, 1);
    rig_stop(&relay.rig);
}

static void client_finishes_first(void **state)
{
    (void)state;
    struct rig *rig = couple("u32le");
    rig_send(rig, relay.client, "\1\0\0\0a", 5);
    (void)shutdown(relay.client, SHUT_WR);
    rig_expect(rig, relay.upstream, "\1\0\0\0a", 5);
    rig_expect_end(rig, relay.upstream);
    rig_send(rig, relay.upstream, "\1\0\0\0b", 5); /* the other direction still stands */
    rig_expect(rig, relay.client, "\1\0\0\0b", 5);
    (void)shutdown(relay.upstream, SHUT_WR);
    rig_expect_end(rig, relay.client);
    rig_until_gone(rig, 1);
    assert_true(rig_logged(rig, "reason=client-closed"));
    part();
}

static void upstream_finishes_first(void **state)
{
    (void)state;
    struct rig *rig = couple("u32le");
    rig_send(rig, relay.upstream, "\1\0\0\0a", 5);
    (void)shutdown(relay.upstream, SHUT_WR);
    rig_expect(rig, relay.client, "\1\0\0\0a", 5);
    rig_expect_end(rig, relay.client);
    rig_send(rig, relay.client, "\1\0\0\0b", 5);
    rig_expect(rig, relay.upstream, "\1\0\0\0b", 5);
    (void)shutdown(relay.client, SHUT_WR);
    rig_expect_end(rig, relay.upstream);
    rig_until_gone(rig, 1);
    assert_true(rig_logged(rig, "reason=upstream-closed"));
    part();
}

static void an_end_within_a_frame_is_a_reset(void **state)
{
    (void)state;
    struct rig *rig = couple("u32le");
    rig_send(rig, relay.client, "\1\0\0\0a\4\0\0\0xy", 11);
    (void)shutdown(relay.client, SHUT_WR);
    uint8_t got[11];
    rig_receive(rig, relay.upstream, got, 5);
    assert_memory_equal(got, "\1\0\0\0a", 5);
    rig_until_gone(rig, 1);
    ssize_t n;
    do /* bytes of the cut frame may have come before the reset, an end never */
        n = recv(relay.upstream, got, sizeof got, MSG_DONTWAIT);
    while (n > 0);
    assert_int_equal(n, -1);
    assert_int_equal(errno, ECONNRESET);
    assert_true(rig_logged(rig, "reason=client-mid-frame"));
    assert_true(rig_logged(rig, "missing=2"));
    assert_int_equal(brink_counter_read(&rig->service.stats.frames_cut[BRINK_SIDE_CLIENT]), 1);
    part();
}

static void an_end_within_a_header_cuts_nothing_for_the_receiver(void **state)
{
    (void)state;
    struct rig *rig = couple("u32le");
    rig_send(rig, relay.client, "\1\0\0\0a\4\0", 7);
    (void)shutdown(relay.client, SHUT_WR);
    rig_expect(rig, relay.upstream, "\1\0\0\0a", 5);
    rig_expect_end(rig, relay.upstream);
    rig_send(rig, relay.upstream, "\1\0\0\0r", 5); /* the reply to the whole frame still comes */
    rig_expect(rig, relay.client, "\1\0\0\0r", 5);
    (void)close(relay.upstream);
    relay.upstream = -1;
    rig_until_gone(rig, 1);
    assert_true(rig_logged(rig, "reason=client-mid-frame"));
    assert_true(rig_logged(rig, "missing=header"));
    part();
}

static void an_upstream_that_dies_within_a_reply_resets_the_client(void **state)
{
    (void)state;
    struct rig *rig = couple("u32le");
    rig_send(rig, relay.upstream, "\4\0\0\0xy", 6);
    rig_expect(rig, relay.client, "\4\0\0\0xy", 6);
    rig_reset(relay.upstream);
    relay.upstream = -1;
    rig_expect_error(rig, relay.client, ECONNRESET);
    rig_until_gone(rig, 1);
    assert_true(rig_logged(rig, "reason=upstream-mid-frame"));
    part();
}

static void a_reset_at_a_boundary_is_an_end(void **state)
{
    (void)state;
    struct rig *rig = couple("u32le");
    rig_send(rig, relay.client, "\1\0\0\0a", 5);
    rig_expect(rig, relay.upstream, "\1\0\0\0a", 5);
    rig_reset(relay.client);
    relay.client = -1;
    rig_expect_end(rig, relay.upstream);
    (void)close(relay.upstream);
    relay.upstream = -1;
    rig_until_gone(rig, 1);
    assert_true(rig_logged(rig, "reason=client-reset"));
    part();
}

static void a_raw_reset_is_a_reset(void **state)
{
    (void)state;
    struct rig *rig = couple("raw");
    rig_send(rig, relay.client, "abc", 3);
    rig_expect(rig, relay.upstream, "abc", 3);
    rig_reset(relay.client);
    relay.client = -1;
    rig_expect_error(rig, relay.upstream, ECONNRESET);
    rig_until_gone(rig, 1);
    part();
}

static void a_bad_frame_ends_the_pair_and_says_why(void **state)
{
    (void)state;
    struct rig *rig = couple("u32le,max=100");
    rig_send(rig, relay.client, "\1\0\0\0a\x80", 6);
    rig_send(rig, relay.client, "\1\0\0zz", 5);
    rig_expect(rig, relay.upstream, "\1\0\0\0a", 5);
    rig_expect_end(rig, relay.upstream);
    rig_expect_end(rig, relay.client);
    assert_true(rig_logged(rig, "event=bad-frame"));
    assert_true(rig_logged(rig, "header=80010000"));
    assert_true(rig_logged(rig, "value=384"));
    assert_true(rig_logged(rig, "limit=100"));
    (void)close(relay.client);
    (void)close(relay.upstream);
    rig_until_gone(rig, 1);
    assert_true(rig_logged(rig, "reason=frame-too-large side=client"));
    relay.client = -1;
    relay.upstream = -1;
    part();
}

/* A frame a hundred times larger than all buffers, through a reader who stops now and then. */
static void large_frames_pass_in_bounded_memory(void **state)
{
    (void)state;
    enum { PAYLOAD = 8 * 1024 * 1024, PIECE = 65536 };
    struct rig *rig = couple("u32le");
    uint8_t *frame = malloc(PAYLOAD + 4);
    uint8_t *got = malloc(PIECE);
    size_t size = rig_frame(frame, PAYLOAD, 0);
    for (size_t i = 4; i < size; i++)
        frame[i] = (uint8_t)(i * 31 + i / 251);
    size_t sent = 0;
    size_t received = 0;
    uint64_t most = 0;
    while (received < size) {
        ssize_t n = send(relay.client, frame + sent, size - sent, MSG_DONTWAIT | MSG_NOSIGNAL);
        sent += n > 0 ? (size_t)n : 0;
        rig_turn(rig);
        uint64_t held = brink_counter_read(&rig->service.io.buffers->segments.in_use);
        most = held > most ? held : most;
        n = recv(relay.upstream, got, PIECE, MSG_DONTWAIT);
        if (n > 0) {
            assert_memory_equal(got, frame + received, (size_t)n);
            received += (size_t)n;
        }
    }
    assert_true(most <= 64 * 1024 + BRINK_SCRATCH_SIZE + 2 * BRINK_SEGMENT_SIZE);
    free(frame);
    free(got);
    part();
}

static void many_frames_in_one_byte_steps(void **state)
{
    (void)state;
    struct rig *rig = couple("u16be");
    for (int i = 0; i < 50; i++) {
        const char frame[] = "\0\3abc";
        for (size_t j = 0; j < 5; j++)
            rig_send(rig, relay.client, frame + j, 1);
        rig_expect(rig, relay.upstream, frame, 5);
    }
    assert_int_equal(brink_counter_read(&rig->service.stats.frames[BRINK_SIDE_CLIENT]), 50);
    part();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(client_finishes_first),
        cmocka_unit_test(upstream_finishes_first),
        cmocka_unit_test(an_end_within_a_frame_is_a_reset),
        cmocka_unit_test(an_end_within_a_header_cuts_nothing_for_the_receiver),
        cmocka_unit_test(an_upstream_that_dies_within_a_reply_resets_the_client),
        cmocka_unit_test(a_reset_at_a_boundary_is_an_end),
        cmocka_unit_test(a_raw_reset_is_a_reset),
        cmocka_unit_test(a_bad_frame_ends_the_pair_and_says_why),
        cmocka_unit_test(large_frames_pass_in_bounded_memory),
        cmocka_unit_test(many_frames_in_one_byte_steps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
