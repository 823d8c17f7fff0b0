/* The demo, shortened. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "app/demo/demo.h"
#include "unit/app/capture.h"

static void test_demo_is_good(void **state)
{
    (void)state;
    struct capture capture;
    char words[2][16] = {"brink demo", "--seconds=1"};
    char *argv[] = {words[0], words[1], NULL};
    capture_begin(&capture);
    enum brink_exit status = brink_demo(2, argv);
    capture_end(&capture);
    assert_int_equal(status, BRINK_EXIT_OK);
    assert_has(capture.out, "4 clients -> relay 127.0.0.1:");
    assert_has(capture.out, "frames cut   0\n");
    assert_has(capture.out, "different    0\n");
    assert_has(capture.out, "Every byte came back as it was sent.");
    assert_null(strchr(capture.out, '\r')); /* no terminal, no line that changes */
    assert_string_equal(capture.err, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_demo_is_good),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
