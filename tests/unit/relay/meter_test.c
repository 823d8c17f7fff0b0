/* Clients are read as fast as their rates allow, and no faster. */
#include <string.h>
#include <unistd.h>

#include <sys/socket.h>

#include "support/rig.h"

#include "relay/echo.h"
#include "relay/endpoint.h"
#include "relay/pair.h"

enum { TICK_MS = 10 };

static struct rig rig;
static struct brink_paces paces;
static uint8_t bytes[64 * 1024];

static void start(const struct brink_service_kind *kind)
{
    rig_start(&rig, kind);
    rig_stop_clock(&rig);
}

static uint64_t bytes_in(void)
{
    return brink_counter_read(&rig.service.stats.bytes[BRINK_SIDE_CLIENT]);
}

static uint64_t frames_in(void)
{
    return brink_counter_read(&rig.service.stats.frames[BRINK_SIDE_CLIENT]);
}

static void turn_some(void)
{
    for (int i = 0; i < 20; i++)
        rig_turn(&rig);
}

/* In small steps, as time passes. */
static void pass(uint64_t ms)
{
    for (uint64_t passed = 0; passed < ms; passed += TICK_MS)
        rig_forward(&rig, TICK_MS);
}

/* All that goes into the socket's buffer. */
static void fill(int fd, const void *data, size_t length)
{
    assert_int_equal(send(fd, data, length, MSG_DONTWAIT | MSG_NOSIGNAL), (ssize_t)length);
}

static void end(int client)
{
    (void)close(client);
    pass(1000); /* that it ends is not read before it may be */
    rig_until_gone(&rig, 1);
    rig_stop(&rig);
}

static void bytes_come_at_their_rate(void **state)
{
    (void)state;
    rig_init(&rig);
    rig.options.rates.client_bytes = (struct brink_rate){.per_second = 10000, .burst = 5000};
    start(&brink_echo_kind);
    int client = rig_connect(&rig);
    size_t size = rig_frame(bytes, 40000, 'x');
    fill(client, bytes, size);
    turn_some();
    assert_in_range(bytes_in(), 5000, 5000 + 312); /* the burst, and a part of a second's worth */
    for (unsigned second = 1; second <= 3; second++) {
        pass(500);
        assert_in_range(bytes_in(), 10000 * second - 200, 10000 * second + 512);
        pass(500);
        assert_in_range(bytes_in(), 5000 + 10000 * second - 200, 5000 + 10000 * second + 512);
    }
    assert_in_range(brink_counter_read(&rig.service.stats.slowed), 50, 200);
    pass(1000);
    rig_expect(&rig, client, bytes, size);
    end(client);
}

static void frames_come_at_their_rate(void **state)
{
    (void)state;
    rig_init(&rig);
    rig.options.rates.client_frames = (struct brink_rate){.per_second = 100, .burst = 10};
    start(&brink_echo_kind);
    int client = rig_connect(&rig);
    size_t size = 0;
    for (unsigned i = 0; i < 400; i++)
        size += rig_frame(bytes + size, i % 7, (uint8_t)i);
    fill(client, bytes, size);
    turn_some();
    assert_in_range(frames_in(), 10, 10 + 4);
    for (unsigned second = 1; second <= 3; second++) {
        pass(1000);
        assert_in_range(frames_in(), 100 * second + 5, 100 * second + 14);
    }
    pass(1000);
    rig_expect(&rig, client, bytes, size);
    assert_int_equal(frames_in(), 400);
    end(client);
}

/* They take from the frames' rate when they end, however many bytes they have. */
static void large_frames_pass_within_a_rate_of_frames(void **state)
{
    (void)state;
    rig_init(&rig);
    rig.options.rates.client_frames = (struct brink_rate){.per_second = 10, .burst = 2};
    start(&brink_echo_kind);
    int client = rig_connect(&rig);
    size_t size = rig_frame(bytes, 30000, 'x');
    size += rig_frame(bytes + size, 30000, 'y');
    rig_send(&rig, client, bytes, size);
    rig_expect(&rig, client, bytes, size);
    end(client);
}

static void who_is_within_the_rate_is_not_slowed(void **state)
{
    (void)state;
    rig_init(&rig);
    rig.options.rates.client_bytes = (struct brink_rate){.per_second = 1000, .burst = 100};
    rig.options.rates.client_frames = (struct brink_rate){.per_second = 20, .burst = 2};
    start(&brink_echo_kind);
    int client = rig_connect(&rig);
    for (unsigned i = 0; i < 100; i++) {
        size_t size = rig_frame(bytes, 20, (uint8_t)i);
        rig_send(&rig, client, bytes, size);
        rig_expect(&rig, client, bytes, size);
        rig_forward(&rig, 50);
    }
    assert_int_equal(brink_counter_read(&rig.service.stats.slowed), 0);
    end(client);
}

