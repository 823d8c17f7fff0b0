/* What may be passed on of each piece of bytes, and what a negotiation does to both directions. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "relay/flow.h"

static struct brink_size_tally sizes; /* what no test looks at */

static struct brink_spec spec_of(const char *text)
{
    struct brink_spec spec;
    struct brink_message why = {""};
    if (brink_failed(brink_spec_parse(&spec, text, 0, &why)))
        fail_msg("%s: %s", text, why.text);
    return spec;
}

static struct brink_flow_step take(struct brink_flow *flow, const struct brink_spec *spec,
                                   const void *data, size_t length)
{
    return brink_flow_take(flow, flow, spec, BRINK_SIDE_CLIENT, data, length, 7, &sizes);
}

static void header_is_held_until_complete(void **state)
{
    (void)state;
    struct brink_spec spec = spec_of("u32le");
    struct brink_flow flow;
    brink_flow_init(&flow, &spec, BRINK_SIDE_CLIENT);
    struct brink_flow_step step = take(&flow, &spec, "\x03\0\0", 3);
    assert_int_equal(step.accepted, 0);
    assert_false(step.bad);
    assert_false(brink_flow_at_boundary(&flow));
    assert_false(brink_flow_mid_frame(&flow));
    assert_true(brink_flow_unfinished(&flow));
    step = take(&flow, &spec, "\0a", 2);
    assert_int_equal(step.accepted, 2);
    assert_true(brink_flow_mid_frame(&flow));
    step = take(&flow, &spec, "bc", 2);
    assert_int_equal(step.accepted, 2);
    assert_int_equal(step.frames, 1);
    assert_int_equal(flow.frames, 1);
    assert_true(brink_flow_at_boundary(&flow));
}

static void whole_frames_and_the_start_of_one(void **state)
{
    (void)state;
    struct brink_spec spec = spec_of("u8");
    struct brink_flow flow;
    brink_flow_init(&flow, &spec, BRINK_SIDE_CLIENT);
    struct brink_flow_step step = take(&flow, &spec, "\1x\0\2y", 5);
    assert_int_equal(step.accepted, 5); /* cut-through: the body of the third is passed on */
    assert_int_equal(step.frames, 2);
    assert_int_equal(brink_flow_started_ms(&flow), 7);
}

static void start_of_a_frame_is_timed_once(void **state)
{
    (void)state;
    struct brink_spec spec = spec_of("u32le");
    struct brink_flow flow;
    brink_flow_init(&flow, &spec, BRINK_SIDE_CLIENT);
    (void)brink_flow_take(&flow, &flow, &spec, BRINK_SIDE_CLIENT, (const uint8_t *)"\2", 1, 100,
                          &sizes);
    (void)brink_flow_take(&flow, &flow, &spec, BRINK_SIDE_CLIENT, (const uint8_t *)"\0\0\0a", 4,
                          200, &sizes);
    assert_int_equal(brink_flow_started_ms(&flow), 100);
    (void)brink_flow_take(&flow, &flow, &spec, BRINK_SIDE_CLIENT, (const uint8_t *)"b\1", 2, 300,
                          &sizes);
    assert_int_equal(brink_flow_started_ms(&flow), 300);
}

static void bad_frame_stops_before_its_header(void **state)
{
    (void)state;
    struct brink_spec spec = spec_of("u32le,max=1000");
    struct brink_flow flow;
    brink_flow_init(&flow, &spec, BRINK_SIDE_CLIENT);
    struct brink_flow_step step = take(&flow, &spec, "\1\0\0\0x\xff\xff\0\0yy", 11);
    assert_int_equal(step.accepted, 5);
    assert_true(step.bad);
    assert_int_equal(step.why.error, BRINK_FRAME_TOO_LARGE);
    assert_int_equal(step.why.value, 0xffff);
    assert_false(brink_flow_mid_frame(&flow));
    assert_false(brink_flow_unfinished(&flow));
}

static void raw_passes_everything(void **state)
{
    (void)state;
    struct brink_spec spec = spec_of("raw");
    struct brink_flow flow;
    brink_flow_init(&flow, &spec, BRINK_SIDE_CLIENT);
    struct brink_flow_step step = take(&flow, &spec, "\xff\xff\xff\xff", 4);
    assert_int_equal(step.accepted, 4);
    assert_int_equal(step.frames, 0);
    assert_true(brink_flow_at_boundary(&flow));
}

struct both {
    struct brink_spec spec;
    struct brink_flow request;
    struct brink_flow reply;
};

static struct brink_flow_step client(struct both *both, const void *data, size_t length)
{
    return brink_flow_take(&both->request, &both->reply, &both->spec, BRINK_SIDE_CLIENT, data,
                           length, 0, &sizes);
}

static struct brink_flow_step upstream(struct both *both, const void *data, size_t length)
{
    return brink_flow_take(&both->reply, &both->request, &both->spec, BRINK_SIDE_UPSTREAM, data,
                           length, 0, &sizes);
}

static struct both postgres(void)
{
    struct both both = {.spec = spec_of("postgres")};
    brink_flow_init(&both.request, &both.spec, BRINK_SIDE_CLIENT);
    brink_flow_init(&both.reply, &both.spec, BRINK_SIDE_UPSTREAM);
    return both;
}

