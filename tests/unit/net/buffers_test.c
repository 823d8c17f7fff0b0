/* What the streams of a worker share. */
#include <errno.h>

#include "support/wire.h"

static struct wire wire;

static void each_thread_has_a_buffer_of_its_own(void **state)
{
    (void)state;
    enum { THREADS = 3 };
    struct brink_buffers buffers;
    struct brink_scratch *leased[THREADS];
    wire_open(&wire, 1 << 20);
    assert_int_equal(brink_buffers_init(&buffers, &wire.loop, THREADS, 1 << 20).err, 0);
    for (int i = 0; i < THREADS; i++) {
        leased[i] = brink_buffers_lease(&buffers);
        memset(leased[i]->bytes, i, BRINK_SCRATCH_SIZE);
    }
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(leased[i]->bytes[0], i);
        assert_int_equal(leased[i]->bytes[BRINK_SCRATCH_SIZE - 1], i);
        brink_buffers_give_back(&buffers, leased[i]);
    }
    brink_buffers_destroy(&buffers);
    wire_close(&wire);
}

/* Fills the budget so that the stream has to wait for it. */
static void starve(struct brink_queue *hog)
{
    static const uint8_t bytes[4 * BRINK_SEGMENT_SIZE];
    struct brink_segments *segments = &wire.io.buffers->segments;
    while (!brink_segments_spent(segments))
        assert_int_equal(brink_queue_append(hog, segments, bytes, sizeof bytes).err, 0);
    wire_peer_send(&wire, "hello", 5);
    for (int i = 0; i < 5; i++)
        wire_turn(&wire);
    assert_int_equal(wire.received, 0);
    assert_true(wire.io.buffers->starved);
}

static void freed_memory_wakes_who_waits_for_it(void **state)
{
    (void)state;
    struct brink_queue hog = {0};
    wire_open(&wire, 1 << 16);
    wire_connect(&wire, AF_INET);
    starve(&hog);
    brink_queue_clear(&hog, &wire.io.buffers->segments);
    brink_buffers_freed(&wire.buffers);
    wire_until_received(&wire, 5);
    wire_close(&wire);
}

/* A stream that reads and finds space sends what is queued on the way. */
static void also_what_leaves_with_new_bytes_frees_memory(void **state)
{
    (void)state;
    static uint8_t bytes[1 << 20];
    wire_open(&wire, 1 << 16);
    wire_connect(&wire, AF_INET);
    while (!brink_segments_spent(&wire.io.buffers->segments))
        assert_int_equal(brink_stream_write(&wire.stream, bytes, 1 << 16).err, 0);
    wire_peer_send(&wire, "hello", 5);
    for (int i = 0; i < 5; i++)
        wire_turn(&wire);
    assert_true(wire.io.buffers->starved);
    while (brink_queue_bytes(&wire.stream.out) > 0) {
        (void)recv(wire.peer, bytes, sizeof bytes, MSG_DONTWAIT);
        wire.stream.source.ready |= BRINK_WRITABLE; /* told together with what there is to read */
        assert_int_equal(brink_stream_write(&wire.stream, "x", 1).err, 0);
    }
    wire_until_received(&wire, 5);
    wire_close(&wire);
}

/* Who frees it has claimed a session and must not wait for another, as that one's owner might. */
static void on_a_shared_loop_it_is_left_to_the_timer(void **state)
{
    (void)state;
    struct brink_queue hog = {0};
    wire_open(&wire, 1 << 16);
    wire_connect(&wire, AF_INET);
    starve(&hog);
    brink_loop_share(&wire.loop);
    assert_true(brink_loop_claim(&wire.loop, &wire.stream.source));
    brink_queue_clear(&hog, &wire.io.buffers->segments);
    brink_buffers_freed(&wire.buffers); /* would wait for ever for the claim */
    brink_loop_release(&wire.loop, &wire.stream.source);
    wire_until_received(&wire, 5);
    wire_close(&wire);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_thread_has_a_buffer_of_its_own),
        cmocka_unit_test(freed_memory_wakes_who_waits_for_it),
        cmocka_unit_test(also_what_leaves_with_new_bytes_frees_memory),
        cmocka_unit_test(on_a_shared_loop_it_is_left_to_the_timer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
