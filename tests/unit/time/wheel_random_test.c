/* The wheel at random against a plain array of deadlines (wheel_script.h). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "wheel_script.h"

static void test_random_scripts_agree_with_plain_array(void **state)
{
    (void)state;
    uint64_t random = 1;
    for (unsigned seed = 1; seed <= 300; seed++) {
        uint8_t script[2000];
        for (size_t i = 0; i < sizeof(script); i++) {
            random = random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
            script[i] = (uint8_t)(random >> 56);
        }
        wheel_script_run(script, sizeof(script));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random_scripts_agree_with_plain_array),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