static const char ssl_request[8] = {0, 0, 0, 8, 4, (char)210, 22, 47};
static const char startup[9] = {0, 0, 0, 9, 0, 3, 0, 0, 0};
static const char ready_for_query[6] = {'Z', 0, 0, 0, 5, 'I'};

static void refused_encryption_is_followed_by_a_startup(void **state)
{
    (void)state;
    struct both both = postgres();
    assert_int_equal(client(&both, ssl_request, 8).frames, 1);
    struct brink_flow_step step = upstream(&both, "N", 1);
    assert_int_equal(step.accepted, 1);
    assert_int_equal(step.frames, 0);
    assert_int_equal(client(&both, startup, 9).frames, 1);
    assert_int_equal(upstream(&both, ready_for_query, 6).frames, 1);
    assert_int_equal(client(&both, "Q\0\0\0\5\0", 6).frames, 1);
}

static void encryption_is_asked_for_byte_by_byte(void **state)
{
    (void)state;
    struct both both = postgres();
    for (size_t i = 0; i < 8; i++)
        (void)client(&both, ssl_request + i, 1);
    assert_int_equal(both.request.frames, 1);
    assert_int_equal(upstream(&both, "S", 1).accepted, 1);
    assert_int_equal(client(&both, "\x16\3\1\0\2ab", 7).frames, 1); /* TLS records from here on */
    assert_int_equal(upstream(&both, "\x16\3\3\0\1a", 6).frames, 1);
}

static void gss_packets_follow_g(void **state)
{
    (void)state;
    struct both both = postgres();
    (void)client(&both, ssl_request, 8);
    (void)upstream(&both, "G", 1);
    assert_int_equal(client(&both, "\0\0\0\2ab", 6).frames, 1);
    assert_int_equal(upstream(&both, "\0\0\0\0", 4).frames, 1);
}

static void without_a_request_there_is_no_answer(void **state)
{
    (void)state;
    struct both both = postgres();
    assert_int_equal(client(&both, startup, 9).frames, 1);
    struct brink_flow_step step = upstream(&both, ready_for_query, 6);
    assert_int_equal(step.frames, 1);
    assert_true(brink_flow_at_boundary(&both.reply));
}

static void a_client_that_did_not_wait_ends_what_it_has_begun(void **state)
{
    (void)state;
    struct both both = postgres();
    (void)client(&both, ssl_request, 8);
    (void)client(&both, startup, 2);
    assert_int_equal(upstream(&both, "S", 1).accepted, 1);
    struct brink_flow_step step = client(&both, startup + 2, 7);
    assert_false(step.bad);
    assert_int_equal(step.frames, 1); /* no TLS record */
    assert_int_equal(upstream(&both, "\x16\3\3\0\1a", 6).frames, 1);
}

/* An echo's one flow has nobody to answer it. */
static void with_itself_nothing_is_negotiated(void **state)
{
    (void)state;
    struct brink_spec spec = spec_of("postgres");
    struct brink_flow flow;
    brink_flow_init(&flow, &spec, BRINK_SIDE_CLIENT);
    assert_int_equal(take(&flow, &spec, ssl_request, 8).frames, 1);
    struct brink_flow_step step = take(&flow, &spec, ready_for_query, 6);
    assert_int_equal(step.frames, 1);
    assert_true(brink_flow_at_boundary(&flow));
}

/* Its size has the low 32 bits of a request's. */
static void a_frame_beyond_4_gib_asks_for_nothing(void **state)
{
    (void)state;
    static const uint8_t piece[1 << 20];
    struct both both = {.spec = spec_of("first=(u64be,max=5GiB),negotiate=8,reply=(u8)")};
    brink_flow_init(&both.request, &both.spec, BRINK_SIDE_CLIENT);
    brink_flow_init(&both.reply, &both.spec, BRINK_SIDE_UPSTREAM);
    assert_int_equal(client(&both, "\0\0\0\1\0\0\0\0", 8).frames, 0);
    for (int i = 0; i < 4096; i++)
        (void)client(&both, piece, sizeof piece);
    assert_int_equal(both.request.frames, 1);
    assert_true(brink_flow_at_boundary(&both.request));
    assert_int_equal(upstream(&both, "\1x", 2).frames, 1); /* and not a raw byte first */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(header_is_held_until_complete),
        cmocka_unit_test(whole_frames_and_the_start_of_one),
        cmocka_unit_test(start_of_a_frame_is_timed_once),
        cmocka_unit_test(bad_frame_stops_before_its_header),
        cmocka_unit_test(raw_passes_everything),
        cmocka_unit_test(refused_encryption_is_followed_by_a_startup),
        cmocka_unit_test(encryption_is_asked_for_byte_by_byte),
        cmocka_unit_test(gss_packets_follow_g),
        cmocka_unit_test(without_a_request_there_is_no_answer),
        cmocka_unit_test(a_client_that_did_not_wait_ends_what_it_has_begun),
        cmocka_unit_test(with_itself_nothing_is_negotiated),
        cmocka_unit_test(a_frame_beyond_4_gib_asks_for_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
