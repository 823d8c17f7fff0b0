/* Our own lines are read pair by pair; what is none of them is not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "app/log/logfmt.h"

/* The pairs as [key|value] or [key|"value"], and what was left. */
static const char *read_as(const char *line)
{
    static char text[512];
    struct brink_logfmt reader;
    struct brink_logfmt_pair pair;
    size_t used = 0;
    brink_logfmt_begin(&reader, line, strlen(line));
    while (brink_logfmt_next(&reader, &pair)) {
        const char *quote = pair.quoted ? "\"" : "";
        used += (size_t)snprintf(text + used, sizeof text - used, "[%.*s|%s%.*s%s]",
                                 (int)pair.key_length, pair.key, quote, (int)pair.value_length,
                                 pair.value, quote);
    }
    (void)snprintf(text + used, sizeof text - used, "%.*s", (int)reader.length, reader.rest);
    return text;
}

static void pairs_are_read(void **state)
{
    (void)state;
    assert_string_equal(read_as(""), "");
    assert_string_equal(read_as("event=x"), "[event|x]");
    assert_string_equal(read_as("event=x n=7 a.b-c_d="), "[event|x][n|7][a.b-c_d|]");
    assert_string_equal(read_as("spec=offset=4,size=2"), "[spec|offset=4,size=2]");
    assert_string_equal(read_as("e=\"a b\" f=\"\""), "[e|\"a b\"][f|\"\"]");
    assert_string_equal(read_as("e=\"say \\\"hi\\\" \\\\\" n=1"),
                        "[e|\"say \\\"hi\\\" \\\\\"][n|1]");
    assert_string_equal(read_as("path=a\\b"), "[path|a\\b]");
}

static void what_is_no_pair_is_left(void **state)
{
    (void)state;
    static const char *const rests[] = {" two",      " =x",     " 1=x",        " e=\"cut",
                                        " e=\"a\"b", " e=a\"b", " e=\"\\n\"",  " e=\"\\",
                                        "  n=1",     " e=a\tb", " e=\"a\tb\"", " k\xc3\xa9=1"};
    for (size_t i = 0; i < sizeof rests / sizeof rests[0]; i++) {
        char line[64];
        char wanted[64];
        (void)snprintf(line, sizeof line, "n=7%s", rests[i]);
        (void)snprintf(wanted, sizeof wanted, "[n|7]%s", rests[i]);
        assert_string_equal(read_as(line), wanted);
    }
}

static void a_pair_is_found(void **state)
{
    (void)state;
    static const char line[] = "event=x peer=1.2.3.4:5 event=y error=\"cut";
    struct brink_logfmt_pair pair;
    assert_true(brink_logfmt_find(line, strlen(line), "event", &pair));
    assert_true(pair.value_length == 1 && pair.value[0] == 'x');
    assert_true(brink_logfmt_find(line, strlen(line), "peer", &pair));
    assert_memory_equal(pair.value, "1.2.3.4:5", pair.value_length);
    assert_false(brink_logfmt_find(line, strlen(line), "even", &pair));
    assert_false(brink_logfmt_find(line, strlen(line), "error", &pair));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pairs_are_read),
        cmocka_unit_test(what_is_no_pair_is_left),
        cmocka_unit_test(a_pair_is_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
