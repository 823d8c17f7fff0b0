/* A decoder that is set up from where another stood goes on as that one would have. */
#include <errno.h>

#include "frame/position.h"
#include "frames.h"

/* Takes `length` bytes one by one; those that a decoder handed on at each place gets. */
static void handed_on_everywhere(const struct brink_direction *direction, const uint8_t *bytes,
                                 size_t length, unsigned places)
{
    struct brink_decoder straight;
    struct brink_decoder handed;
    struct brink_position position;
    unsigned found = 0;
    brink_decoder_init(&straight, direction);
    handed = straight;
    for (size_t i = 0; i <= length; i++) {
        bool possible = brink_position_of(&handed, &position);
        assert_true(possible || !brink_decoder_at_boundary(&handed));
        if (possible) {
            memset(&handed, 0xa5, sizeof handed);
            assert_int_equal(brink_position_restore(&position, direction, &handed).err, 0);
            found++;
        }
        if (i == length)
            break;
        struct brink_decoded one = brink_decoder_next(&straight, direction, bytes + i, 1);
        struct brink_decoded other = brink_decoder_next(&handed, direction, bytes + i, 1);
        assert_int_equal(one.event, other.event);
        assert_int_equal(one.frame, other.frame);
        assert_int_equal(one.first, other.first);
    }
    assert_int_equal(found, places);
}

static void between_frames_it_can_be_handed_on(void **state)
{
    (void)state;
    struct brink_spec spec = spec_of("u16be");
    const uint8_t bytes[] = {0, 3, 'a', 'b', 'c', 0, 0, 0, 1, 'd', 0};
    handed_on_everywhere(&spec.request, bytes, sizeof bytes, 4);
}

static void raw_bytes_anywhere(void **state)
{
    (void)state;
    struct brink_spec spec = spec_of("raw");
    handed_on_everywhere(&spec.request, (const uint8_t *)"hello", 5, 6);
}

static void within_a_preface_and_before_the_first_frame(void **state)
{
    (void)state;
    struct brink_spec spec = spec_of("u8,preface=3");
    handed_on_everywhere(&spec.request, (const uint8_t *)"pre\1a\0", 6, 6);
    spec = spec_of("postgres");
    const uint8_t startup[] = {0, 0, 0, 9, 0, 3, 0, 0, 0, 'Q', 0, 0, 0, 5, 0};
    handed_on_everywhere(&spec.request, startup, sizeof startup, 3);
}

static void what_was_negotiated_stays(void **state)
{
    (void)state;
    struct brink_spec spec = spec_of("postgres");
    struct brink_decoder decoder;
    struct brink_decoder other;
    struct brink_position position;
    const uint8_t record[] = {22, 3, 1, 0, 2, 'x', 'y'};
    brink_decoder_init(&decoder, &spec.reply);
    brink_decoder_expect_raw(&decoder, 1);
    assert_true(brink_position_of(&decoder, &position));
    assert_int_equal(position.raw_due, 1);
    assert_int_equal(brink_position_restore(&position, &spec.reply, &other).err, 0);
    assert_int_equal(brink_decoder_next(&other, &spec.reply, (const uint8_t *)"S", 1).event,
                     BRINK_DECODE_RAW);
    brink_decoder_switch(&other, 'S');
    assert_true(brink_position_of(&other, &position));
    assert_int_equal(position.mode, BRINK_POSITION_TLS);
    assert_int_equal(brink_position_restore(&position, &spec.reply, &decoder).err, 0);
    assert_int_equal(brink_decoder_next(&decoder, &spec.reply, record, sizeof record).used,
                     sizeof record);
    brink_decoder_switch(&other, 'G');
    assert_true(brink_position_of(&other, &position));
    assert_int_equal(position.mode, BRINK_POSITION_GSS);
    assert_int_equal(brink_position_restore(&position, &spec.reply, &decoder).err, 0);
    assert_int_equal(
        brink_decoder_next(&decoder, &spec.reply, (const uint8_t *)"\0\0\0\1z", 5).used, 5);
}

static void after_a_bad_frame_there_is_no_place(void **state)
{
    (void)state;
    struct brink_spec spec = spec_of("u32le,max=16");
    struct brink_decoder decoder;
    struct brink_position position;
    brink_decoder_init(&decoder, &spec.request);
    (void)brink_decoder_next(&decoder, &spec.request, (const uint8_t *)"\xff\0\0\0", 4);
    assert_false(brink_position_of(&decoder, &position));
}

static void a_place_that_a_spec_lacks_is_refused(void **state)
{
    (void)state;
    struct brink_spec raw = spec_of("raw");
    struct brink_spec framed = spec_of("u32le");
    struct brink_spec prefaced = spec_of("u8,preface=3");
    struct brink_decoder decoder = {.count = 7};
    struct brink_position position = {.mode = BRINK_POSITION_FRAME};
    assert_int_equal(brink_position_restore(&position, &raw.request, &decoder).err, EINVAL);
    position.mode = BRINK_POSITION_RAW;
    assert_int_equal(brink_position_restore(&position, &framed.request, &decoder).err, EINVAL);
    position.mode = BRINK_POSITION_FIRST;
    assert_int_equal(brink_position_restore(&position, &framed.request, &decoder).err, EINVAL);
    position.mode = BRINK_POSITION_PREFACE;
    assert_int_equal(brink_position_restore(&position, &framed.request, &decoder).err, EINVAL);
    position.preface = 3;
    assert_int_equal(brink_position_restore(&position, &prefaced.request, &decoder).err, EINVAL);
    position.mode = (enum brink_position_mode)77;
    assert_int_equal(brink_position_restore(&position, &framed.request, &decoder).err, EINVAL);
    assert_int_equal(decoder.count, 7);
}

static void shapes_tell_specs_apart(void **state)
{
    (void)state;
    struct brink_spec a = spec_of("u32le");
    struct brink_spec smaller = spec_of("u32le,max=1000");
    struct brink_spec b = spec_of("u32be");
    struct brink_spec raw = spec_of("raw");
    assert_true(brink_spec_shape(&a) == brink_spec_shape(&smaller));
    assert_true(brink_spec_shape(&a) != brink_spec_shape(&b));
    assert_true(brink_spec_shape(&a) != brink_spec_shape(&raw));
    for (size_t i = 0; i < brink_preset_count(); i++) {
        const struct brink_preset *preset = brink_preset_at(i);
        struct brink_spec renamed = preset->spec;
        memset(renamed.name, 'x', 3);
        assert_true(brink_spec_shape(&preset->spec) == brink_spec_shape(&renamed));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(between_frames_it_can_be_handed_on),
        cmocka_unit_test(raw_bytes_anywhere),
        cmocka_unit_test(within_a_preface_and_before_the_first_frame),
        cmocka_unit_test(what_was_negotiated_stays),
        cmocka_unit_test(after_a_bad_frame_there_is_no_place),
        cmocka_unit_test(a_place_that_a_spec_lacks_is_refused),
        cmocka_unit_test(shapes_tell_specs_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
