/* A golden capture of each preset: bytes as they are on the wire, and the frames in them. */
#include "frames.h"

struct golden {
    const char *preset;
    enum { REQUEST, REPLY } direction;
    const char *what;
    const char *hex;
    size_t sizes[4];
    size_t raw;
};

static const struct golden goldens[] = {
    {"dns",
     REQUEST,
     "queries for example.com, A and AAAA",
     "001d abcd 0100 0001 0000 0000 0000 07 6578616d706c65 03 636f6d 00 0001 0001"
     "001d abce 0100 0001 0000 0000 0000 07 6578616d706c65 03 636f6d 00 001c 0001",
     {31, 31},
     0},
    {"kafka",
     REQUEST,
     "ApiVersions v0 requests of client \"a\"",
     "0000000b 0012 0000 00000001 0001 61"
     "0000000b 0012 0000 00000002 0001 61",
     {15, 15},
     0},
    {"mongodb",
     REQUEST,
     "OP_MSG hello, and an empty-bodied header",
     "2a000000 01000000 00000000 dd070000 00000000 00 15000000 10 68656c6c6f00 01000000"
     "0000 00000000"
     "10000000 02000000 00000000 dd070000",
     {42, 16},
     0},
    {"postgres",
     REQUEST,
     "startup packet 3.0 of user u, then Query \"x\", then Terminate",
     "00000010 00030000 7573657200 7500 00"
     "51 00000006 7800"
     "58 00000004",
     {16, 7, 5},
     0},
    {"postgres",
     REPLY,
     "AuthenticationOk, ReadyForQuery",
     "52 00000008 00000000 5a 00000005 49",
     {9, 6},
     0},
    {"mysql",
     REQUEST,
     "COM_PING, COM_QUIT",
     "010000 00 0e"
     "010000 00 01",
     {5, 5},
     0},
    {"modbus",
     REQUEST,
     "read holding registers, then an exception reply",
     "0001 0000 0006 11 03 006b 0003"
     "0001 0000 0003 11 83 02",
     {12, 9},
     0},
    {"diameter",
     REQUEST,
     "device watchdog request, header only",
     "01 000014 80 000118 00000000 00000001 00000002",
     {20},
     0},
    {"tpkt",
     REQUEST,
     "X.224 connection request, DT",
     "0300 000b 06 e0 0000 0000 00"
     "0300 0007 02f080",
     {11, 7},
     0},
    {"bgp",
     REQUEST,
     "KEEPALIVE twice",
     "ffffffffffffffffffffffffffffffff 0013 04"
     "ffffffffffffffffffffffffffffffff 0013 04",
     {19, 19},
     0},
    {"radius",
     REQUEST,
     "Access-Request with a user's name",
     "01 07 0019 000102030405060708090a0b0c0d0e0f 01 05 626f62",
     {25},
     0},
    {"smpp",
     REQUEST,
     "enquire_link and its response",
     "00000010 00000015 00000000 00000001"
     "00000010 80000015 00000000 00000001",
     {16, 16},
     0},
    {"tds",
     REQUEST,
     "pre-login packet with a terminator only, attention",
     "12 01 0009 0000 01 00 ff"
     "06 01 0008 0000 01 00",
     {9, 8},
     0},
    {"tls",
     REQUEST,
     "an alert and a change of cipher spec",
     "15 0303 0002 0100"
     "14 0303 0001 01",
     {7, 6},
     0},
    {"http2",
     REQUEST,
     "preface, SETTINGS, PING",
     "505249202a20485454502f322e300d0a0d0a534d0d0a0d0a"
     "000000 04 00 00000000"
     "000008 06 00 00000000 0102030405060708",
     {9, 17},
     24},
    {"http2",
     REPLY,
     "SETTINGS, SETTINGS acknowledged",
     "000000 04 00 00000000 000000 04 01 00000000",
     {9, 9},
     0},
    {"smb",
     REQUEST,
     "session keepalive, a message of 4 bytes",
     "85 000000"
     "00 000004 fe534d42",
     {4, 8},
     0},
    {"thrift",
     REQUEST,
     "a call in binary protocol: ping, no arguments",
     "00000011 80010001 00000004 70696e67 00000001 00",
     {21},
     0},
    {"cassandra",
     REQUEST,
     "OPTIONS v4 twice",
     "04 00 0000 05 00000000"
     "04 00 0001 05 00000000",
     {9, 9},
     0},
    {"memcached",
     REQUEST,
     "get \"Hello\", noop",
     "80 00 0005 00 00 0000 00000005 00000000 0000000000000000 48656c6c6f"
     "80 0a 0000 00 00 0000 00000000 00000000 0000000000000000",
     {29, 24},
     0},
    {"zookeeper", REQUEST, "ping", "00000008 fffffffe 0000000b", {12}, 0},
    {"amqp091",
     REQUEST,
     "protocol header, heartbeat",
     "414d515000000901"
     "08 0000 00000000 ce",
     {8},
     8},
    {"amqp091", REPLY, "heartbeat twice", "08 0000 00000000 ce 08 0000 00000000 ce", {8, 8}, 0},
    {"amqp10",
     REQUEST,
     "protocol header, empty frame",
     "414d515000010000"
     "00000008 02 00 0000",
     {8},
     8},
    {"opcua",
     REQUEST,
     "ACK, CLO cut to its header",
     "41434b46 1c000000 00000000 00000100 00000100 00000000 00000000"
     "434c4f46 08000000",
     {28, 8},
     0},
    {"enip",
     REQUEST,
     "register session",
     "6500 0400 00000000 00000000 0000000000000000 00000000 0100 0000",
     {28},
     0},
    {"iec104",
     REQUEST,
     "STARTDT act, STARTDT con",
     "68 04 07000000"
     "68 04 0b000000",
     {6, 6},
     0},
    {"dicom", REQUEST, "A-RELEASE-RQ", "05 00 00000004 00000000", {10}, 0},
    {"dlms", REQUEST, "wrapper of 3 bytes", "0001 0010 0001 0003 c00181", {11}, 0},
    {"stun", REQUEST, "binding request", "0001 0000 2112a442 000102030405060708090a0b", {20}, 0},
    {"rtp", REQUEST, "an RTP packet without payload", "000c 8000 0001 00000002 00000003", {14}, 0},
    {"openflow",
     REQUEST,
     "hello, echo request",
     "04 00 0008 00000001"
     "04 02 0008 00000002",
     {8, 8},
     0},
    {"dubbo",
     REQUEST,
     "heartbeat with the body \"N\"",
     "dabb e2 00 0000000000000001 00000001 4e",
     {17},
     0},
    {"grpc",
     REQUEST,
     "an empty message, one of 3 bytes",
     "00 00000000"
     "00 00000003 0a0161",
     {5, 8},
     0},
    {"bitcoin",
     REQUEST,
     "verack, ping",
     "f9beb4d9 76657261636b000000000000 00000000 5df6e0e2"
     "f9beb4d9 70696e670000000000000000 08000000 00000000 0102030405060708",
     {24, 32},
     0},
    {"elasticsearch", REQUEST, "pings, of the length -1", "4553 ffffffff 4553 ffffffff", {6, 6}, 0},
    {"elasticsearch",
     REPLY,
     "a message of 13 bytes",
     "4553 0000000d 0000000000000001 00 006b98e7",
     {19},
     0},
    {"aerospike", REQUEST, "info request \"build\\n\"", "02 01 000000000006 6275696c640a", {14}, 0},
    {"iso8583", REQUEST, "network management 0800", "000c 30383030 8220000000000000", {14}, 0},
    {"proxy2",
     REQUEST,
     "LOCAL header, then the connection's bytes",
     "0d0a0d0a000d0a515549540a 20 00 0000 68656c6c6f",
     {16},
     5},
    {"protobuf",
     REQUEST,
     "messages of 3 and 300 bytes, the second begun",
     "03 0a0161 ac02 0a01",
     {4},
     0},
    {"minecraft", REQUEST, "status request, ping", "01 00 09 01 0000000000000001", {2, 10}, 0},
    {"mqtt",
     REQUEST,
     "PINGREQ, PUBLISH of 128 bytes begun, then DISCONNECT",
     "c0 00 e0 00",
     {2, 2},
     0},
    {"syslog",
     REQUEST,
     "two messages, octet counting",
     "3133 20 3c31333e686920746865726521"
     "32 20 6869",
     {16, 4},
     0},
    {"netstring",
     REQUEST,
     "\"hello world!\", \"\"",
     "31323a68656c6c6f20776f726c64212c 303a2c",
     {16, 3},
     0},
    {"pkt-line",
     REQUEST,
     "a line, flush, an empty line, delimiter",
     "30303061 68656c6c6f0a"
     "30303030"
     "30303034"
     "30303031",
     {10, 4, 4, 4},
     0},
    {"onc-rpc",
     REQUEST,
     "a last fragment of 4 bytes, another of 0",
     "80000004 00000001 00000000",
     {8, 4},
     0},
    {"ssh-agent",
     REQUEST,
     "request identities, their answer",
     "00000001 0b"
     "00000005 0c 00000000",
     {5, 9},
     0},
};

