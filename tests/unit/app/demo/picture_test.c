/* Headers in boxes, to the last stroke. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "app/demo/picture.h"
#include "unit/app/printed.h"

static void draws(struct brink_layout layout, const char *expected)
{
    struct printed printed;
    brink_picture_draw(&layout, printed_begin(&printed));
    assert_string_equal(printed_end(&printed), expected);
    printed_free(&printed);
}

static void test_length_at_the_front(void **state)
{
    (void)state;
    draws((struct brink_layout){.kind = BRINK_LENGTH_FIXED, .size = 4},
          "    0    1    2    3    4\n"
          "    +----+----+----+----+------------ - -\n"
          "    |      length       | payload\n"
          "    +----+----+----+----+------------ - -\n");
}

static void test_bytes_before_it(void **state)
{
    (void)state;
    draws((struct brink_layout){.kind = BRINK_LENGTH_FIXED, .size = 2, .offset = 4},
          "    0    1    2    3    4    5    6\n"
          "    +----+----+----+----+----+----+------------ - -\n"
          "    |     not read      | length  | payload\n"
          "    +----+----+----+----+----+----+------------ - -\n");
    draws((struct brink_layout){.kind = BRINK_LENGTH_FIXED, .size = 1, .offset = 1},
          "    0    1    2\n"
          "    +----+----+------------ - -\n"
          "    |... |len | payload\n"
          "    +----+----+------------ - -\n");
}

static void test_many_bytes_are_one_box(void **state)
{
    (void)state;
    draws((struct brink_layout){.kind = BRINK_LENGTH_FIXED, .size = 2, .offset = 16},
          "    0                   16   17   18\n"
          "    +-------------------+----+----+------------ - -\n"
          "    | 16 bytes not read | length  | payload\n"
          "    +-------------------+----+----+------------ - -\n");
}

static void test_lengths_that_vary(void **state)
{
    (void)state;
    draws((struct brink_layout){.kind = BRINK_LENGTH_MQTT, .size = 4, .offset = 1},
          "    0    1\n"
          "    +----+-------------------+------------ - -\n"
          "    |... |  length, 1 to 4   | payload\n"
          "    +----+-------------------+------------ - -\n");
    draws((struct brink_layout){.kind = BRINK_LENGTH_DECIMAL, .size = 9, .delimiter = ':'},
          "    0\n"
          "    +-------------------+----+------------ - -\n"
          "    |  length, 1 to 9   |':' | payload\n"
          "    +-------------------+----+------------ - -\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_length_at_the_front),
        cmocka_unit_test(test_bytes_before_it),
        cmocka_unit_test(test_many_bytes_are_one_box),
        cmocka_unit_test(test_lengths_that_vary),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
