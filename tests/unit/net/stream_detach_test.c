/* A connection that leaves its loop as it is, to go on in another. */
#include "support/wire.h"

#include <sys/socket.h>
#include <unistd.h>

static struct wire wire;

static void open_wire(void)
{
    wire_open(&wire, 1 << 20);
    wire_connect(&wire, AF_INET);
    wire_turn(&wire);
}

static void what_was_not_read_is_there_where_it_goes_on(void **state)
{
    (void)state;
    open_wire();
    brink_stream_pause(&wire.stream);
    wire_peer_send(&wire, "abc", 3);
    wire_turn(&wire);
    assert_true(brink_stream_is_at_rest(&wire.stream));
    int fd = brink_stream_detach(&wire.stream);
    assert_false(brink_stream_is_open(&wire.stream));
    wire_turn(&wire);
    assert_true(wire.gone);
    assert_int_equal(wire.received, 0);
    struct brink_stream again;
    wire.gone = false;
    brink_stream_init(&again, &wire.io, (const void *)wire.stream.source.ops);
    wire.stream = again;
    assert_int_equal(brink_stream_open(&wire.stream, fd, BRINK_ARM_EDGE).err, 0);
    wire_until_received(&wire, 3);
    assert_memory_equal(wire.bytes, "abc", 3);
    wire_peer_send(&wire, "de", 2);
    wire_until_received(&wire, 5);
    wire_close(&wire);
}

static void one_that_owes_something_is_not_at_rest(void **state)
{
    (void)state;
    open_wire();
    assert_true(brink_stream_is_at_rest(&wire.stream));
    assert_int_equal(brink_stream_hold(&wire.stream, "x", 1).err, 0);
    assert_false(brink_stream_is_at_rest(&wire.stream));
    brink_stream_drop_held(&wire.stream);
    assert_true(brink_stream_is_at_rest(&wire.stream));
    brink_stream_finish(&wire.stream);
    assert_false(brink_stream_is_at_rest(&wire.stream));
    wire_close(&wire);
}

static void one_that_has_ended_is_not_at_rest(void **state)
{
    (void)state;
    open_wire();
    assert_int_equal(shutdown(wire.peer, SHUT_WR), 0);
    wire_until(&wire, &wire.eofs, 1);
    assert_false(brink_stream_is_at_rest(&wire.stream));
    brink_stream_close_now(&wire.stream);
    assert_false(brink_stream_is_at_rest(&wire.stream));
    wire_close(&wire);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_not_read_is_there_where_it_goes_on),
        cmocka_unit_test(one_that_owes_something_is_not_at_rest),
        cmocka_unit_test(one_that_has_ended_is_not_at_rest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
