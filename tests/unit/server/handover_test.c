/* One server hands over to another: clients at work notice nothing, whatever the other does. */
#include "brink/handover.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "server/channel.h"
#include "support/stream_load.h"
#include "support/succession.h"

enum { CLIENTS = 12 };

#define FRAME "\2\0\0\0hi"

static struct brink_server *backend; /* an echo, behind relays */
static char backend_address[128];

static int start_backend(void **state)
{
    (void)state;
    struct brink_server_options options = served_options(BRINK_SERVICE_ECHO);
    backend = served_start(&options);
    (void)brink_server_address(backend, 0, backend_address, sizeof backend_address);
    return 0;
}

static int stop_backend(void **state)
{
    (void)state;
    (void)served_stop(backend, 0);
    return 0;
}

static struct brink_server_options options_of(enum brink_server_service service,
                                              enum brink_server_dispatch dispatch, uint32_t workers)
{
    struct brink_server_options options = served_options(service);
    options.upstream = service == BRINK_SERVICE_RELAY ? backend_address : NULL;
    options.dispatch = dispatch;
    options.workers = workers;
    return options;
}

static uint64_t closed(const struct brink_server_stats *stats)
{
    uint64_t sum = 0;
    for (unsigned i = 0; i < BRINK_REASON_COUNT; i++)
        sum += stats->closed[i];
    return sum;
}

static void connect_all(const struct brink_server *server, int fds[CLIENTS])
{
    for (unsigned i = 0; i < CLIENTS; i++)
        fds[i] = served_connect(server);
}

/* --- all goes well --- */

