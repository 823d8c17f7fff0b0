/* The new process when the old one goes, or says what makes no sense. */
#include "by_hand.h"

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
        cmocka_unit_test(an_old_one_that_goes_is_not_needed),
        cmocka_unit_test(parcels_that_make_no_sense_are_refused),
    };
    return cmocka_run_group_tests(tests, start_backend, stop_backend);
}
