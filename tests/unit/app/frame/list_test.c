/* Every preset has its row. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "app/frame/list.h"
#include "brink/frame.h"
#include "unit/app/printed.h"

static void test_every_preset_has_a_row(void **state)
{
    (void)state;
    struct printed printed;
    brink_frame_list_print(printed_begin(&printed));
    const char *text = printed_end(&printed);
    assert_true(brink_preset_count() > 0);
    for (size_t i = 0; i < brink_preset_count(); i++) {
        const struct brink_preset *preset = brink_preset_at(i);
        char row[64];
        (void)snprintf(row, sizeof row, "\n%s ", preset->name);
        assert_has(text, row);
        assert_has(text, preset->title);
    }
    printed_free(&printed);
}

static void test_row_of_dns(void **state)
{
    (void)state;
    struct printed printed;
    brink_frame_list_print(printed_begin(&printed));
    const char *row = strstr(printed_end(&printed), "\ndns ");
    assert_non_null(row);
    char line[256];
    (void)snprintf(line, sizeof line, "%.*s", (int)strcspn(row + 1, "\n"), row + 1);
    assert_has(line, "u16be");
    assert_has(line, "64.0 KiB");
    printed_free(&printed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_preset_has_a_row),
        cmocka_unit_test(test_row_of_dns),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