static void hands_over(struct brink_server_options before, struct brink_server_options after)
{
    static struct stream_load load;
    int fds[CLIENTS];
    uint64_t bytes;
    struct brink_server_stats old;
    struct brink_server_stats young;
    struct brink_server *server = served_start(&before);
    connect_all(server, fds);
    stream_load_start(&load, fds, CLIENTS);
    stream_load_go_on(&load, 5 * CLIENTS);
    server = succeed(server, &after, &old);
    stream_load_go_on(&load, 5 * CLIENTS);
    uint64_t frames = stream_load_stop(&load, &bytes);
    int late = served_connect(server);
    served_echo(late, "late");
    (void)close(late);
    brink_server_stop(server, 10000);
    assert_true(brink_server_wait(server));
    brink_server_stats(server, &young);
    brink_server_free(server);
    assert_int_equal(old.handed_over, CLIENTS);
    assert_int_equal(closed(&old), CLIENTS);
    assert_int_equal(old.accepted, CLIENTS);
    assert_int_equal(young.taken_over, CLIENTS);
    assert_int_equal(young.accepted, 1);
    assert_int_equal(closed(&young), CLIENTS + 1);
    assert_int_equal(old.frames[BRINK_SIDE_CLIENT] + young.frames[BRINK_SIDE_CLIENT], frames + 1);
    assert_int_equal(old.bytes[BRINK_SIDE_CLIENT] + young.bytes[BRINK_SIDE_CLIENT], bytes + 8);
    assert_int_equal(old.clients + young.clients, 0);
    assert_int_equal(old.frames_cut[0] + old.frames_cut[1] + old.drain_cut, 0);
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

/* More of them than may be under way at a time, and none of them at work. */
static void all_that_are_idle_go_at_once(void **state)
{
    (void)state;
    enum { MANY = 400 };
    static int fds[MANY];
    struct brink_server_stats stats;
    struct brink_server_options options = options_of(BRINK_SERVICE_ECHO, BRINK_DISPATCH_SHARDED, 2);
    struct brink_server *server = served_start(&options);
    for (int i = 0; i < MANY; i++)
        fds[i] = served_connect(server);
    for (int i = 0; i < MANY; i++)
        served_echo(fds[i], "here");
    server = succeed(server, &options, &stats);
    assert_int_equal(stats.handed_over, MANY);
    for (int i = 0; i < MANY; i++) {
        served_echo(fds[i], "there");
        (void)close(fds[i]);
    }
    assert_true(served_stop(server, 10000));
}

static void a_frame_begun_is_finished_first(void **state)
{
    (void)state;
    struct brink_message why = {""};
    struct brink_server_stats stats;
    struct succession succession;
    struct brink_server_options options =
        options_of(BRINK_SERVICE_RELAY, BRINK_DISPATCH_SHARDED, 1);
    struct brink_server *old = served_start(&options);
    int idle = served_connect(old);
    int busy = served_connect(old);
    served_echo(idle, "a");
    served_send(busy, "\4\0\0\0ab", 6);
    served_expect(busy, "\4\0\0\0ab", 6);
    succession_open(&succession);
    succession_begin(&succession, &options);
    assert_int_equal(brink_server_hand_over(old, succession.ends[0], 10000, NULL, &why).err, 0);
    struct brink_server *young = succession_end(&succession);
    do
        brink_server_stats(young, &stats);
    while (stats.taken_over < 1);
    served_echo(idle, "b");
    brink_server_stats(old, &stats);
    assert_int_equal(stats.clients, 1);
    served_send(busy, "cd", 2);
    served_expect(busy, "cd", 2);
    assert_true(brink_server_wait(old));
    brink_server_free(old);
    served_echo(busy, "e");
    (void)close(idle);
    (void)close(busy);
    assert_true(served_stop(young, 10000));
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

/* --- listeners that the new one lacks --- */

static const char *const free_port[] = {"127.0.0.1:0"};

static void clients_that_are_not_wanted_leave(void **state)
{
    (void)state;
    struct brink_listener_options listeners[2];
    struct brink_server_stats stats;
    for (int i = 0; i < 2; i++) {
        brink_listener_options_init(&listeners[i]);
        listeners[i].name = i == 0 ? "front" : "back";
        listeners[i].service = BRINK_SERVICE_ECHO;
        listeners[i].listen = free_port;
        listeners[i].listen_count = 1;
    }
    struct brink_server_options options;
    brink_server_options_init(&options);
    options.workers = 2;
    options.listeners = listeners;
    options.listener_count = 2;
    struct brink_server *server = served_start(&options);
    int front = served_connect_to(server, 0);
    int back = served_connect_to(server, 1);
    served_echo(front, "a");
    served_echo(back, "b");
    options.listener_count = 1;
    server = succeed(server, &options, &stats);
    assert_int_equal(stats.handed_over, 1);
    assert_int_equal(stats.closed[BRINK_REASON_DRAINED], 1);
    served_expect_end(back);
    served_echo(front, "c");
    (void)close(front);
    (void)close(back);
    assert_true(served_stop(server, 10000));
}

/* --- the new one fails --- */

/* A new process that the test plays by hand. */
static struct brink_channel channel_of(const struct succession *succession)
{
    return (struct brink_channel){&brink_sys_linux, succession->ends[1]};
}

static void receive(const struct succession *succession, struct brink_handover_message *message,
                    enum brink_handover_kind kind)
{
    struct brink_channel channel = channel_of(succession);
    int fds[BRINK_RIGHTS_MAX];
    size_t count;
    uint64_t until_ms = brink_sys_linux.ops->now_ms(NULL) + 10000;
    assert_int_equal(brink_channel_receive_until(&channel, message, fds, &count, until_ms).err, 0);
    brink_channel_close_fds(&channel, fds, count);
    assert_int_equal(message->kind, kind);
}

static void say(const struct succession *succession, const struct brink_handover_message *message)
{
    struct brink_channel channel = channel_of(succession);
    assert_int_equal(brink_channel_send(&channel, message, NULL, 0).err, 0);
}

static void *play_until_ready(void *arg)
{
    const struct succession *succession = arg;
    struct brink_handover_message message;
    receive(succession, &message, BRINK_HANDOVER_HELLO);
    for (uint32_t left = message.sockets; left > 0; left--)
        receive(succession, &message, BRINK_HANDOVER_SOCKET);
    receive(succession, &message, BRINK_HANDOVER_SOCKETS_END);
    message = (struct brink_handover_message){.kind = BRINK_HANDOVER_READY, .protocol = 1};
    say(succession, &message);
    return NULL;
}

static struct brink_server *old;
static int clients[2];

static void start_old(void)
{
    struct brink_server_options options =
        options_of(BRINK_SERVICE_RELAY, BRINK_DISPATCH_SHARDED, 2);
    old = served_start(&options);
    for (int i = 0; i < 2; i++) {
        clients[i] = served_connect(old);
        served_echo(clients[i], "before");
    }
}

/* All is as before: its clients, and new ones. */
static void goes_on(void)
{
    struct brink_server_stats stats;
    for (int i = 0; i < 2; i++) {
        served_echo(clients[i], "after");
        (void)close(clients[i]);
    }
    int late = served_connect(old);
    served_echo(late, "late");
    (void)close(late);
    brink_server_stop(old, 10000);
    assert_true(brink_server_wait(old));
    brink_server_stats(old, &stats);
    assert_int_equal(stats.accepted, 3);
    assert_int_equal(closed(&stats), 3);
    assert_int_equal(stats.handed_over, 0);
    brink_server_free(old);
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

static void hand_over_to_one_by_hand(struct succession *succession)
{
    struct brink_message why = {""};
    pthread_t thread;
    succession_open(succession);
    assert_int_equal(pthread_create(&thread, NULL, play_until_ready, succession), 0);
    assert_int_equal(brink_server_hand_over(old, succession->ends[0], 10000, NULL, &why).err, 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
}

static void one_that_goes_with_what_it_was_given(void **state)
{
    (void)state;
    struct brink_handover_message message;
    struct succession succession;
    start_old();
    hand_over_to_one_by_hand(&succession);
    for (int i = 0; i < 2; i++)
        receive(&succession, &message, BRINK_HANDOVER_PARCEL);
    served_send(clients[0], FRAME, 6); /* for whoever has it */
    (void)close(succession.ends[1]);
    served_expect(clients[0], FRAME, 6);
    goes_on();
}

static void one_that_goes_before_it_was_given_anything(void **state)
{
    (void)state;
    struct succession succession;
    start_old();
    hand_over_to_one_by_hand(&succession);
    (void)close(succession.ends[1]);
    goes_on();
}

static void one_that_refuses(void **state)
{
    (void)state;
    struct brink_handover_message message;
    struct brink_server_stats stats;
    struct succession succession;
    start_old();
    hand_over_to_one_by_hand(&succession);
    for (int i = 0; i < 2; i++) {
        receive(&succession, &message, BRINK_HANDOVER_PARCEL);
        struct brink_handover_message answer = {.kind = BRINK_HANDOVER_REFUSED,
                                                .id = message.parcel.id};
        say(&succession, &answer);
        answer.id = 999; /* one that it was never given */
        say(&succession, &answer);
    }
    for (int i = 0; i < 2; i++) {
        served_expect_end(clients[i]);
        (void)close(clients[i]);
    }
    assert_true(brink_server_wait(old));
    brink_server_stats(old, &stats);
    assert_int_equal(stats.closed[BRINK_REASON_DRAINED], 2);
    assert_int_equal(stats.handed_over, 0);
    brink_server_free(old);
    receive(&succession, &message, BRINK_HANDOVER_DONE);
    (void)close(succession.ends[1]);
}

/* What it has been sent may be its, and is not ours to go on with. */
static void one_that_never_answers(void **state)
{
    (void)state;
    struct brink_drain_options drain;
    struct brink_message why = {""};
    struct brink_server_stats stats;
    struct succession succession;
    pthread_t thread;
    brink_drain_options_init(&drain);
    drain.timeout_ms = 200;
    start_old();
    succession_open(&succession);
    assert_int_equal(pthread_create(&thread, NULL, play_until_ready, &succession), 0);
    assert_int_equal(brink_server_hand_over(old, succession.ends[0], 10000, &drain, &why).err, 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    (void)brink_server_wait(old);
    brink_server_stats(old, &stats);
    assert_int_equal(stats.handed_over, 2);
    assert_int_equal(stats.clients, 0);
    brink_server_free(old);
    (void)close(succession.ends[1]);
    for (int i = 0; i < 2; i++) {
        served_expect_end(clients[i]); /* the channel had the last of it */
        (void)close(clients[i]);
    }
}

static void nonsense_does_no_harm(void **state)
{
    (void)state;
    struct succession succession;
    struct brink_handover_message message;
    start_old();
    hand_over_to_one_by_hand(&succession);
    for (int i = 0; i < 3; i++)
        assert_int_equal(brink_sys_linux.ops->send_rights(NULL, succession.ends[1], "\6 what", 6,
                                                          &succession.ends[1], 1),
                         6);
    message = (struct brink_handover_message){.kind = BRINK_HANDOVER_READY, .protocol = 1};
    say(&succession, &message);
    (void)close(succession.ends[1]);
    goes_on();
}

static void one_at_a_time(void **state)
{
    (void)state;
    struct brink_message why = {""};
    struct succession succession;
    start_old();
    hand_over_to_one_by_hand(&succession);
    assert_int_equal(brink_server_hand_over(old, 0, 10, NULL, &why).err, EBUSY);
    (void)close(succession.ends[1]);
    goes_on();
}

static void one_that_stops_hands_nothing_over(void **state)
{
    (void)state;
    struct brink_message why = {""};
    struct succession succession;
    start_old();
    succession_open(&succession);
    brink_server_stop(old, 0);
    assert_int_equal(brink_server_hand_over(old, succession.ends[0], 10, NULL, &why).err, EBUSY);
    (void)brink_server_wait(old);
    brink_server_free(old);
    for (int i = 0; i < 2; i++) {
        (void)close(clients[i]);
        (void)close(succession.ends[i]);
    }
}

/* A stop meanwhile ends it as it would end any server; what the new one has it keeps. */
static void a_stop_meanwhile(void **state)
{
    (void)state;
    struct brink_handover_message message;
    struct succession succession;
    start_old();
    served_send(clients[0], "\4\0\0\0ab", 6); /* it stays */
    served_expect(clients[0], "\4\0\0\0ab", 6);
    hand_over_to_one_by_hand(&succession);
    receive(&succession, &message, BRINK_HANDOVER_PARCEL);
    struct brink_handover_message answer = {.kind = BRINK_HANDOVER_ACCEPTED,
                                            .id = message.parcel.id};
    say(&succession, &answer);
    brink_server_stop(old, 0);
    assert_false(brink_server_wait(old));
    brink_server_free(old);
    receive(&succession, &message, BRINK_HANDOVER_DONE);
    (void)close(succession.ends[1]);
    for (int i = 0; i < 2; i++)
        (void)close(clients[i]);
}

/* --- the old one fails --- */

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

/* The old process, played by hand: offers nothing. */
static void offer_nothing(const struct succession *succession)
{
    struct brink_channel channel = {&brink_sys_linux, succession->ends[0]};
    struct brink_handover_message message = {
        .kind = BRINK_HANDOVER_HELLO, .protocol = 1, .sockets = 0};
    assert_int_equal(brink_channel_send(&channel, &message, NULL, 0).err, 0);
    message.kind = BRINK_HANDOVER_SOCKETS_END;
    assert_int_equal(brink_channel_send(&channel, &message, NULL, 0).err, 0);
}

static void an_old_one_that_goes_is_not_needed(void **state)
{
    (void)state;
    struct brink_server_options options = options_of(BRINK_SERVICE_ECHO, BRINK_DISPATCH_SHARDED, 1);
    struct succession succession;
    succession_open(&succession);
    offer_nothing(&succession);
    succession_begin(&succession, &options);
    struct brink_server *server = succession_end(&succession);
    (void)close(succession.ends[0]);
    int client = served_connect(server);
    served_echo(client, "hello");
    (void)close(client);
    assert_true(served_stop(server, 10000));
}

static void parcels_that_make_no_sense_are_refused(void **state)
{
    (void)state;
    struct brink_server_options options = options_of(BRINK_SERVICE_ECHO, BRINK_DISPATCH_SHARDED, 2);
    struct succession succession;
    struct brink_handover_message message;
    int fds[BRINK_RIGHTS_MAX];
    size_t count;
    succession_open(&succession);
    offer_nothing(&succession);
    succession_begin(&succession, &options);
    struct brink_server *server = succession_end(&succession);
    struct brink_channel channel = {&brink_sys_linux, succession.ends[0]};
    uint64_t until_ms = brink_sys_linux.ops->now_ms(NULL) + 10000;
    assert_int_equal(brink_channel_receive_until(&channel, &message, fds, &count, until_ms).err, 0);
    assert_int_equal(message.kind, BRINK_HANDOVER_READY);
    struct brink_handover_message wrong[4];
    for (unsigned i = 0; i < 4; i++) {
        memset(&wrong[i], 0, sizeof wrong[i]);
        wrong[i].kind = BRINK_HANDOVER_PARCEL;
        wrong[i].parcel.id = 10 + i;
        wrong[i].parcel.legs = 1;
    }
    wrong[1].parcel.legs = 2; /* and no server */
    (void)snprintf(wrong[2].parcel.listener, 9, "no such");
    static const size_t descriptors[] = {0, 2, 1, 3};
    const int ends[3] = {succession.ends[0], succession.ends[0], succession.ends[0]};
    for (unsigned i = 0; i < 4; i++) {
        assert_int_equal(brink_channel_send(&channel, &wrong[i], ends, descriptors[i]).err, 0);
        assert_int_equal(brink_channel_receive_until(&channel, &message, fds, &count, until_ms).err,
                         0);
        assert_int_equal(message.kind, BRINK_HANDOVER_REFUSED);
        assert_int_equal(message.id, 10 + i);
        assert_true(message.why[0] != '\0');
    }
    assert_int_equal(brink_sys_linux.ops->send_rights(NULL, channel.fd, "\5", 1, ends, 1), 1);
    assert_int_equal(brink_channel_receive_until(&channel, &message, fds, &count, until_ms).err,
                     EPIPE);
    (void)close(succession.ends[0]);
    int client = served_connect(server);
    served_echo(client, "hello");
    (void)close(client);
    assert_true(served_stop(server, 10000));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(clients_at_work_notice_nothing),
        cmocka_unit_test(workers_and_dispatch_may_differ),
        cmocka_unit_test(many_times_in_a_row),
        cmocka_unit_test(all_that_are_idle_go_at_once),
        cmocka_unit_test(a_frame_begun_is_finished_first),
        cmocka_unit_test(unix_sockets_keep_their_files),
        cmocka_unit_test(clients_that_are_not_wanted_leave),
        cmocka_unit_test(one_that_goes_before_it_is_ready),
        cmocka_unit_test(one_that_says_nothing),
        cmocka_unit_test(one_that_speaks_otherwise),
        cmocka_unit_test(one_that_goes_with_what_it_was_given),
        cmocka_unit_test(one_that_goes_before_it_was_given_anything),
        cmocka_unit_test(one_that_refuses),
        cmocka_unit_test(one_that_never_answers),
        cmocka_unit_test(nonsense_does_no_harm),
        cmocka_unit_test(one_at_a_time),
        cmocka_unit_test(one_that_stops_hands_nothing_over),
        cmocka_unit_test(a_stop_meanwhile),
        cmocka_unit_test(there_must_be_somebody_to_take_over_from),
        cmocka_unit_test(an_old_one_that_goes_is_not_needed),
        cmocka_unit_test(parcels_that_make_no_sense_are_refused),
    };
    return cmocka_run_group_tests(tests, start_backend, stop_backend);
}
