/* The command against peers in this process: what it prints and how it exits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "app/load/load.h"
#include "unit/app/capture.h"
#include "unit/app/peer.h"

/* Runs "brink load ADDRESS WORD...", the words parted by spaces. */
static enum brink_exit load(const char *address, const char *words, struct capture *capture)
{
    static char text[256];
    static char name[] = "brink load";
    char *argv[32] = {name};
    char *rest = text;
    int argc = 1;
    (void)snprintf(text, sizeof text, "%s %s", address, words);
    for (char *word = strsep(&rest, " "); word != NULL && *word != '\0'; word = strsep(&rest, " "))
        argv[argc++] = word;
    capture_begin(capture);
    enum brink_exit status = brink_load(argc, argv);
    capture_end(capture);
    return status;
}

static enum brink_exit load_peer(enum peer_manner manner, const char *words,
                                 struct capture *capture)
{
    struct peer peer;
    peer_start(&peer, manner);
    enum brink_exit status = load(peer.text, words, capture);
    peer_stop(&peer);
    return status;
}

static void test_table(void **state)
{
    (void)state;
    struct capture capture;
    assert_int_equal(load_peer(PEER_ECHOES, "-n 1000 -p 4 --verify", &capture), BRINK_EXIT_OK);
    assert_has(capture.out, "8 connections, 4 frames in flight on each, 1000 frames\n");
    assert_has(capture.out, "frames       1000 there and back");
    assert_has(capture.out, "different    0\n");
    assert_has(capture.out, "p99.99 ");
    assert_has(capture.out, "####");
    assert_string_equal(capture.err, ""); /* no terminal, no line that changes */
}

static void test_json(void **state)
{
    (void)state;
    struct capture capture;
    assert_int_equal(
        load_peer(PEER_ECHOES, "-n 500 -c 3 -t 2 -s 1..100:3,2KiB --idle 2 --json", &capture),
        BRINK_EXIT_OK);
    static const char ready[] = "{\"event\":\"ready\",\"connections\":3,\"idle\":2}\n";
    assert_memory_equal(capture.out, ready, sizeof ready - 1);
    assert_has(capture.out, "{\"event\":\"result\",\"frames\":500,");
    assert_has(capture.out, "\"opened\":5,\"errors\":0,\"different\":0,\"unanswered\":0,");
    assert_string_equal(capture.err, "");
}

static void test_one_way(void **state)
{
    (void)state;
    struct capture capture;
    assert_int_equal(load_peer(PEER_IS_SILENT, "-n 5000 --one-way", &capture), BRINK_EXIT_OK);
    assert_has(capture.out, "frames       5000 sent in");
}

static void test_changed_bytes_fail(void **state)
{
    (void)state;
    struct capture capture;
    assert_int_equal(load_peer(PEER_DIFFERS, "-n 10 -c 1 --verify", &capture), BRINK_EXIT_FAILURE);
    assert_has(capture.out, "different    10\n");
}

static void test_none_can_be_opened(void **state)
{
    (void)state;
    struct capture capture;
    struct peer peer;
    assert_int_equal(load_peer(PEER_CLOSES, "-c 2", &capture), BRINK_EXIT_FAILURE);
    assert_has(capture.err, "brink load: cannot open 2 connections to 127.0.0.1:");
    assert_has(capture.err, "the first frame: ");
    assert_int_equal(load_peer(PEER_IS_SILENT, "-c 2 --timeout 30ms", &capture),
                     BRINK_EXIT_FAILURE);
    assert_has(capture.err, "the first frame: no reply in time; --one-way is for");
    peer_start(&peer, PEER_ECHOES);
    peer_stop(&peer); /* the port is free again */
    assert_int_equal(load(peer.text, "-c 2", &capture), BRINK_EXIT_FAILURE);
    assert_has(capture.err, ": connecting: Connection refused\n");
}

static void test_wrong_command_lines(void **state)
{
    (void)state;
    struct capture capture;
    assert_int_equal(load("127.0.0.1:1", "-f u8 -s 256", &capture), BRINK_EXIT_USAGE);
    assert_has(capture.err, "brink load: --size: there is no frame with a payload of 256 bytes");
    assert_int_equal(load("127.0.0.1:1", "-c 1000000 --idle 1000000", &capture),
                     BRINK_EXIT_FAILURE);
    assert_has(capture.err, "2000000 connections need ");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table),
        cmocka_unit_test(test_json),
        cmocka_unit_test(test_one_way),
        cmocka_unit_test(test_changed_bytes_fail),
        cmocka_unit_test(test_none_can_be_opened),
        cmocka_unit_test(test_wrong_command_lines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
