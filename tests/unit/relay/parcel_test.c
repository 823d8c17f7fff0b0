/* What is left of a session survives being written and read, by other versions, too. */
#include "relay/parcel.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

#include <errno.h>

static struct brink_parcel an_echo(void)
{
    struct brink_parcel parcel;
    memset(&parcel, 0, sizeof parcel); /* padding, too: they are compared as bytes */
    parcel.id = 77;
    (void)snprintf(parcel.listener, sizeof parcel.listener, "front door");
    parcel.shape = UINT64_C(0xfedcba9876543210);
    parcel.peer.family = AF_INET6;
    parcel.peer.port = 65535;
    memset(parcel.peer.bytes, 0xab, sizeof parcel.peer.bytes);
    parcel.age_ms = 123456789;
    parcel.legs = 1;
    parcel.leg[0].bytes_in = UINT64_MAX;
    parcel.leg[0].bytes_out = 7;
    parcel.leg[0].frames = 3;
    parcel.leg[0].quiet_ms = 40;
    parcel.leg[0].position.mode = BRINK_POSITION_PREFACE;
    parcel.leg[0].position.preface = 300;
    parcel.fds[0] = parcel.fds[1] = -1;
    return parcel;
}

static struct brink_parcel a_pair(void)
{
    struct brink_parcel parcel = an_echo();
    parcel.legs = 2;
    parcel.peer.family = AF_UNIX;
    parcel.leg[0].exact = true;
    parcel.leg[1].bytes_in = 5;
    parcel.leg[1].frames = 1;
    parcel.leg[1].position.mode = BRINK_POSITION_TLS;
    parcel.leg[1].position.raw_due = 1;
    (void)snprintf(parcel.server, sizeof parcel.server, "[::1]:5882");
    (void)snprintf(parcel.server_name, sizeof parcel.server_name, "one");
    parcel.connected_ms = 99;
    parcel.frames_before = 2;
    parcel.in_vain = 3;
    parcel.kept = parcel.answered = parcel.greeted = parcel.rehomed = true;
    parcel.destination.family = AF_INET;
    parcel.destination.port = 1;
    parcel.unique_id_size = sizeof parcel.unique_id;
    memset(parcel.unique_id, 0xcd, sizeof parcel.unique_id);
    return parcel;
}

static size_t encode(const struct brink_parcel *parcel, uint8_t bytes[BRINK_PARCEL_MAX])
{
    struct brink_tlv_writer writer = {.bytes = bytes, .room = BRINK_PARCEL_MAX};
    brink_parcel_encode(parcel, &writer);
    assert_false(writer.full);
    return writer.size;
}

static int decode(struct brink_parcel *parcel, const uint8_t *bytes, size_t size)
{
    struct brink_tlv_reader reader = {.bytes = bytes, .size = size};
    return brink_parcel_decode(parcel, &reader).err;
}

static void what_is_written_is_read(void **state)
{
    (void)state;
    const struct brink_parcel parcels[] = {an_echo(), a_pair()};
    for (size_t i = 0; i < 2; i++) {
        uint8_t bytes[BRINK_PARCEL_MAX];
        struct brink_parcel read;
        size_t size = encode(&parcels[i], bytes);
        assert_int_equal(decode(&read, bytes, size), 0);
        assert_memory_equal(&read, &parcels[i], sizeof read);
    }
}

static void the_largest_fits(void **state)
{
    (void)state;
    uint8_t bytes[BRINK_PARCEL_MAX];
    struct brink_parcel parcel = a_pair();
    memset(parcel.listener, 'l', sizeof parcel.listener - 1);
    memset(parcel.server, 's', sizeof parcel.server - 1);
    memset(parcel.server_name, 'n', sizeof parcel.server_name - 1);
    parcel.id = parcel.age_ms = parcel.connected_ms = parcel.frames_before = UINT64_MAX;
    for (unsigned i = 0; i < 2; i++)
        parcel.leg[i] = (struct brink_parcel_leg){UINT64_MAX, UINT64_MAX,      UINT64_MAX,
                                                  UINT64_MAX, {5, 255, 65535}, true};
    assert_true(encode(&parcel, bytes) < BRINK_PARCEL_MAX);
}

