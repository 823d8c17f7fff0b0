/* The commands under brink frame. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "app/frame/frame.h"
#include "unit/app/capture.h"

static enum brink_exit frame(const char *command, const char *argument, struct capture *capture)
{
    static char words[3][32];
    char *argv[] = {words[0], words[1], words[2], NULL};
    (void)snprintf(words[0], sizeof words[0], "brink frame");
    (void)snprintf(words[1], sizeof words[1], "%s", command);
    (void)snprintf(words[2], sizeof words[2], "%s", argument);
    capture_begin(capture);
    enum brink_exit status = brink_frame(*argument != '\0' ? 3 : 2, argv);
    capture_end(capture);
    return status;
}

static void test_commands(void **state)
{
    (void)state;
    struct capture capture;
    assert_int_equal(frame("list", "", &capture), BRINK_EXIT_OK);
    assert_has(capture.out, "PRESET");
    assert_int_equal(frame("explain", "u32le", &capture), BRINK_EXIT_OK);
    assert_has(capture.out, "4 bytes, little-endian, at offset 0");
}

static void test_unknown_command(void **state)
{
    (void)state;
    struct capture capture;
    assert_int_equal(frame("scam", "", &capture), BRINK_EXIT_USAGE);
    assert_has(capture.err, "did you mean \"brink frame scan\"?");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_commands),
        cmocka_unit_test(test_unknown_command),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
