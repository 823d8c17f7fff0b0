/* What is encoded is decoded to the same, and what cannot be said is refused untouched. */
#include "frames.h"

#include <errno.h>
#include <stdlib.h>

static void a_header_is_decoded_to_its_payload(void **state)
{
    (void)state;
    static const char *const specs[] = {
        "u8",
        "u16be",
        "u24le",
        "u32le",
        "u64be",
        "offset=3,size=2,includes=header",
        "mqtt",
        "varint",
        "syslog",
        "netstring,adjust=0",
        "pkt-line",
        "mysql,adjust=0",
        "minecraft",
        "u16le,unit=2",
        "ascii=decimal,size=4",
        "kafka",
        "onc-rpc",
        "http2",
    };
    for (size_t i = 0; i < sizeof specs / sizeof specs[0]; i++) {
        struct brink_spec spec = spec_of(specs[i]);
        const struct brink_layout *layout = &spec.reply.frame;
        for (uint64_t payload = 0; payload < 200; payload += 2) {
            uint8_t header[BRINK_HEADER_MAX];
            size_t length = 0;
            brink_result encoded = brink_frame_encode_header(layout, payload, header, &length);
            if (brink_failed(encoded)) {
                assert_true(strcmp(specs[i], "http2") == 0 || strcmp(specs[i], "pkt-line") == 0);
                continue;
            }
            assert_true(length >= brink_layout_header_min(layout));
            assert_true(length <= brink_layout_header_max(layout));
            struct brink_decoder decoder;
            struct brink_direction direction = {.frame = *layout};
            brink_decoder_init(&decoder, &direction);
            struct brink_decoded d = brink_decoder_next(&decoder, &direction, header, length);
            assert_int_equal(d.event, payload == 0 ? BRINK_DECODE_FRAME : BRINK_DECODE_BODY);
            assert_int_equal(d.frame, length + payload);
            assert_int_equal(brink_decoder_missing(&decoder), payload);
        }
    }
}

static void refused(const char *text, uint64_t payload, int err)
{
    struct brink_spec spec = spec_of(text);
    uint8_t header[BRINK_HEADER_MAX];
    size_t length = 77;
    memset(header, 0x5a, sizeof header);
    brink_result encoded = brink_frame_encode_header(&spec.request.frame, payload, header, &length);
    if (encoded.err != err)
        fail_msg("%s with %llu: %d, not %d", text, (unsigned long long)payload, encoded.err, err);
    assert_int_equal(length, 77);
    for (size_t i = 0; i < sizeof header; i++)
        assert_int_equal(header[i], 0x5a);
}

static void what_cannot_be_said_is_refused(void **state)
{
    (void)state;
    refused("u8", 256, EMSGSIZE);
    refused("u16be", 65536, EMSGSIZE);
    refused("u32le,max=100", 97, EMSGSIZE);
    refused("u32le,min=10", 5, EMSGSIZE);
    refused("u32be,signed=yes,max=4GiB", UINT64_C(0x80000000), EMSGSIZE);
    refused("u8,mask=0x0f", 16, EMSGSIZE);
    refused("u8,header-only=3", 2, EMSGSIZE);
    refused("u64le", UINT64_MAX, EMSGSIZE);
    refused("u64le,adjust=-8,max=18446744073709551615", UINT64_MAX - 7, EMSGSIZE);
    refused("varint,size=1", 128, EMSGSIZE);
    refused("ascii=decimal,size=2", 100, EMSGSIZE);
    refused("ascii=hex,size=1", 16, EMSGSIZE);
    refused("u8,adjust=4", 3, EMSGSIZE);
    refused("raw", 1, EINVAL);
    refused("u8,unit=4", 6, EINVAL);
    refused("u8,pad=4", 2, EINVAL);
}

static void bytes_before_the_field_are_zeros(void **state)
{
    (void)state;
    struct brink_spec spec = spec_of("offset=2,size=2,endian=big");
    uint8_t header[4];
    size_t length;
    assert_int_equal(brink_frame_encode_header(&spec.request.frame, 258, header, &length).err, 0);
    assert_int_equal(length, 4);
    assert_memory_equal(header, "\0\0\1\2", 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_header_is_decoded_to_its_payload),
        cmocka_unit_test(what_cannot_be_said_is_refused),
        cmocka_unit_test(bytes_before_the_field_are_zeros),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
