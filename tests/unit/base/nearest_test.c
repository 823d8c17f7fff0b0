/* How far words are apart. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/nearest.h"

static void distances_are_levenshteins(void **state)
{
    (void)state;
    assert_int_equal(brink_word_distance("", ""), 0);
    assert_int_equal(brink_word_distance("size", "size"), 0);
    assert_int_equal(brink_word_distance("", "size"), 4);
    assert_int_equal(brink_word_distance("sise", "size"), 1);
    assert_int_equal(brink_word_distance("kitten", "sitting"), 3);
    assert_int_equal(brink_word_distance("sitting", "kitten"), 3);
    assert_int_equal(brink_word_distance("offst", "offset"), 1);
}

static void long_words_are_like_nothing(void **state)
{
    (void)state;
    char word[65];
    memset(word, 'a', sizeof word);
    word[64] = '\0';
    assert_int_equal(brink_word_distance(word, "a"), SIZE_MAX);
    assert_int_equal(brink_word_distance("a", word), SIZE_MAX);
    word[63] = '\0';
    assert_int_equal(brink_word_distance(word, "a"), 62);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(distances_are_levenshteins),
        cmocka_unit_test(long_words_are_like_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