static size_t wanted(const struct golden *golden)
{
    size_t count = 0;
    while (count < 4 && golden->sizes[count] != 0)
        count++;
    return count;
}

static void each_golden_has_its_frames(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof goldens / sizeof goldens[0]; i++) {
        const struct golden *golden = &goldens[i];
        uint8_t bytes[256];
        size_t length = from_hex(golden->hex, bytes, sizeof bytes);
        struct brink_spec spec = spec_of(golden->preset);
        const struct brink_direction *direction =
            golden->direction == REQUEST ? &spec.request : &spec.reply;
        struct frames frames = decode(direction, bytes, length);
        if (frames.count != wanted(golden))
            fail_msg("%s (%s): %zu frames", golden->preset, golden->what, frames.count);
        for (size_t j = 0; j < frames.count; j++)
            if (frames.sizes[j] != golden->sizes[j])
                fail_msg("%s (%s): frame %zu has %zu bytes", golden->preset, golden->what, j,
                         frames.sizes[j]);
        assert_int_equal(frames.raw, golden->raw);
        assert_split_invariant(direction, bytes, length);
    }
}

static void each_preset_has_a_golden(void **state)
{
    (void)state;
    for (size_t i = 0; i < brink_preset_count(); i++) {
        bool found = false;
        for (size_t j = 0; j < sizeof goldens / sizeof goldens[0]; j++)
            found = found || strcmp(goldens[j].preset, brink_preset_at(i)->name) == 0;
        if (!found)
            fail_msg("%s has no golden", brink_preset_at(i)->name);
    }
}

static void presets_are_sound(void **state)
{
    (void)state;
    assert_true(brink_preset_count() >= 40);
    for (size_t i = 0; i < brink_preset_count(); i++) {
        const struct brink_preset *preset = brink_preset_at(i);
        struct brink_message why = {""};
        if (brink_failed(brink_spec_check(&preset->spec, &why)))
            fail_msg("%s: %s", preset->name, why.text);
        assert_string_equal(preset->name, preset->spec.name);
        assert_true(strlen(preset->title) > 0 && strlen(preset->source) > 0);
        assert_ptr_equal(brink_preset_find(preset->name), preset); /* so names are unique */
    }
    assert_null(brink_preset_at(brink_preset_count()));
    assert_null(brink_preset_find("no such protocol"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_golden_has_its_frames),
        cmocka_unit_test(each_preset_has_a_golden),
        cmocka_unit_test(presets_are_sound),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
