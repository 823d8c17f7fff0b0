#include "server/handover_wire.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>

static uint8_t bytes[BRINK_HANDOVER_MESSAGE_MAX];

static struct brink_handover_message message_of(enum brink_handover_kind kind)
{
    struct brink_handover_message message;
    memset(&message, 0, sizeof message);
    message.kind = kind;
    switch (kind) {
    case BRINK_HANDOVER_HELLO:
    case BRINK_HANDOVER_READY:
        message.protocol = BRINK_HANDOVER_PROTOCOL;
        message.sockets = 70000;
        (void)snprintf(message.version, sizeof message.version, "1.2.3");
        break;
    case BRINK_HANDOVER_SOCKET:
        (void)snprintf(message.listener, sizeof message.listener, "front");
        (void)snprintf(message.wanted, sizeof message.wanted, "*:0");
        (void)snprintf(message.bound, sizeof message.bound, "[::]:5882");
        break;
    case BRINK_HANDOVER_PARCEL:
        message.parcel.id = 5;
        message.parcel.legs = 1;
        message.parcel.fds[0] = message.parcel.fds[1] = -1;
        break;
    case BRINK_HANDOVER_REFUSED:
        (void)snprintf(message.why, sizeof message.why, "no such listener");
        message.id = UINT64_MAX;
        break;
    case BRINK_HANDOVER_ACCEPTED:
        message.id = 1;
        break;
    case BRINK_HANDOVER_SOCKETS_END:
    case BRINK_HANDOVER_DONE:
        break;
    }
    return message;
}

static void what_is_said_is_understood(void **state)
{
    (void)state;
    for (unsigned kind = BRINK_HANDOVER_HELLO; kind <= BRINK_HANDOVER_DONE; kind++) {
        struct brink_handover_message said = message_of((enum brink_handover_kind)kind);
        struct brink_handover_message heard;
        size_t size = brink_handover_encode(&said, bytes);
        assert_true(size > 0);
        assert_int_equal(brink_handover_decode(&heard, bytes, size).err, 0);
        assert_memory_equal(&heard, &said, sizeof heard);
    }
}

static void what_is_cut_short_is_not(void **state)
{
    (void)state;
    for (unsigned kind = BRINK_HANDOVER_HELLO; kind <= BRINK_HANDOVER_DONE; kind++) {
        struct brink_handover_message said = message_of((enum brink_handover_kind)kind);
        struct brink_handover_message heard;
        size_t size = brink_handover_encode(&said, bytes);
        assert_int_equal(brink_handover_decode(&heard, bytes, 0).err, EINVAL);
        if (size > 1)
            assert_int_equal(brink_handover_decode(&heard, bytes, size - 1).err, EINVAL);
    }
}

static void what_is_unknown_is_told_apart(void **state)
{
    (void)state;
    struct brink_handover_message heard;
    assert_int_equal(brink_handover_decode(&heard, (const uint8_t *)"\0", 1).err, ENOTSUP);
    assert_int_equal(brink_handover_decode(&heard, (const uint8_t *)"\x09", 1).err, ENOTSUP);
    assert_int_equal(brink_handover_decode(&heard, (const uint8_t *)"GET /", 5).err, ENOTSUP);
    struct brink_handover_message said = message_of(BRINK_HANDOVER_ACCEPTED);
    size_t size = brink_handover_encode(&said, bytes);
    memcpy(bytes + size, "\x99\0\1\0x", 5); /* a later version's field */
    assert_int_equal(brink_handover_decode(&heard, bytes, size + 5).err, 0);
    assert_int_equal(heard.id, 1);
}

static void what_lacks_something_makes_no_sense(void **state)
{
    (void)state;
    struct brink_handover_message heard;
    static const char *const wrong[] = {
        "\1\1\0\5\0brine\2\0\1\0\1", /* another name */
        "\1\2\0\1\0\1",              /* none */
        "\1\1\0\5\0brink",           /* no protocol */
        "\2\4\0\1\0a",               /* a socket without an address */
        "\6",                        /* nothing is accepted */
        "\7\1\0\1\0\1",
    };
    static const size_t sizes[] = {15, 6, 10, 6, 1, 6};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_int_equal(brink_handover_decode(&heard, (const uint8_t *)wrong[i], sizes[i]).err,
                         EINVAL);
}

static void a_parcel_that_makes_no_sense_can_be_answered(void **state)
{
    (void)state;
    struct brink_handover_message heard;
    struct brink_handover_message said = message_of(BRINK_HANDOVER_PARCEL);
    said.parcel.legs = 2; /* and no server */
    size_t size = brink_handover_encode(&said, bytes);
    assert_int_equal(brink_handover_decode(&heard, bytes, size).err, EINVAL);
    assert_int_equal(heard.kind, BRINK_HANDOVER_PARCEL);
    assert_int_equal(heard.parcel.id, 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_said_is_understood),
        cmocka_unit_test(what_is_cut_short_is_not),
        cmocka_unit_test(what_is_unknown_is_told_apart),
        cmocka_unit_test(what_lacks_something_makes_no_sense),
        cmocka_unit_test(a_parcel_that_makes_no_sense_can_be_answered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
