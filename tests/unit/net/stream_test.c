/* Reading and ending: nothing is lost, nothing waits for an edge that will not come. */
#include "support/wire.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

static struct wire wire;
static uint8_t pattern[300000];

static void what_came_is_delivered_before_the_end(void **state)
{
    (void)state;
    wire_open(&wire, 1 << 20);
    wire_connect(&wire, AF_INET);
    wire_peer_send(&wire, pattern, 5000);
    (void)shutdown(wire.peer, SHUT_WR);
    wire_until(&wire, &wire.eofs, 1);
    assert_int_equal(wire.received, 5000);
    assert_memory_equal(wire.bytes, pattern, 5000);
    wire_turn(&wire);
    assert_int_equal(wire.eofs, 1);
    wire_close(&wire);
}

static void what_came_is_delivered_before_a_reset(void **state)
{
    (void)state;
    wire_open(&wire, 1 << 20);
    wire_connect(&wire, AF_INET);
    wire_peer_send(&wire, pattern, 5000);
    wire_until_received(&wire, 5000);
    struct linger at_once = {1, 0};
    assert_int_equal(setsockopt(wire.peer, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once), 0);
    (void)close(wire.peer);
    wire.peer = -1;
    wire_until(&wire, &wire.errors, 1);
    assert_int_equal(wire.error, ECONNRESET);
    assert_int_equal(wire.eofs, 0);
    wire_close(&wire);
}

static void a_budget_spent_is_gone_on_with_and_no_system_call_made(void **state)
{
    (void)state;
    int size = 4 * 1024 * 1024;
    wire_open(&wire, 1 << 20);
    wire_connect(&wire, AF_UNIX);
    (void)setsockopt(wire.peer, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
    wire_turn(&wire);
    unsigned before = wire.epoll_ctls;
    size_t sent = 0;
    for (int i = 0; i < 4; i++) {
        ssize_t n = send(wire.peer, pattern, sizeof pattern, MSG_DONTWAIT);
        sent += n > 0 ? (size_t)n : 0;
    }
    assert_true(sent > BRINK_STREAM_BUDGET);
    wire_turn(&wire);
    assert_true(wire.received >= BRINK_STREAM_BUDGET && wire.received < sent);
    for (int i = 0; i < 20; i++)
        wire_turn(&wire);
    assert_int_equal(wire.received, sent);
    assert_int_equal(wire.epoll_ctls, before);
    wire_close(&wire);
}

static void a_pause_loses_nothing(void **state)
{
    (void)state;
    wire_open(&wire, 1 << 20);
    wire_connect(&wire, AF_INET);
    brink_stream_pause(&wire.stream);
    wire_peer_send(&wire, pattern, 3000);
    (void)shutdown(wire.peer, SHUT_WR);
    for (int i = 0; i < 5; i++)
        wire_turn(&wire);
    assert_int_equal(wire.received + wire.eofs, 0);
    unsigned before = wire.epoll_ctls;
    brink_stream_resume(&wire.stream);
    wire_until(&wire, &wire.eofs, 1);
    assert_int_equal(wire.received, 3000);
    assert_int_equal(wire.epoll_ctls, before);
    wire_close(&wire);
}

static void a_pause_within_a_read_leaves_the_rest_for_later(void **state)
{
    (void)state;
    wire_open(&wire, 1 << 20);
    wire_connect(&wire, AF_UNIX);
    wire.pause_at = 1;
    wire_peer_send(&wire, pattern, 100000);
    for (int i = 0; i < 5; i++)
        wire_turn(&wire);
    assert_int_equal(wire.reads, 1);
    assert_true(wire.received < 100000);
    brink_stream_resume(&wire.stream);
    wire_until_received(&wire, 100000);
    wire_close(&wire);
}

static void urgent_bytes_stay_in_place_and_hold_nothing_up(void **state)
{
    (void)state;
    int on = 1;
    wire_open(&wire, 1 << 20);
    wire_connect(&wire, AF_INET);
    assert_int_equal(setsockopt(wire.stream.source.fd, SOL_SOCKET, SO_OOBINLINE, &on, sizeof on),
                     0);
    brink_stream_pause(&wire.stream);
    wire_peer_send(&wire, "abc", 3);
    assert_int_equal(send(wire.peer, "!", 1, MSG_OOB), 1);
    wire_peer_send(&wire, "def", 3);
    for (int i = 0; i < 5; i++)
        wire_turn(&wire);
    brink_stream_resume(&wire.stream);
    wire_until_received(&wire, 7);
    assert_memory_equal(wire.bytes, "abc!def", 7);
    wire_close(&wire);
}

static void passed_descriptors_hold_nothing_up(void **state)
{
    (void)state;
    char control[CMSG_SPACE(sizeof(int))] = {0};
    char abc[] = "abc";
    struct iovec part = {abc, 3};
    struct msghdr message = {.msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = control,
                             .msg_controllen = sizeof control};
    wire_open(&wire, 1 << 20);
    wire_connect(&wire, AF_UNIX);
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(header), &wire.peer, sizeof(int));
    brink_stream_pause(&wire.stream);
    assert_int_equal(sendmsg(wire.peer, &message, 0), 3);
    wire_peer_send(&wire, "def", 3);
    wire_turn(&wire);
    brink_stream_resume(&wire.stream);
    wire_until_received(&wire, 6);
    assert_memory_equal(wire.bytes, "abcdef", 6);
    wire_close(&wire);
}

