/* Slab pools at random against a plain array of what is out (slab_script.h). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "slab_script.h"

static void test_random_scripts_agree_with_plain_array(void **state)
{
    (void)state;
    uint64_t random = 1;
    for (unsigned seed = 1; seed <= 160; seed++) {
        uint8_t script[400];
        for (size_t i = 0; i < sizeof(script); i++) {
            random = random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
            script[i] = (uint8_t)(random >> 56);
        }
        script[0] = (uint8_t)seed; /* every size in turn */
        slab_script_run(script, sizeof(script));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random_scripts_agree_with_plain_array),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
