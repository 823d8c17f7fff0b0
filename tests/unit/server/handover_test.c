/* One server hands over to another: clients at work notice nothing; and who cannot is told why. */
#include "by_hand.h"
#include "support/stream_load.h"

enum { CLIENTS = 12 };

static void connect_all(const struct brink_server *server, int fds[CLIENTS])
{
    for (unsigned i = 0; i < CLIENTS; i++)
        fds[i] = served_connect(server);
}

static void hands_over(struct brink_server_options before, struct brink_server_options after)
{
    static struct stream_load load;
    int fds[CLIENTS];
    uint64_t bytes;
    struct brink_server_stats former;
    struct brink_server_stats young;
    struct brink_server *server = served_start(&before);
    connect_all(server, fds);
    stream_load_start(&load, fds, CLIENTS);
    stream_load_go_on(&load, 5 * CLIENTS);
    server = succeed(server, &after, &former);
    stream_load_go_on(&load, 5 * CLIENTS);
    uint64_t frames = stream_load_stop(&load, &bytes);
    int late = served_connect(server);
    served_echo(late, "late");
    (void)close(late);
    brink_server_stop(server, 10000);
    assert_true(brink_server_wait(server));
    brink_server_stats(server, &young);
    brink_server_free(server);
    assert_int_equal(former.handed_over, CLIENTS);
    assert_int_equal(closed(&former), CLIENTS);
    assert_int_equal(former.accepted, CLIENTS);
    assert_int_equal(young.taken_over, CLIENTS);
    assert_int_equal(young.accepted, 1);
    assert_int_equal(closed(&young), CLIENTS + 1);
    assert_int_equal(former.frames[BRINK_SIDE_CLIENT] + young.frames[BRINK_SIDE_CLIENT],
                     frames + 1);
    assert_int_equal(former.bytes[BRINK_SIDE_CLIENT] + young.bytes[BRINK_SIDE_CLIENT], bytes + 8);
    assert_int_equal(former.clients + young.clients, 0);
    assert_int_equal(former.frames_cut[0] + former.frames_cut[1] + former.drain_cut, 0);
}

static void clients_at_work_notice_nothing(void **state)
{
    (void)state;
    static const enum brink_server_service services[] = {BRINK_SERVICE_ECHO, BRINK_SERVICE_RELAY};
    for (int i = 0; i < 2; i++) {
        hands_over(options_of(services[i], BRINK_DISPATCH_SHARDED, 2),
                   options_of(services[i], BRINK_DISPATCH_SHARDED, 2));
        hands_over(options_of(services[i], BRINK_DISPATCH_SHARED, 3),
                   options_of(services[i], BRINK_DISPATCH_SHARED, 3));
    }
}

static void workers_and_dispatch_may_differ(void **state)
{
    (void)state;
    hands_over(options_of(BRINK_SERVICE_RELAY, BRINK_DISPATCH_SHARDED, 1),
               options_of(BRINK_SERVICE_RELAY, BRINK_DISPATCH_SHARDED, 3));
    hands_over(options_of(BRINK_SERVICE_RELAY, BRINK_DISPATCH_SHARDED, 4),
               options_of(BRINK_SERVICE_RELAY, BRINK_DISPATCH_SHARDED, 1));
    hands_over(options_of(BRINK_SERVICE_RELAY, BRINK_DISPATCH_SHARDED, 2),
               options_of(BRINK_SERVICE_RELAY, BRINK_DISPATCH_SHARED, 2));
    hands_over(options_of(BRINK_SERVICE_ECHO, BRINK_DISPATCH_SHARED, 2),
               options_of(BRINK_SERVICE_ECHO, BRINK_DISPATCH_SHARDED, 3));
}