static void who_goes_beyond_the_rate_is_closed_where_it_says_so(void **state)
{
    (void)state;
    static const struct brink_rates rates[] = {
        {.client_bytes = {.per_second = 10, .burst = 100}, .over_rate = BRINK_OVER_RATE_CLOSE},
        {.client_frames = {.per_second = 1, .burst = 10}, .over_rate = BRINK_OVER_RATE_CLOSE}};
    for (size_t i = 0; i < 2; i++) {
        rig_init(&rig);
        rig.options.rates = rates[i];
        start(&brink_echo_kind);
        int client = rig_connect(&rig);
        for (unsigned frame = 0; frame < 10; frame++) { /* the burst, to its last token */
            size_t size = rig_frame(bytes, 6, 'x');
            rig_send(&rig, client, bytes, size);
            rig_expect(&rig, client, bytes, size);
        }
        rig_forward(&rig, 900); /* a frame's worth comes in a second */
        rig_send(&rig, client, bytes, 10);
        rig_expect(&rig, client, bytes, 10);
        rig_expect_end(&rig, client);
        end(client);
        assert_true(rig_logged(&rig, "reason=over-rate side=client"));
        assert_int_equal(brink_counter_read(&rig.service.stats.closed[BRINK_REASON_OVER_RATE]), 1);
    }
}

/* Both get their part, and together no more than the rate. */
static void clients_share_what_is_for_all(void **state)
{
    (void)state;
    enum { CLIENTS = 4 };
    rig_init(&rig);
    paces = (struct brink_paces){0};
    rig.options.rates.paces = &paces;
    rig.options.rates.bytes = (struct brink_rate){.per_second = 20000, .burst = 1000};
    rig.options.rates.over_rate = BRINK_OVER_RATE_CLOSE; /* of those who go beyond their own */
    start(&brink_echo_kind);
    int clients[CLIENTS];
    size_t size = rig_frame(bytes, 30000, 'x');
    for (unsigned i = 0; i < CLIENTS; i++) {
        clients[i] = rig_connect(&rig);
        fill(clients[i], bytes, size);
    }
    pass(2000);
    assert_in_range(bytes_in(), 40000, 41000 + CLIENTS * 625);
    for (unsigned i = 0; i < CLIENTS; i++) {
        ssize_t got = recv(clients[i], bytes, sizeof bytes, MSG_DONTWAIT);
        assert_in_range(got, 40000 / CLIENTS - 2000, 40000 / CLIENTS + 2000);
        (void)close(clients[i]);
    }
    pass(5000); /* each is read to its end, or to what could not be sent back */
    rig_until_gone(&rig, CLIENTS);
    rig_stop(&rig);
}

static void frames_are_counted_for_all_together(void **state)
{
    (void)state;
    rig_init(&rig);
    paces = (struct brink_paces){0};
    rig.options.rates.paces = &paces;
    rig.options.rates.frames = (struct brink_rate){.per_second = 100, .burst = 1};
    start(&brink_echo_kind);
    int first = rig_connect(&rig);
    int second = rig_connect(&rig);
    size_t size = 0;
    for (unsigned i = 0; i < 200; i++)
        size += rig_frame(bytes + size, 3, 'x');
    fill(first, bytes, size);
    fill(second, bytes, size);
    pass(1000);
    assert_in_range(frames_in(), 95, 110);
    pass(1000);
    assert_in_range(frames_in(), 195, 210);
    (void)close(first);
    (void)close(second);
    pass(3000);
    rig_until_gone(&rig, 2);
    rig_stop(&rig);
}

/* One has used up the rate of all for half a second; then another comes. */
static int come_late(void)
{
    rig_init(&rig);
    rig_listen_upstream(&rig);
    paces = (struct brink_paces){0};
    rig.options.rates.paces = &paces;
    rig.options.rates.frames = (struct brink_rate){.per_second = 2, .burst = 1};
    rig.options.first_frame_ms = 300;
    rig.options.idle_ms = 2000;
    start(&brink_pair_kind);
    int first = rig_connect(&rig);
    fill(first, "\1\0\0\0x", 5);
    turn_some();
    (void)close(first);
    int second = rig_connect(&rig);
    turn_some();
    return second;
}

/* Else a new connection would be good for one more frame. Its time for the first one begins when it
 * is read. */
static void who_comes_while_all_wait_waits_as_well(void **state)
{
    (void)state;
    int second = come_late();
    fill(second, "\1\0\0\0x", 5);
    pass(450);
    assert_int_equal(frames_in(), 1);
    pass(100);
    assert_int_equal(frames_in(), 2);
    (void)close(second);
    pass(8000);
    rig_stop(&rig);
    second = come_late();
    pass(750);
    rig_expect_silence(&rig, second);
    pass(100);
    rig_expect_end(&rig, second);
    (void)close(second);
    pass(8000);
    rig_stop(&rig);
}

