/* One client, its frames come back. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sys/socket.h>

#include "support/rig.h"

#include "relay/echo.h"

static void frames_come_back(void **state)
{
    (void)state;
    static struct rig rig;
    rig_init(&rig);
    rig_start(&rig, &brink_echo_kind);
    int client = rig_connect(&rig);
    uint8_t frames[300];
    size_t size = rig_frame(frames, 5, 'a');
    size += rig_frame(frames + size, 0, 0);
    size += rig_frame(frames + size, 200, 'b');
    rig_send(&rig, client, frames, size);
    rig_expect(&rig, client, frames, size);
    (void)close(client);
    rig_until_gone(&rig, 1);
    assert_true(rig_logged(&rig, "reason=client-closed"));
    assert_true(rig_logged(&rig, "client_frames=3"));
    rig_stop(&rig);
}

static void a_header_alone_is_not_echoed(void **state)
{
    (void)state;
    static struct rig rig;
    rig_init(&rig);
    rig_start(&rig, &brink_echo_kind);
    int client = rig_connect(&rig);
    rig_send(&rig, client, "\3\0\0", 3);
    rig_expect_silence(&rig, client);
    rig_send(&rig, client, "\0ab", 3);
    rig_expect(&rig, client, "\3\0\0\0ab", 6); /* then cut-through */
    (void)shutdown(client, SHUT_WR);           /* within the frame */
    rig_expect_error(&rig, client, ECONNRESET);
    rig_until_gone(&rig, 1);
    assert_true(rig_logged(&rig, "event=frame-cut"));
    assert_true(rig_logged(&rig, "missing=1"));
    assert_true(rig_logged(&rig, "reason=client-mid-frame"));
    (void)close(client);
    rig_stop(&rig);
}

static void replies_are_flushed_before_the_fin(void **state)
{
    (void)state;
    static struct rig rig;
    enum { PAYLOAD = 1024 * 1024 };
    uint8_t *frame = malloc(PAYLOAD + 4);
    size_t size = rig_frame(frame, PAYLOAD, 'x');
    rig_init(&rig);
    rig_start(&rig, &brink_echo_kind);
    int client = rig_connect(&rig);
    size_t sent = 0;
    while (sent < size) { /* the client reads only when it can send no more */
        ssize_t n = send(client, frame + sent, size - sent, MSG_DONTWAIT);
        if (n > 0) {
            sent += (size_t)n;
            continue;
        }
        uint8_t got[65536];
        rig_turn(&rig);
        n = recv(client, got, sizeof got, MSG_DONTWAIT);
        if (n > 0)
            assert_memory_equal(got + 4, frame + 4, 1);
    }
    (void)shutdown(client, SHUT_WR);
    rig_until_gone(&rig, 0);
    for (;;) {
        uint8_t got[65536];
        rig_turn(&rig);
        ssize_t n = recv(client, got, sizeof got, MSG_DONTWAIT);
        if (n == 0)
            break;
    }
    (void)close(client);
    rig_until_gone(&rig, 1);
    assert_int_equal(brink_counter_read(&rig.service.io.buffers->segments.in_use), 0);
    rig_stop(&rig);
    free(frame);
}

static void steady_echo_makes_no_epoll_ctl(void **state)
{
    (void)state;
    static struct rig rig;
    rig_init(&rig);
    rig_start(&rig, &brink_echo_kind);
    int client = rig_connect(&rig);
    uint8_t frame[20];
    size_t size = rig_frame(frame, 16, 'a');
    rig_send(&rig, client, frame, size);
    rig_expect(&rig, client, frame, size);
    unsigned before = rig.epoll_ctls;
    for (int i = 0; i < 200; i++) {
        rig_send(&rig, client, frame, size);
        rig_expect(&rig, client, frame, size);
    }
    assert_int_equal(rig.epoll_ctls, before);
    (void)close(client);
    rig_until_gone(&rig, 1);
    rig_stop(&rig);
}