static void many_times_in_a_row(void **state)
{
    (void)state;
    static struct stream_load load;
    int fds[CLIENTS];
    uint64_t bytes;
    struct brink_server_stats stats;
    struct brink_server_options options =
        options_of(BRINK_SERVICE_RELAY, BRINK_DISPATCH_SHARDED, 2);
    struct brink_server *server = served_start(&options);
    connect_all(server, fds);
    stream_load_start(&load, fds, CLIENTS);
    for (int i = 0; i < 10; i++) {
        stream_load_go_on(&load, 2 * CLIENTS);
        server = succeed(server, &options, &stats);
        assert_int_equal(stats.handed_over, CLIENTS);
    }
    (void)stream_load_stop(&load, &bytes);
    assert_true(served_stop(server, 10000));
}

static void unix_sockets_keep_their_files(void **state)
{
    (void)state;
    char path[64];
    char address[80];
    struct brink_server_stats stats;
    struct brink_server_options options = options_of(BRINK_SERVICE_ECHO, BRINK_DISPATCH_SHARDED, 2);
    (void)snprintf(path, sizeof path, "/tmp/brink-handover-%d", getpid());
    (void)snprintf(address, sizeof address, "unix:%s", path);
    options.listen[0] = address;
    struct brink_server *server = served_start(&options);
    server = succeed(server, &options, &stats);
    assert_int_equal(access(path, F_OK), 0);
    assert_true(served_stop(server, 0));
    assert_int_equal(access(path, F_OK), -1);
}

static void one_that_goes_before_it_is_ready(void **state)
{
    (void)state;
    struct brink_message why = {""};
    struct succession succession;
    start_old();
    succession_open(&succession);
    (void)close(succession.ends[1]);
    assert_int_equal(brink_server_hand_over(old, succession.ends[0], 10000, NULL, &why).err,
                     ECONNRESET);
    assert_non_null(strstr(why.text, "gone"));
    (void)close(succession.ends[0]);
    goes_on();
}

static void one_that_says_nothing(void **state)
{
    (void)state;
    struct brink_message why = {""};
    struct succession succession;
    start_old();
    succession_open(&succession);
    assert_int_equal(brink_server_hand_over(old, succession.ends[0], 50, NULL, &why).err,
                     ETIMEDOUT);
    (void)close(succession.ends[0]);
    (void)close(succession.ends[1]);
    goes_on();
}

static void one_that_speaks_otherwise(void **state)
{
    (void)state;
    static const struct brink_handover_message wrong[] = {
        {.kind = BRINK_HANDOVER_READY, .protocol = 2, .version = "9.9"},
        {.kind = BRINK_HANDOVER_ACCEPTED, .id = 1},
    };
    start_old();
    for (size_t i = 0; i < 2; i++) {
        struct brink_message why = {""};
        struct succession succession;
        succession_open(&succession);
        say(&succession, &wrong[i]);
        assert_int_equal(brink_server_hand_over(old, succession.ends[0], 10000, NULL, &why).err,
                         EPROTO);
        (void)close(succession.ends[0]);
        (void)close(succession.ends[1]);
    }
    goes_on();
}

static void there_must_be_somebody_to_take_over_from(void **state)
{
    (void)state;
    struct brink_message why = {""};
    struct brink_server_options options = options_of(BRINK_SERVICE_ECHO, BRINK_DISPATCH_SHARDED, 1);
    struct brink_server *server = served_start(&options);
    assert_int_equal(brink_server_take_over(server, &why).err, EINVAL);
    assert_true(served_stop(server, 0));
    struct succession succession;
    succession_open(&succession);
    (void)close(succession.ends[0]);
    options.takeover_fd = succession.ends[1];
    assert_int_equal(brink_server_start(&server, &options, &why).err, ECONNRESET);
    assert_null(server);
    (void)close(succession.ends[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(clients_at_work_notice_nothing),
        cmocka_unit_test(workers_and_dispatch_may_differ),
        cmocka_unit_test(many_times_in_a_row),
        cmocka_unit_test(unix_sockets_keep_their_files),
        cmocka_unit_test(one_that_goes_before_it_is_ready),
        cmocka_unit_test(one_that_says_nothing),
        cmocka_unit_test(one_that_speaks_otherwise),
        cmocka_unit_test(there_must_be_somebody_to_take_over_from),
    };
    return cmocka_run_group_tests(tests, start_backend, stop_backend);
}
