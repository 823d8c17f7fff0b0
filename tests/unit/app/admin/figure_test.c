/* Each form of a figure as text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdbool.h>

#include "app/admin/figure.h"
#include "brink/figures.h"
#include "unit/app/written.h"

struct figures {
    uint32_t small;
    uint64_t large;
    bool yes;
    uint64_t ms;
    uint64_t ns;
    uint64_t sides[2];
    uint64_t reasons[BRINK_REASON_COUNT];
    uint64_t causes[2][BRINK_REASON_COUNT];
    uint64_t errors[2][BRINK_FRAME_ERRORS];
    struct brink_histogram histograms[2];
    enum brink_upstream_server_state state;
};

static void assert_written(const struct figures *figures, enum brink_admin_form form, size_t at,
                           size_t side, size_t part, const char *expected)
{
    struct brink_admin_field field = {.form = form, .at = at};
    struct written written;
    brink_admin_figure_write(written_begin(&written), &field, figures, side, part);
    char *got = written_end(&written);
    assert_string_equal(got, expected);
    free(got);
}

#define ASSERT_SIDE(form, field, side, part, expected)                                             \
    assert_written(&figures, BRINK_ADMIN_##form, offsetof(struct figures, field), side, part,      \
                   expected)
#define ASSERT_WRITTEN(form, field, part, expected) ASSERT_SIDE(form, field, 0, part, expected)

static void numbers(void **state)
{
    (void)state;
    struct figures figures = {.small = UINT32_MAX, .large = UINT64_MAX, .yes = true};
    ASSERT_WRITTEN(U32, small, 0, "4294967295");
    ASSERT_WRITTEN(U64, large, 0, "18446744073709551615");
    ASSERT_WRITTEN(BOOL, yes, 0, "1");
    figures.yes = false;
    ASSERT_WRITTEN(BOOL, yes, 0, "0");
}

static void times_in_seconds(void **state)
{
    (void)state;
    struct figures figures = {.ms = 61005, .ns = 2000000007};
    ASSERT_WRITTEN(MS, ms, 0, "61.005");
    ASSERT_WRITTEN(NS, ns, 0, "2.000000007");
    figures.ms = 0;
    ASSERT_WRITTEN(MS, ms, 0, "0.000");
}

static void parts(void **state)
{
    (void)state;
    struct figures figures = {.sides = {3, 4}, .state = BRINK_UPSTREAM_SERVER_EJECTED};
    figures.reasons[BRINK_REASON_MAX_AGE] = 5;
    ASSERT_SIDE(SIDES, sides, BRINK_SIDE_CLIENT, 0, "3");
    ASSERT_SIDE(SIDES, sides, BRINK_SIDE_UPSTREAM, 0, "4");
    ASSERT_SIDE(SIDES_US, sides, BRINK_SIDE_UPSTREAM, 0, "0.000004");
    figures.causes[BRINK_SIDE_UPSTREAM][BRINK_REASON_MAX_AGE] = 6;
    ASSERT_SIDE(CAUSES, causes, BRINK_SIDE_UPSTREAM, BRINK_REASON_MAX_AGE, "6");
    ASSERT_SIDE(CAUSES, causes, BRINK_SIDE_CLIENT, BRINK_REASON_MAX_AGE, "0");
    figures.errors[BRINK_SIDE_UPSTREAM][BRINK_FRAME_TOO_LARGE] = 7;
    ASSERT_SIDE(ERRORS, errors, BRINK_SIDE_UPSTREAM, BRINK_FRAME_TOO_LARGE, "7");
    ASSERT_WRITTEN(REASONS, reasons, BRINK_REASON_MAX_AGE, "5");
    ASSERT_WRITTEN(STATE, state, BRINK_UPSTREAM_SERVER_EJECTED, "1");
    ASSERT_WRITTEN(STATE, state, BRINK_UPSTREAM_SERVER_UP, "0");
}

static void parts_have_names(void **state)
{
    (void)state;
    assert_null(brink_admin_parts_of(BRINK_ADMIN_U64).label);
    assert_int_equal(brink_admin_parts_of(BRINK_ADMIN_U64).count, 1);
    assert_null(brink_admin_part_name(BRINK_ADMIN_U64, 0));
    assert_false(brink_admin_parts_of(BRINK_ADMIN_U64).by_side);
    assert_true(brink_admin_parts_of(BRINK_ADMIN_SIDES).by_side);
    assert_null(brink_admin_parts_of(BRINK_ADMIN_SIDES).label);
    assert_string_equal(brink_admin_side_name(0), "client");
    assert_string_equal(brink_admin_side_name(1), "upstream");
    assert_true(brink_admin_parts_of(BRINK_ADMIN_CAUSES).by_side);
    assert_string_equal(brink_admin_part_name(BRINK_ADMIN_CAUSES, BRINK_REASON_MAX_AGE), "max-age");
    assert_null(brink_admin_part_name(BRINK_ADMIN_ERRORS, BRINK_FRAME_OK));
    assert_string_equal(brink_admin_part_name(BRINK_ADMIN_ERRORS, BRINK_FRAME_TOO_LARGE),
                        "too-large");
    assert_string_equal(brink_admin_parts_of(BRINK_ADMIN_REASONS).label, "reason");
    assert_int_equal(brink_admin_parts_of(BRINK_ADMIN_REASONS).count, BRINK_REASON_COUNT);
    assert_null(brink_admin_part_name(BRINK_ADMIN_REASONS, BRINK_REASON_NONE));
    assert_string_equal(brink_admin_part_name(BRINK_ADMIN_REASONS, BRINK_REASON_MAX_AGE),
                        "max-age");
    assert_string_equal(brink_admin_parts_of(BRINK_ADMIN_STATE).label, "state");
    assert_string_equal(brink_admin_part_name(BRINK_ADMIN_STATE, 1), "down");
}

static void assert_value(enum brink_histogram_kind kind, uint64_t value, const char *expected)
{
    struct written written;
    brink_admin_value_write(written_begin(&written), kind, value);
    char *got = written_end(&written);
    assert_string_equal(got, expected);
    free(got);
}

static void values_of_histograms(void **state)
{
    (void)state;
    struct figures figures;
    struct brink_admin_field field = {.at = offsetof(struct figures, histograms)};
    assert_value(BRINK_HISTOGRAM_BYTES, 1048576, "1048576");
    assert_value(BRINK_HISTOGRAM_US, 50, "0.00005");
    assert_value(BRINK_HISTOGRAM_US, 1500000, "1.5");
    assert_value(BRINK_HISTOGRAM_US, 60000000, "60");
    assert_value(BRINK_HISTOGRAM_US, 0, "0");
    assert_null(brink_admin_histogram_of(&field, &figures, 0));
    field.form = BRINK_ADMIN_SIDES_SIZES;
    assert_ptr_equal(brink_admin_histogram_of(&field, &figures, 1), &figures.histograms[1]);
    assert_int_equal(brink_admin_histogram_kind(field.form), BRINK_HISTOGRAM_BYTES);
    field.form = BRINK_ADMIN_TIMES;
    assert_ptr_equal(brink_admin_histogram_of(&field, &figures, 0), &figures.histograms[0]);
    assert_int_equal(brink_admin_histogram_kind(field.form), BRINK_HISTOGRAM_US);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers),
        cmocka_unit_test(times_in_seconds),
        cmocka_unit_test(parts),
        cmocka_unit_test(parts_have_names),
        cmocka_unit_test(values_of_histograms),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
