/* Words, signs, quotes, variables, and each mistake. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "written.h"

/* The tokens of a text as a line: words in <>, signs as they are, `.` for a break, `!` for bad. */
struct lexed {
    struct brink_config_words words;
    struct brink_config_memory memory;
    struct brink_config_problems problems;
    char line[512];
};

static const char *lex(struct lexed *lexed, const char *text, bool value)
{
    static const char *const variables[] = {"SET",   "value",        "EMPTY", "",
                                            "TRICK", "a, b } # c\"", NULL};
    struct written written = {NULL, variables};
    struct brink_config_host host = written_host(&written);
    struct brink_config_lexer lexer;
    memset(lexed, 0, sizeof *lexed);
    lexed->words.host = &host;
    lexed->words.memory = &lexed->memory;
    lexed->words.problems = &lexed->problems;
    brink_config_lexer_init(&lexer, &lexed->words, "conf", 0, text, strlen(text));
    for (size_t used = 0; used < sizeof lexed->line - 40;) {
        struct brink_config_token token = brink_config_lexer_next(&lexer, value);
        static const char signs[] = "\0._=,{}!";
        if (token.kind == BRINK_CONFIG_TOKEN_END)
            break;
        if (token.kind == BRINK_CONFIG_TOKEN_WORD)
            used +=
                (size_t)snprintf(lexed->line + used, sizeof lexed->line - used, "<%s>", token.text);
        else
            lexed->line[used++] = signs[token.kind];
    }
    return lexed->line;
}

static void assert_lexed(const char *text, bool value, const char *tokens)
{
    static struct lexed lexed;
    assert_string_equal(lex(&lexed, text, value), tokens);
    assert_int_equal(lexed.problems.errors, 0);
    brink_config_memory_free(&lexed.memory);
}

static void assert_mistake(const char *text, const char *what)
{
    static struct lexed lexed;
    (void)lex(&lexed, text, true);
    assert_int_equal(lexed.problems.errors, 1);
    if (strstr(lexed.problems.list[0].what.text, what) == NULL)
        fail_msg("%s: %s", text, lexed.problems.list[0].what.text);
    brink_config_memory_free(&lexed.memory);
}

static void words_and_signs(void **state)
{
    (void)state;
    assert_lexed("", false, "");
    assert_lexed("a = b, c ; d\n", false, "<a>=<b>,<c>.<d>.");
    assert_lexed("l \"x y\" {}", false, "<l><x y>{}");
    assert_lexed("a#b # c = {\n#\n", false, "<a#b>..");
    assert_lexed("a=b", false, "<a>=<b>");
    assert_lexed("a=b,c=(d=e)", true, "<a=b>,<c=(d=e)>");
    assert_lexed("a\r\n\tb", false, "<a>.<b>");
    assert_lexed("\xef\xbb\xbf"
                 "a = \xc3\xa4",
                 false, "<a>=<\xc3\xa4>");
}

static void quotes(void **state)
{
    (void)state;
    assert_lexed("\"\"", true, "<>");
    assert_lexed("\"a\\\"\\\\\\$\\x41\\n\"", true, "<a\"\\$A\n>");
    assert_lexed("\"# { } ; , =\"", true, "<# { } ; , =>");
}

static void variables(void **state)
{
    (void)state;
    assert_lexed("${SET}", true, "<value>");
    assert_lexed("a${SET}b${UNSET:-c d}e", true, "<avaluebc de>");
    assert_lexed("\"${EMPTY:-x} ${EMPTY}\"", true, "<x >");
    assert_lexed("${UNSET:-}", true, "<>");
    assert_lexed("$SET $ a$", true, "<$SET><$><a$>");
    assert_lexed("${TRICK}", true, "<a, b } # c\">"); /* a value makes no syntax */
}

static void mistakes_are_told_once(void **state)
{
    (void)state;
    assert_mistake("\"abc", "not closed");
    assert_mistake("\"abc\nd", "not closed");
    assert_mistake("\"\\q\" b", "unknown escape");
    assert_mistake("\"\\x00\"", "unknown escape");
    assert_mistake("\"\\xg0\"", "unknown escape");
    assert_mistake("${UNSET} b", "UNSET is not set");
    assert_mistake("${1A} b", "${NAME}");
    assert_mistake("${SET b", "${NAME}");
    assert_mistake("a\"b", "quotes within a word");
    assert_mistake("a\001b", "control character");
    assert_mistake("\"a\001b\"", "control character");
}

static void a_word_has_a_bound(void **state)
{
    (void)state;
    static char text[BRINK_CONFIG_WORD_MAX + 1];
    static struct lexed lexed;
    memset(text, 'a', sizeof text - 1);
    (void)lex(&lexed, text, true);
    assert_int_equal(lexed.problems.errors, 1);
    assert_non_null(strstr(lexed.problems.list[0].what.text, "more than 16383 bytes"));
    brink_config_memory_free(&lexed.memory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_and_signs),    cmocka_unit_test(quotes),
        cmocka_unit_test(variables),          cmocka_unit_test(mistakes_are_told_once),
        cmocka_unit_test(a_word_has_a_bound),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