static void fields_of_later_versions_are_passed_over(void **state)
{
    (void)state;
    uint8_t bytes[BRINK_PARCEL_MAX];
    struct brink_parcel parcel = a_pair();
    struct brink_parcel read;
    struct brink_tlv_writer writer = {.bytes = bytes, .room = sizeof bytes};
    brink_tlv_put_text(&writer, 31, "new");
    brink_parcel_encode(&parcel, &writer);
    brink_tlv_put_text(&writer, 63, "of the client's leg");
    brink_tlv_put_text(&writer, 95, "of the upstream's");
    brink_tlv_put_text(&writer, 60000, "?");
    assert_int_equal(decode(&read, bytes, writer.size), 0);
    assert_memory_equal(&read, &parcel, sizeof read);
}

/* Appends a field to a good one: what comes last counts. */
static int with(uint16_t tag, const void *value, size_t length)
{
    uint8_t bytes[BRINK_PARCEL_MAX];
    struct brink_parcel parcel = a_pair();
    struct brink_parcel read;
    struct brink_tlv_writer writer = {.bytes = bytes, .room = sizeof bytes};
    brink_parcel_encode(&parcel, &writer);
    brink_tlv_put(&writer, tag, value, length);
    assert_false(writer.full);
    int err = decode(&read, bytes, writer.size);
    assert_int_equal(read.id, err == 0 || tag != 1 ? 77 : read.id);
    return err;
}

static void what_makes_no_sense_is_refused(void **state)
{
    (void)state;
    static const uint8_t zeros[300];
    static const struct {
        uint16_t tag;
        size_t length;
    } wrong[] = {{1, 9},  {2, 256}, {2, 3},  {3, 9},  {4, 18}, {5, 9},  {6, 0},    {6, 9},  {7, 0},
                 {8, 9},  {9, 9},   {10, 9}, {11, 9}, {12, 9}, {13, 2}, {14, 129}, {32, 9}, {33, 9},
                 {34, 9}, {35, 9},  {36, 9}, {37, 9}, {38, 9}, {39, 9}, {64, 9},   {71, 9}};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        if (with(wrong[i].tag, zeros, wrong[i].length) != EINVAL)
            fail_msg("field %u of %zu bytes", wrong[i].tag, wrong[i].length);
    assert_int_equal(with(6, "\3", 1), EINVAL);
    assert_int_equal(with(11, "\4", 1), EINVAL);
    assert_int_equal(with(36, "\6", 1), EINVAL);
    assert_int_equal(with(37, "\0\1", 2), EINVAL);
    assert_int_equal(with(38, "\0\0\1", 3), EINVAL);
    assert_int_equal(with(39, "\2", 1), EINVAL);
    assert_int_equal(with(5, "\2", 1), 0);
}

static void bytes_that_end_too_early_are_refused(void **state)
{
    (void)state;
    uint8_t bytes[BRINK_PARCEL_MAX];
    struct brink_parcel parcel = a_pair();
    struct brink_parcel read;
    size_t size = encode(&parcel, bytes);
    assert_int_equal(decode(&read, bytes, 0), EINVAL);
    assert_int_equal(decode(&read, bytes, size - 1), EINVAL);
    assert_int_equal(read.id, 77); /* enough to answer it */
    assert_int_equal(decode(&read, bytes, 3), EINVAL);
    assert_int_equal(read.id, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read),
        cmocka_unit_test(the_largest_fits),
        cmocka_unit_test(fields_of_later_versions_are_passed_over),
        cmocka_unit_test(what_makes_no_sense_is_refused),
        cmocka_unit_test(bytes_that_end_too_early_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