static void a_reader_that_stops_bounds_the_queue(void **state)
{
    (void)state;
    static struct rig rig;
    static uint8_t frame[60004];
    rig_init(&rig);
    rig_start(&rig, &brink_echo_kind);
    int client = rig_connect(&rig);
    size_t size = rig_frame(frame, 60000, 'q');
    uint64_t sent = 0;
    uint64_t most = 0;
    for (int i = 0; i < 2000; i++) {
        ssize_t n = send(client, frame + sent % size, size - sent % size, MSG_DONTWAIT);
        sent += n > 0 ? (uint64_t)n : 0;
        rig_turn(&rig);
        uint64_t held = brink_counter_read(&rig.service.io.buffers->segments.in_use);
        most = held > most ? held : most;
    }
    assert_true(most > 0);
    assert_true(most <= 64 * 1024 + BRINK_SCRATCH_SIZE + 2 * BRINK_SEGMENT_SIZE);
    uint8_t got[4096];
    for (uint64_t at = 0; at < sent;) { /* all of it comes, once the reader goes on */
        size_t part = sizeof got - at % sizeof got;
        part = part < sent - at ? part : (size_t)(sent - at);
        rig_receive(&rig, client, got, part);
        for (size_t i = 0; i < part; i++)
            assert_int_equal(got[i], frame[(at + i) % size]);
        at += part;
    }
    (void)close(client);
    rig_until_gone(&rig, 1);
    rig_stop(&rig);
}

/* What the service has read in one turn of what one client sent in pieces of `size` bytes. */
static uint64_t read_in_a_turn(const void *bytes, size_t size, uint64_t *sent)
{
    static struct rig rig;
    rig_init(&rig);
    rig_start(&rig, &brink_echo_kind);
    int client = rig_connect(&rig);
    *sent = 0;
    for (ssize_t n = 1; n > 0; *sent += n > 0 ? (uint64_t)n : 0)
        n = send(client, bytes, size, MSG_DONTWAIT);
    rig_turn(&rig);
    uint64_t taken = brink_counter_read(&rig.service.stats.bytes[BRINK_SIDE_CLIENT]);
    (void)close(client);
    rig_until_gone(&rig, 1);
    rig_stop(&rig);
    return taken;
}

/* A frame is work, however short: who sends empty ones must not keep the others waiting. */
static void many_frames_take_no_more_of_a_turn_than_long_ones(void **state)
{
    (void)state;
    static uint8_t bytes[64 * 1024];
    uint64_t sent;
    uint64_t taken = read_in_a_turn(bytes, sizeof bytes, &sent); /* a frame of four bytes each */
    assert_true(sent > 2 * BRINK_STREAM_BUDGET);
    assert_true(taken > 0 && taken <= BRINK_STREAM_BUDGET / 4);
    (void)rig_frame(bytes, sizeof bytes - 4, 'x');
    taken = read_in_a_turn(bytes, sizeof bytes, &sent);
    assert_true(sent > 2 * BRINK_STREAM_BUDGET);
    assert_true(taken >= BRINK_STREAM_BUDGET / 2);
}

/* One MOD for each wakeup that was handled, and none besides. */
static void a_one_shot_connection_is_armed_once_a_wakeup(void **state)
{
    (void)state;
    static struct rig rig;
    rig_init(&rig);
    rig.options.arming = BRINK_ARM_ONESHOT;
    rig_start(&rig, &brink_echo_kind);
    int client = rig_connect(&rig);
    unsigned before = rig.epoll_ctls;
    for (unsigned i = 1; i <= 5; i++) {
        assert_int_equal(send(client, "\2\0\0\0hi", 6, 0), 6);
        rig_expect(&rig, client, "\2\0\0\0hi", 6);
        rig_turn(&rig);
        assert_int_equal(rig.epoll_ctls - before, i);
    }
    (void)close(client);
    rig_until_gone(&rig, 1);
    rig_stop(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frames_come_back),
        cmocka_unit_test(a_header_alone_is_not_echoed),
        cmocka_unit_test(replies_are_flushed_before_the_fin),
        cmocka_unit_test(steady_echo_makes_no_epoll_ctl),
        cmocka_unit_test(a_reader_that_stops_bounds_the_queue),
        cmocka_unit_test(many_frames_take_no_more_of_a_turn_than_long_ones),
        cmocka_unit_test(a_one_shot_connection_is_armed_once_a_wakeup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
