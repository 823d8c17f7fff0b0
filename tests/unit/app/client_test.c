/* Exchanges with peers that answer well, wrongly, or not at all. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>

#include "app/client.h"
#include "app/request.h"
#include "unit/app/peer.h"

enum { PATIENCE_MS = 20000 };

struct fixture {
    struct peer peer;
    struct brink_spec spec;
    struct brink_client client;
    int cancel_fds[2];
};

static uint64_t soon(const struct fixture *fixture)
{
    return brink_client_now_ms(&fixture->client) + PATIENCE_MS;
}

static void start(struct fixture *fixture, enum peer_manner manner)
{
    peer_start(&fixture->peer, manner);
    brink_spec_default(&fixture->spec);
    assert_int_equal(pipe(fixture->cancel_fds), 0);
    assert_false(brink_failed(brink_client_open(&fixture->client, &brink_sys_linux,
                                                &fixture->spec.request, fixture->cancel_fds[0])));
    assert_false(brink_client_connected(&fixture->client));
    assert_false(brink_failed(
        brink_client_connect(&fixture->client, &fixture->peer.address, soon(fixture))));
    assert_true(brink_client_connected(&fixture->client));
}

static void stop(struct fixture *fixture)
{
    brink_client_close(&fixture->client);
    (void)close(fixture->cancel_fds[0]);
    (void)close(fixture->cancel_fds[1]);
    peer_stop(&fixture->peer);
}

/* A frame of `payload` bytes there and back; whether it came back the same in *same. */
static brink_result exchange(struct fixture *fixture, size_t payload, uint64_t deadline_ms,
                             bool *same)
{
    size_t room = brink_request_room(&fixture->spec.request, payload);
    uint8_t *request = malloc(room);
    uint8_t *reply = calloc(1, room);
    size_t length;
    size_t replied;
    assert_false(brink_failed(
        brink_request_fill(&fixture->spec.request, false, payload, payload, request, &length)));
    brink_result result =
        brink_client_exchange(&fixture->client, request, length, reply, &replied, deadline_ms);
    *same = replied == length && memcmp(request, reply, length) == 0;
    free(request);
    free(reply);
    return result;
}

static void test_frames_of_all_sizes_come_back(void **state)
{
    (void)state;
    static const size_t payloads[] = {0, 1, 100, 65536, 8 * 1024 * 1024};
    struct fixture fixture;
    start(&fixture, PEER_ECHOES);
    for (size_t i = 0; i < sizeof payloads / sizeof payloads[0]; i++) {
        bool same;
        assert_int_equal(exchange(&fixture, payloads[i], soon(&fixture), &same).err, 0);
        assert_true(same);
    }
    stop(&fixture);
}

static void test_raw_bytes_come_back(void **state)
{
    (void)state;
    struct fixture fixture;
    bool same;
    struct brink_message why;
    start(&fixture, PEER_ECHOES);
    assert_false(brink_failed(brink_spec_parse(&fixture.spec, "raw", 0, &why)));
    brink_client_disconnect(&fixture.client);
    assert_false(
        brink_failed(brink_client_connect(&fixture.client, &fixture.peer.address, soon(&fixture))));
    assert_int_equal(exchange(&fixture, 0, soon(&fixture), &same).err, 0);
    assert_int_equal(exchange(&fixture, 100000, soon(&fixture), &same).err, 0);
    assert_true(same);
    stop(&fixture);
}

static void test_changed_byte_is_seen(void **state)
{
    (void)state;
    struct fixture fixture;
    bool same;
    start(&fixture, PEER_DIFFERS);
    assert_int_equal(exchange(&fixture, 100, soon(&fixture), &same).err, 0);
    assert_false(same);
    stop(&fixture);
}

static void test_changed_length_is_longer_than_what_was_sent(void **state)
{
    (void)state;
    struct fixture fixture;
    bool same;
    start(&fixture, PEER_DIFFERS);
    /* The header's last byte comes back as 1: a frame of 16 MiB and more, which is not allowed. */
    assert_int_equal(exchange(&fixture, 0, soon(&fixture), &same).err, EPROTO);
    stop(&fixture);
}

static void test_silence_times_out(void **state)
{
    (void)state;
    struct fixture fixture;
    bool same;
    start(&fixture, PEER_IS_SILENT);
    uint64_t now_ms = brink_client_now_ms(&fixture.client);
    assert_int_equal(exchange(&fixture, 10, now_ms + 20, &same).err, ETIMEDOUT);
    assert_true(brink_client_now_ms(&fixture.client) >= now_ms + 20);
    assert_int_equal(exchange(&fixture, 10, now_ms, &same).err, ETIMEDOUT); /* over already */
    stop(&fixture);
}

static void test_close_is_told(void **state)
{
    (void)state;
    struct fixture fixture;
    bool same;
    start(&fixture, PEER_CLOSES);
    assert_int_equal(exchange(&fixture, 10, soon(&fixture), &same).err, ECONNABORTED);
    stop(&fixture);
}

static void test_cancel_ends_exchange_and_rest(void **state)
{
    (void)state;
    struct fixture fixture;
    bool same;
    start(&fixture, PEER_IS_SILENT);
    assert_int_equal(brink_client_rest(&fixture.client, 0).err, 0);
    assert_int_equal(write(fixture.cancel_fds[1], "!", 1), 1);
    assert_int_equal(exchange(&fixture, 10, soon(&fixture), &same).err, ECANCELED);
    assert_int_equal(brink_client_rest(&fixture.client, soon(&fixture)).err, ECANCELED);
    stop(&fixture);
}

static void test_rest_lasts_until_then(void **state)
{
    (void)state;
    struct fixture fixture;
    start(&fixture, PEER_ECHOES);
    uint64_t until_ms = brink_client_now_ms(&fixture.client) + 20;
    assert_int_equal(brink_client_rest(&fixture.client, until_ms).err, 0);
    assert_true(brink_client_now_ms(&fixture.client) >= until_ms);
    stop(&fixture);
}

static void test_refused_connection(void **state)
{
    (void)state;
    struct fixture fixture;
    start(&fixture, PEER_ECHOES);
    brink_client_disconnect(&fixture.client);
    peer_stop(&fixture.peer); /* nobody listens there now */
    assert_int_equal(
        brink_client_connect(&fixture.client, &fixture.peer.address, soon(&fixture)).err,
        ECONNREFUSED);
    assert_false(brink_client_connected(&fixture.client));
    brink_client_close(&fixture.client);
    (void)close(fixture.cancel_fds[0]);
    (void)close(fixture.cancel_fds[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_frames_of_all_sizes_come_back),
        cmocka_unit_test(test_raw_bytes_come_back),
        cmocka_unit_test(test_changed_byte_is_seen),
        cmocka_unit_test(test_changed_length_is_longer_than_what_was_sent),
        cmocka_unit_test(test_silence_times_out),
        cmocka_unit_test(test_close_is_told),
        cmocka_unit_test(test_cancel_ends_exchange_and_rest),
        cmocka_unit_test(test_rest_lasts_until_then),
        cmocka_unit_test(test_refused_connection),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
