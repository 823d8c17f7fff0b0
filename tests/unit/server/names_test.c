/* Names that stay. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "server/names.h"
#include "support/counting_source.h"

static void a_name_is_kept_once(void **state)
{
    (void)state;
    struct counting_source memory;
    struct brink_arena arena;
    struct brink_names names;
    char text[] = "front";
    counting_open(&arena, &memory);
    brink_names_open(&names, &arena);
    const char *front = brink_names_keep(&names, text);
    const char *back = brink_names_keep(&names, "back");
    text[0] = 'x';
    assert_string_equal(front, "front");
    assert_string_equal(back, "back");
    assert_ptr_equal(brink_names_keep(&names, "front"), front);
    assert_ptr_equal(brink_names_keep(&names, "back"), back);
    assert_int_equal(memory.blocks, 2);
    brink_names_close(&names);
    assert_int_equal(memory.blocks, 0);
}

static void without_memory_it_is_not(void **state)
{
    (void)state;
    struct counting_source memory;
    struct brink_arena arena;
    struct brink_names names;
    counting_open(&arena, &memory);
    brink_names_open(&names, &arena);
    memory.fail_at = 1;
    assert_null(brink_names_keep(&names, "front"));
    assert_non_null(brink_names_keep(&names, "front"));
    brink_names_close(&names);
    assert_int_equal(memory.blocks, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_name_is_kept_once),
        cmocka_unit_test(without_memory_it_is_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