static unsigned refusals;

static ssize_t refused_recv(void *kernel, int fd, void *buffer, size_t size)
{
    if (refusals > 0) {
        refusals--;
        return -ENOMEM;
    }
    return brink_sys_linux.ops->recv(kernel, fd, buffer, size);
}

static void without_kernel_memory_it_rests_and_goes_on(void **state)
{
    (void)state;
    wire_open(&wire, 1 << 20);
    wire.ops.recv = refused_recv;
    refusals = 2;
    wire_connect(&wire, AF_INET);
    wire_peer_send(&wire, pattern, 100);
    for (int i = 0; i < 5; i++)
        wire_turn(&wire);
    assert_int_equal(refusals, 1); /* it did not spin */
    wire.forward_ms += 20;
    wire_turn(&wire);
    wire.forward_ms += 20;
    wire_until_received(&wire, 100);
    wire_close(&wire);
}

static void with_the_budget_spent_it_waits_for_memory(void **state)
{
    (void)state;
    static uint8_t held[BRINK_SEGMENT_SIZE];
    struct brink_queue other = {0};
    wire_open(&wire, BRINK_SEGMENT_SIZE);
    wire_connect(&wire, AF_INET);
    assert_int_equal(brink_queue_append(&other, &wire.io.buffers->segments, held, 10).err, 0);
    wire_peer_send(&wire, pattern, 100);
    for (int i = 0; i < 5; i++)
        wire_turn(&wire);
    assert_int_equal(wire.received, 0);
    brink_queue_clear(&other, &wire.io.buffers->segments);
    brink_buffers_freed(&wire.buffers);
    wire_until_received(&wire, 100);
    wire_close(&wire);
}

static void an_end_discards_what_comes_until_the_peers(void **state)
{
    (void)state;
    uint8_t byte;
    wire_open(&wire, 1 << 20);
    wire_connect(&wire, AF_INET);
    brink_stream_end(&wire.stream, BRINK_END_FIN);
    wire_turn(&wire);
    wire_peer_send(&wire, pattern, 5000);
    for (int i = 0; i < 5; i++)
        wire_turn(&wire);
    assert_int_equal(wire_peer_receive(&wire, &byte, 1), 0);
    assert_false(wire.gone);
    (void)shutdown(wire.peer, SHUT_WR);
    for (int i = 0; i < 1000 && !wire.gone; i++)
        assert_int_equal(brink_loop_turn(&wire.loop, 1).err, 0);
    assert_true(wire.gone);
    assert_int_equal(wire.received + wire.eofs, 0);
    wire_close(&wire);
}

int main(void)
{
    for (size_t i = 0; i < sizeof pattern; i++)
        pattern[i] = (uint8_t)(i * 7 + i / 256);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_came_is_delivered_before_the_end),
        cmocka_unit_test(what_came_is_delivered_before_a_reset),
        cmocka_unit_test(a_budget_spent_is_gone_on_with_and_no_system_call_made),
        cmocka_unit_test(a_pause_loses_nothing),
        cmocka_unit_test(a_pause_within_a_read_leaves_the_rest_for_later),
        cmocka_unit_test(urgent_bytes_stay_in_place_and_hold_nothing_up),
        cmocka_unit_test(passed_descriptors_hold_nothing_up),
        cmocka_unit_test(without_kernel_memory_it_rests_and_goes_on),
        cmocka_unit_test(with_the_budget_spent_it_waits_for_memory),
        cmocka_unit_test(an_end_discards_what_comes_until_the_peers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
