/* ping against peers in this process: what it prints and how it exits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "app/ping/ping.h"
#include "unit/app/capture.h"
#include "unit/app/peer.h"

/* Runs "brink ping ADDRESS WORD...", the words parted by spaces. */
static enum brink_exit ping(const char *address, const char *words, struct capture *capture)
{
    static char text[256];
    static char name[] = "brink ping";
    char *argv[16] = {name};
    char *rest = text;
    int argc = 1;
    (void)snprintf(text, sizeof text, "%s %s", address, words);
    for (char *word = strsep(&rest, " "); word != NULL && *word != '\0'; word = strsep(&rest, " "))
        argv[argc++] = word;
    capture_begin(capture);
    enum brink_exit status = brink_ping(argc, argv);
    capture_end(capture);
    return status;
}

static void test_replies_are_told_and_summed_up(void **state)
{
    (void)state;
    struct peer peer;
    struct capture capture;
    peer_start(&peer, PEER_ECHOES);
    assert_int_equal(ping(peer.text, "-c 3 -i 1ms", &capture), BRINK_EXIT_OK);
    peer_stop(&peer);
    assert_has(capture.out, "PING 127.0.0.1:");
    assert_has(capture.out, "56 bytes of payload, 60 on the wire");
    assert_has(capture.out, "60 bytes from 127.0.0.1:");
    assert_has(capture.out, "seq=3 time=");
    assert_has(capture.out, "3 frames sent, 3 received, 0% lost");
    assert_has(capture.out, "rtt min/avg/max/mdev = ");
    assert_string_equal(capture.err, "");
    assert_int_equal(peer.accepted, 1);
}

static void test_sizes(void **state)
{
    (void)state;
    static const char *const words[] = {"-c 2 -i 1ms -s 0", "-c 2 -i 1ms -s 4MiB",
                                        "-c 2 -i 1ms -f raw -s 1000", "-c 2 -i 1ms -f u16be"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        struct peer peer;
        struct capture capture;
        peer_start(&peer, PEER_ECHOES);
        assert_int_equal(ping(peer.text, words[i], &capture), BRINK_EXIT_OK);
        peer_stop(&peer);
    }
}

static void test_different_reply_is_told(void **state)
{
    (void)state;
    struct peer peer;
    struct capture capture;
    peer_start(&peer, PEER_DIFFERS);
    assert_int_equal(ping(peer.text, "-c 1 -s 10", &capture), BRINK_EXIT_FAILURE);
    peer_stop(&peer);
    assert_has(capture.out, "DIFFERS at byte 13 (14 were sent)");
    assert_has(capture.out, "1 received, 1 DIFFERENT, 0% lost");
}

static void test_lost_frames_are_told_and_a_new_connection_is_made(void **state)
{
    (void)state;
    struct peer peer;
    struct capture capture;
    peer_start(&peer, PEER_IS_SILENT);
    assert_int_equal(ping(peer.text, "-c 2 -i 1ms -W 5ms", &capture), BRINK_EXIT_FAILURE);
    peer_stop(&peer);
    assert_has(capture.out, "seq=2 lost: no reply in time");
    assert_has(capture.out, "2 frames sent, 0 received, 100% lost");
    assert_int_equal(peer.accepted, 2);
}

static void test_close_is_told(void **state)
{
    (void)state;
    struct peer peer;
    struct capture capture;
    peer_start(&peer, PEER_CLOSES);
    assert_int_equal(ping(peer.text, "-c 1", &capture), BRINK_EXIT_FAILURE);
    peer_stop(&peer);
    assert_has(capture.out, "lost: the peer closed the connection");
}

static void test_nobody_there(void **state)
{
    (void)state;
    struct peer peer;
    struct capture capture;
    peer_start(&peer, PEER_ECHOES);
    peer_stop(&peer); /* the port is free again */
    assert_int_equal(ping(peer.text, "-c 1", &capture), BRINK_EXIT_FAILURE);
    assert_has(capture.out, "seq=1 lost: Connection refused");
}

static void test_size_that_no_frame_has(void **state)
{
    (void)state;
    struct capture capture;
    assert_int_equal(ping("127.0.0.1:1", "-f u8 -s 256", &capture), BRINK_EXIT_USAGE);
    assert_has(capture.err, "brink ping: --size: u8 has no frame with a payload of 256 bytes");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_replies_are_told_and_summed_up),
        cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_different_reply_is_told),
        cmocka_unit_test(test_lost_frames_are_told_and_a_new_connection_is_made),
        cmocka_unit_test(test_close_is_told),
        cmocka_unit_test(test_nobody_there),
        cmocka_unit_test(test_size_that_no_frame_has),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
