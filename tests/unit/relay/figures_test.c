/* What is measured of frames, replies and pauses. */
#include <string.h>
#include <unistd.h>

#include <sys/socket.h>

#include "support/servers.h"

#include "relay/figures.h"
#include "relay/pair.h"

static struct rig rig;
static struct servers servers;
static int client;
static int upstream;

static void couple(void)
{
    rig_init(&rig);
    rig_stop_clock(&rig);
    servers_init(&servers);
    servers_add(&servers);
    rig.options.high_bytes = 1;
    servers_start(&servers, &rig);
    client = rig_connect(&rig);
    upstream = servers_accept(&servers, &rig, 0);
    rig_turn(&rig);
}

static void part(void)
{
    (void)close(client);
    (void)close(upstream);
    rig_forward(&rig, 2000);
    rig_until_gone(&rig, 1);
    rig_stop(&rig);
    servers_close(&servers);
}

static struct brink_histogram times(const struct brink_time_tally *tally)
{
    struct brink_histogram histogram = {{0}, 0};
    brink_time_tally_read(tally, &histogram);
    return histogram;
}

static struct brink_histogram frame_times(enum brink_side side)
{
    return times(&rig.service.stats.frame_us[side]);
}

static void a_frame_takes_from_its_first_byte_to_its_last(void **state)
{
    (void)state;
    couple();
    rig_send(&rig, client, "\1\0\0\0a", 5); /* at once */
    rig_expect(&rig, upstream, "\1\0\0\0a", 5);
    rig_send(&rig, client, "\2\0", 2);
    rig_forward(&rig, 30);
    rig_send(&rig, client, "\0\0b", 3);
    rig_expect(&rig, upstream, "\2\0\0\0b", 5);
    rig_forward(&rig, 10);
    rig_send(&rig, client, "c\1\0\0\0d", 6); /* and one behind it */
    rig_expect(&rig, upstream, "c\1\0\0\0d", 6);
    struct brink_histogram took = frame_times(BRINK_SIDE_CLIENT);
    assert_int_equal(brink_histogram_total(&took), 3);
    assert_int_equal(took.counts[0], 2);
    assert_in_range(took.sum, 40000 - BRINK_BEGAN_UNIT_US, 40000 + BRINK_BEGAN_UNIT_US);
    took = frame_times(BRINK_SIDE_UPSTREAM);
    assert_int_equal(brink_histogram_total(&took), 0);
    part();
}

static void sizes_are_those_that_headers_say(void **state)
{
    (void)state;
    struct brink_histogram sizes = {{0}, 0};
    couple();
    rig_send(&rig, client, "\1\0\0\0a\144\0\0\0bc", 11);
    rig_expect(&rig, upstream, "\1\0\0\0a\144\0\0\0bc", 11);
    brink_size_tally_read(&rig.service.stats.frame_bytes[BRINK_SIDE_CLIENT], &sizes);
    assert_int_equal(sizes.counts[0], 1);
    assert_int_equal(sizes.counts[2], 1); /* 104 bytes, most of which are still to come */
    assert_int_equal(sizes.sum, 5 + 104);
    part();
}

static void see(void *context, const struct brink_target *target,
                const struct brink_target_figures *its)
{
    (void)target;
    *(struct brink_target_figures *)context = *its;
}

static void one_request_at_a_time_is_waited_for(void **state)
{
    (void)state;
    struct brink_target_figures server;
    couple();
    rig_send(&rig, client, "\1\0\0\0a", 5);
    rig_expect(&rig, upstream, "\1\0\0\0a", 5);
    rig_forward(&rig, 20);
    rig_send(&rig, client, "\1\0\0\0b\1\0\0\0c", 10); /* not looked at */
    rig_expect(&rig, upstream, "\1\0\0\0b\1\0\0\0c", 10);
    rig_forward(&rig, 5);
    rig_send(&rig, upstream, "\1\0\0\0A", 5);
    rig_expect(&rig, client, "\1\0\0\0A", 5);
    struct brink_histogram took = times(&rig.service.stats.reply_us);
    assert_int_equal(brink_histogram_total(&took), 1);
    assert_in_range(took.sum, 25000 - BRINK_ASKED_UNIT_US, 25000 + BRINK_ASKED_UNIT_US);
    rig_send(&rig, client, "\1\0\0\0d", 5); /* while replies to two are owed: the fourth */
    rig_expect(&rig, upstream, "\1\0\0\0d", 5);
    rig_send(&rig, upstream, "\1\0\0\0B\1\0\0\0C", 10);
    rig_expect(&rig, client, "\1\0\0\0B\1\0\0\0C", 10);
    took = times(&rig.service.stats.reply_us);
    assert_int_equal(brink_histogram_total(&took), 1);
    rig_send(&rig, upstream, "\1\0\0\0D", 5);
    rig_expect(&rig, client, "\1\0\0\0D", 5);
    took = times(&rig.service.stats.reply_us);
    assert_int_equal(brink_histogram_total(&took), 2);
    brink_group_each(rig.group, see, &server);
    assert_int_equal(server.replies, 2);
    assert_int_equal(server.reply_us, took.sum);
    assert_int_equal(server.frames[BRINK_SIDE_CLIENT], 4);
    assert_int_equal(server.frames[BRINK_SIDE_UPSTREAM], 4);
    assert_int_equal(server.bytes[BRINK_SIDE_UPSTREAM], 20);
    part();
}

