/* Targets: brink_wheel_init, brink_wheel_advance, brink_wheel_next, brink_wheel_check,
 * brink_timer_new, brink_timer_arm, brink_timer_cancel, brink_timer_free, brink_timer_deadline
 * (src/time/wheel.c).
 *
 * The input is a script (tests/unit/time/wheel_script.h): the first byte chooses when the clock
 * starts, the rest are operations (arm, cancel, free, advance to what comes next, advance by any
 * step) with their arguments, some of them done from within a timer's fn. A plain array of
 * deadlines says what must fire, and in which order; the wheel's own check is called after each. */
#include "time/wheel_script.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    wheel_script_run(data, size);
    return 0;
}
