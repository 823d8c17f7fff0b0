/* A description is read back as the same spec. */
#include "frames.h"

#include <stdlib.h>

#include "same_spec.h"

static void read_back(const struct brink_spec *spec)
{
    char text[BRINK_SPEC_DESCRIBED_MAX];
    struct brink_message why = {""};
    struct brink_spec again;
    assert_ptr_equal(brink_spec_describe(spec, text, sizeof text), text);
    assert_true(strlen(text) < sizeof text - 1);
    if (brink_failed(brink_spec_parse(&again, text, 0, &why)))
        fail_msg("%s: %s", text, why.text);
    if (!same_spec(spec, &again))
        fail_msg("%s is another spec", text);
}

static void every_preset_is_read_back(void **state)
{
    (void)state;
    for (size_t i = 0; i < brink_preset_count(); i++)
        read_back(&brink_preset_at(i)->spec);
}

static unsigned pick(unsigned below)
{
    return (unsigned)random() % below;
}

static struct brink_layout any_layout(void)
{
    static const char delimiters[] = {'\0', ' ', ',', '\n', ':', ';', '=', '|'};
    struct brink_layout layout = {
        .kind = (enum brink_length_kind)pick(6),
        .endian = (enum brink_endian)pick(2),
        .offset = pick(20),
        .size = (uint8_t)(1 + pick(4)),
        .adjust = (int64_t)pick(40) - 20,
        .mask = UINT64_MAX,
        .unit = 1 + pick(3),
        .pad = 1 + pick(3),
        .header_only = pick(3),
        .min = pick(2) * 50,
        .max = UINT64_MAX - pick(3),
    };
    if (layout.kind == BRINK_LENGTH_DECIMAL || layout.kind == BRINK_LENGTH_HEX)
        layout.delimiter = delimiters[pick(sizeof delimiters)];
    if (layout.kind == BRINK_LENGTH_FIXED && pick(2)) {
        layout.mask = 1 + (uint64_t)random();
        layout.has_sign = pick(2);
    }
    return layout;
}

static void any_spec_is_read_back(void **state)
{
    (void)state;
    srandom(2);
    for (int i = 0; i < 20000; i++) {
        struct brink_spec spec = {.name = "any"};
        spec.request = (struct brink_direction){pick(30), pick(2), any_layout(), any_layout()};
        spec.reply = (struct brink_direction){pick(30), pick(2), any_layout(), any_layout()};
        spec.pin = pick(2);
        spec.negotiate = spec.request.has_first ? pick(2) * 8 : 0;
        if (!brink_failed(brink_spec_check(&spec, NULL)))
            read_back(&spec);
    }
}

static void it_never_runs_over(void **state)
{
    (void)state;
    struct brink_spec spec = spec_of("postgres");
    for (size_t size = 0; size < 300; size++) {
        char text[301];
        memset(text, '#', sizeof text);
        (void)brink_spec_describe(&spec, text, size);
        assert_int_equal(text[size], '#');
        if (size > 0)
            assert_true(memchr(text, '\0', size) != NULL);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_preset_is_read_back),
        cmocka_unit_test(any_spec_is_read_back),
        cmocka_unit_test(it_never_runs_over),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