/* Where replies come unasked it cannot be told which is whose. */
static void more_replies_than_requests_are_not_timed(void **state)
{
    (void)state;
    couple();
    rig_send(&rig, upstream, "\1\0\0\0A\1\0\0\0B", 10);
    rig_expect(&rig, client, "\1\0\0\0A\1\0\0\0B", 10);
    rig_send(&rig, client, "\1\0\0\0a", 5);
    rig_expect(&rig, upstream, "\1\0\0\0a", 5);
    rig_send(&rig, upstream, "\1\0\0\0C", 5);
    rig_expect(&rig, client, "\1\0\0\0C", 5);
    struct brink_histogram took = times(&rig.service.stats.reply_us);
    assert_int_equal(brink_histogram_total(&took), 0);
    part();
}

static uint64_t counter(const brink_counter *counters, enum brink_side side)
{
    return brink_counter_read(&counters[side]);
}

/* Sends, without reading at the other end, until the relay does not read the client any more. */
static void fill(void)
{
    static const uint8_t zeros[65536]; /* frames without payload */
    while (counter(rig.service.stats.paused, BRINK_SIDE_CLIENT) == 0) {
        (void)send(client, zeros, sizeof zeros, MSG_DONTWAIT | MSG_NOSIGNAL);
        rig_turn(&rig);
    }
}

static void empty(void)
{
    static uint8_t taken[65536];
    while (counter(rig.service.stats.paused, BRINK_SIDE_CLIENT) > 0) {
        (void)recv(upstream, taken, sizeof taken, MSG_DONTWAIT);
        rig_turn(&rig);
    }
}

static void pauses_and_their_time_are_counted(void **state)
{
    (void)state;
    const struct brink_service_stats *stats = &rig.service.stats;
    couple();
    fill();
    assert_int_equal(counter(stats->pauses, BRINK_SIDE_CLIENT), 1);
    uint64_t before_us = counter(stats->paused_us, BRINK_SIDE_CLIENT);
    rig_forward(&rig, 500);
    brink_figures_settle(&rig.service);
    assert_int_equal(counter(stats->paused_us, BRINK_SIDE_CLIENT), before_us + 500000);
    rig_forward(&rig, 250);
    empty();
    assert_int_equal(counter(stats->paused_us, BRINK_SIDE_CLIENT), before_us + 750000);
    rig_forward(&rig, 1000);
    brink_figures_settle(&rig.service);
    assert_int_equal(counter(stats->paused_us, BRINK_SIDE_CLIENT), before_us + 750000);
    assert_int_equal(counter(stats->pauses, BRINK_SIDE_UPSTREAM), 0);
    assert_int_equal(counter(stats->paused_us, BRINK_SIDE_UPSTREAM), 0);
    part();
}

static void who_is_closed_is_not_paused_any_more(void **state)
{
    (void)state;
    couple();
    fill();
    rig_reset(upstream);
    (void)close(client);
    rig_turn(&rig);
    rig_forward(&rig, 5000);
    rig_until_gone(&rig, 1);
    assert_int_equal(counter(rig.service.stats.paused, BRINK_SIDE_CLIENT), 0);
    rig_stop(&rig);
    servers_close(&servers);
}

static void what_is_cut_and_what_is_bad_is_told_by_cause(void **state)
{
    (void)state;
    const struct brink_service_stats *stats = &rig.service.stats;
    couple();
    rig_send(&rig, upstream, "\5\0\0\0A", 5);
    rig_expect(&rig, client, "\5\0\0\0A", 5);
    rig_send(&rig, client, "\377\377\377\377", 4);
    (void)close(client);
    (void)close(upstream);
    rig_turn(&rig);
    rig_forward(&rig, 5000);
    rig_until_gone(&rig, 1);
    assert_int_equal(
        brink_counter_read(&stats->bad_frames[BRINK_SIDE_CLIENT][BRINK_FRAME_TOO_LARGE]), 1);
    assert_int_equal(brink_counter_read(
                         &stats->frames_cut_by[BRINK_SIDE_UPSTREAM][BRINK_REASON_FRAME_TOO_LARGE]),
                     1);
    rig_stop(&rig);
    servers_close(&servers);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_frame_takes_from_its_first_byte_to_its_last),
        cmocka_unit_test(sizes_are_those_that_headers_say),
        cmocka_unit_test(one_request_at_a_time_is_waited_for),
        cmocka_unit_test(more_replies_than_requests_are_not_timed),
        cmocka_unit_test(pauses_and_their_time_are_counted),
        cmocka_unit_test(who_is_closed_is_not_paused_any_more),
        cmocka_unit_test(what_is_cut_and_what_is_bad_is_told_by_cause),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
