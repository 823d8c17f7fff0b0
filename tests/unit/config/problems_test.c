/* What is kept, in which order it is told, and how. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "written.h"

static void they_are_told_by_file_and_line(void **state)
{
    (void)state;
    static struct brink_config_problems problems;
    struct brink_config_place a = {"a", 0, 7};
    struct brink_config_place b = {"b", 1, 2};
    struct brink_config_place whole = {"a", 0, 0};
    problems = (struct brink_config_problems){.kept = 0};
    brink_config_problems_error(&problems, &b, "one; do this");
    brink_config_problems_warn(&problems, &a, "two\n%s", "2");
    brink_config_problems_error(&problems, &a, "three");
    brink_config_problems_error(&problems, &whole, "four");
    brink_config_problems_sort(&problems);
    char *told = written_told(&problems);
    assert_string_equal(told, "a: four\na:7: warning: two?2\na:7: three\nb:2: one; do this\n");
    assert_int_equal(problems.errors, 3);
    assert_int_equal(problems.warnings, 1);
    free(told);
}

static void beyond_a_hundred_they_are_only_counted(void **state)
{
    (void)state;
    static struct brink_config_problems problems;
    struct brink_config_place a = {"a", 0, 1};
    problems = (struct brink_config_problems){.kept = 0};
    for (int i = 0; i < 120; i++) {
        assert_int_equal(brink_config_problems_full(&problems), i >= 100);
        brink_config_problems_error(&problems, &a, "x");
    }
    char *told = written_told(&problems);
    assert_int_equal(problems.errors, 120);
    assert_non_null(strstr(told, "\nand 20 more\n"));
    free(told);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(they_are_told_by_file_and_line),
        cmocka_unit_test(beyond_a_hundred_they_are_only_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