/* Whom we do not read is neither idle nor slow. */
static void waiting_for_its_rate_is_not_being_idle(void **state)
{
    (void)state;
    rig_init(&rig);
    rig.options.rates.client_bytes = (struct brink_rate){.per_second = 10, .burst = 1};
    rig.options.idle_ms = 80;
    start(&brink_echo_kind);
    int client = rig_connect(&rig);
    size_t size = rig_frame(bytes, 30, 'x');
    fill(client, bytes, size);
    pass(4000);
    rig_expect(&rig, client, bytes, size);
    assert_int_equal(rig.gone, 0);
    pass(200);
    rig_expect_end(&rig, client); /* now it is idle */
    end(client);
    assert_true(rig_logged(&rig, "reason=idle-timeout"));
}

static void waiting_for_its_rate_is_not_being_slow(void **state)
{
    (void)state;
    rig_init(&rig);
    rig.options.rates.client_bytes = (struct brink_rate){.per_second = 10, .burst = 1};
    rig.options.frame_ms = 299; /* over just when a byte may be read again */
    start(&brink_echo_kind);
    int client = rig_connect(&rig);
    size_t size = rig_frame(bytes, 30, 'x');
    fill(client, bytes, size);
    fill(client, bytes, 3);
    pass(4000);
    rig_expect(&rig, client, bytes, size);
    assert_int_equal(rig.gone, 0);
    pass(600);
    rig_expect_end(&rig, client); /* now it is: the next frame does not go on */
    end(client);
    assert_true(rig_logged(&rig, "reason=frame-timeout"));
}

static void replies_come_meanwhile(void **state)
{
    (void)state;
    rig_init(&rig);
    rig.options.rates.client_bytes = (struct brink_rate){.per_second = 10, .burst = 4};
    rig_listen_upstream(&rig);
    start(&brink_pair_kind);
    int client = rig_connect(&rig);
    int upstream = rig_accept_upstream(&rig);
    turn_some();
    fill(client, "\4\0\0\0abcd", 8);
    turn_some();
    rig_expect(&rig, upstream, "\4\0\0\0", 4);
    rig_expect_silence(&rig, upstream);
    size_t size = rig_frame(bytes, 5000, 'r');
    rig_send(&rig, upstream, bytes, size);
    rig_expect(&rig, client, bytes, size);
    pass(400);
    rig_expect(&rig, upstream, "abcd", 4);
    (void)close(upstream);
    end(client);
}

static unsigned frames_got;

static void count_frame(struct brink_stream *stream, const struct brink_frame *frame, void *context)
{
    (void)stream;
    (void)frame;
    (void)context;
    frames_got++;
}

static void an_application_gets_frames_at_their_rate(void **state)
{
    (void)state;
    static const struct brink_stream_handler handler = {.on_frame = count_frame};
    rig_init(&rig);
    rig.options.handler = &handler;
    rig.options.rates.client_frames = (struct brink_rate){.per_second = 50, .burst = 5};
    start(&brink_endpoint_kind);
    int client = rig_connect(&rig);
    size_t size = 0;
    frames_got = 0;
    for (unsigned i = 0; i < 100; i++)
        size += rig_frame(bytes + size, 8, 'x');
    fill(client, bytes, size);
    turn_some();
    assert_in_range(frames_got, 5, 7);
    pass(1000);
    assert_in_range(frames_got, 53, 57);
    pass(1000);
    assert_int_equal(frames_got, 100);
    end(client);
}

/* Only where there are rates does a session have a meter. */
static void without_rates_nothing_is_kept(void **state)
{
    (void)state;
    rig_init(&rig);
    start(&brink_echo_kind);
    assert_int_equal(rig.service.sessions.object_size, brink_echo_kind.session_size);
    assert_null(rig.service.io.read_limit);
    rig_stop(&rig);
    rig_init(&rig);
    rig.options.rates.client_frames.per_second = 1;
    start(&brink_echo_kind);
    assert_int_equal(rig.service.sessions.object_size,
                     brink_echo_kind.session_size + sizeof(struct brink_meter));
    rig_stop(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_come_at_their_rate),
        cmocka_unit_test(frames_come_at_their_rate),
        cmocka_unit_test(large_frames_pass_within_a_rate_of_frames),
        cmocka_unit_test(who_is_within_the_rate_is_not_slowed),
        cmocka_unit_test(who_goes_beyond_the_rate_is_closed_where_it_says_so),
        cmocka_unit_test(clients_share_what_is_for_all),
        cmocka_unit_test(frames_are_counted_for_all_together),
        cmocka_unit_test(who_comes_while_all_wait_waits_as_well),
        cmocka_unit_test(waiting_for_its_rate_is_not_being_idle),
        cmocka_unit_test(waiting_for_its_rate_is_not_being_slow),
        cmocka_unit_test(replies_come_meanwhile),
        cmocka_unit_test(an_application_gets_frames_at_their_rate),
        cmocka_unit_test(without_rates_nothing_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
