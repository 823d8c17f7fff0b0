/* Items, sections, includes; what follows a mistake is read as if it were not there. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "written.h"

static void show(const struct brink_config_item *section, char *text, size_t size)
{
    for (const struct brink_config_item *item = section->items; item != NULL; item = item->next) {
        size_t used = strlen(text);
        (void)snprintf(text + used, size - used, "%u:%s", item->place.line, item->name);
        for (const struct brink_config_value *value = item->values; value != NULL;
             value = value->next) {
            used = strlen(text);
            (void)snprintf(text + used, size - used, "%s%s", value == item->values ? "=" : ",",
                           value->text);
        }
        if (item->section) {
            used = strlen(text);
            (void)snprintf(text + used, size - used, "(%s){",
                           item->title != NULL ? item->title : "");
            show(item, text, size);
            (void)strncat(text, "}", size - strlen(text) - 1);
        }
        (void)strncat(text, " ", size - strlen(text) - 1);
    }
}

/* Reads "main" of `files`; what is told must have `mistake`, or be nothing where that is NULL. */
static void assert_tree(const char *const *files, const char *shown, const char *mistake)
{
    static struct brink_config_tree tree;
    static struct brink_config_problems problems;
    struct brink_config_memory memory = {0};
    struct written written = {files, NULL};
    struct brink_config_host host = written_host(&written);
    char text[1024] = "";
    problems = (struct brink_config_problems){.kept = 0};
    brink_config_tree_read(&tree, &host, &memory, &problems, "main");
    show(&tree.root, text, sizeof text);
    char *told = written_told(&problems);
    if (shown != NULL)
        assert_string_equal(text, shown);
    if (mistake == NULL)
        assert_string_equal(told, "");
    else if (strstr(told, mistake) == NULL || problems.errors != 1)
        fail_msg("\"%s\" is not what is told:\n%s", mistake, told);
    free(told);
    brink_config_memory_free(&memory);
}

static void assert_read(const char *text, const char *shown, const char *mistake)
{
    const char *const files[] = {"main", text, NULL};
    assert_tree(files, shown, mistake);
}

static void items_and_sections(void **state)
{
    (void)state;
    assert_read("", "", NULL);
    assert_read("a = 1\nb = 1, 2,\n  3; c=4\n", "1:a=1 2:b=1,2,3 3:c=4 ", NULL);
    assert_read("s { a = 1 }\nt \"x\"\n{\nb=2\n}", "1:s(){1:a=1 } 2:t(x){4:b=2 } ", NULL);
    assert_read("s{t u{a=b}}", "1:s(){1:t(u){1:a=b } } ", NULL);
    assert_read("f = dns,max=4KiB", "1:f=dns,max=4KiB ", NULL);
}

static void mistakes_do_not_hide_what_follows(void **state)
{
    (void)state;
    assert_read("a\nb = 2", "2:b=2 ", "main:1: a lacks a value");
    assert_read("a =\nb = 2", "1:a 2:b=2 ", "main:1: a lacks a value");
    assert_read("a = 1,;b = 2", "1:a=1 1:b=2 ", "a lacks a value");
    assert_read("a 1\nb = 2", "2:b=2 ", "lacks an = or a {");
    assert_read("a = 1 2\nb = 2", "1:a=1 2:b=2 ", "two values without a comma");
    assert_read("s { a = { x } \n b = 2 }", "1:s(){1:a 2:b=2 } ", "lacks a value");
    assert_read("s x y { a = 1\n }\nb = 2", "3:b=2 ", "lacks an = or a {");
    assert_read("}\nb = 2", "2:b=2 ", "a } without a section");
    assert_read("s {\na = 1\n", "1:s(){2:a=1 } ", "main:1: s is not closed");
    assert_read("= 3\nb = 2", "2:b=2 ", "where a name should stand");
    assert_read("{ a = 1 }\nb = 2", "2:b=2 ", "where a name should stand");
    assert_read("s { a = \"x } \n b = 2 }", "1:s(){1:a 2:b=2 } ", "not closed in this line");
    assert_read("s { a = ${NO} }\nb = 2", "1:s(){1:a } 2:b=2 ", "NO is not set");
    assert_read("s { a = \"\\q\" }\nb = 2", "1:s(){1:a } 2:b=2 ", "unknown escape");
    assert_read("a{b{c{d{e{f{g{h = 1}}}}}}}\nb = 2", NULL, "more than 6 deep");
}

static void files_include_others(void **state)
{
    (void)state;
    const char *const files[] = {
        "main",     "a = 1; include \"d/x\"\ns { include d/*.conf }\nz = 9",
        "d/x",      "x = 2\ninclude y",
        "d/y",      "y = 3",
        "d/1.conf", "one = 1",
        "d/2.conf", "two = 2",
        NULL};
    assert_tree(files, "1:a=1 1:x=2 1:y=3 2:s(){1:one=1 1:two=2 } 3:z=9 ", NULL);
}

static void includes_that_cannot_be(void **state)
{
    (void)state;
    const char *const loop[] = {"main", "include b\na = 1", "b", "include main\nc = 2", NULL};
    assert_tree(loop, "2:c=2 2:a=1 ", "b:1: \"main\" includes itself");
    const char *const lonely[] = {"main", "include b\na = 1", NULL};
    assert_tree(lonely, "2:a=1 ", "main:1: \"b\" cannot be read: No such file");
    const char *const open[] = {"main", "include b\na = 1", "b", "s {", NULL};
    assert_tree(open, "1:s(){} 2:a=1 ", "b:1: s is not closed");
    const char *const pattern[] = {"main", "include c*\na = 1", NULL};
    assert_tree(pattern, "2:a=1 ", NULL);
    const char *const empty[] = {"main", "include\na = 1", NULL};
    assert_tree(empty, "2:a=1 ", "include needs a path");
    const char *const none[] = {"other", "", NULL};
    assert_tree(none, "", "main: \"main\" cannot be read");
    const char *const deep[] = {
        "main", "include 1", "1", "include 2", "2", "include 3", "3", "include 4", "4", "include 5",
        "5",    "include 6", "6", "include 7", "7", "include 8", "8", "a = 1",     NULL};
    assert_tree(deep, "", "more than 8 deep");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(items_and_sections),
        cmocka_unit_test(mistakes_do_not_hide_what_follows),
        cmocka_unit_test(files_include_others),
        cmocka_unit_test(includes_that_cannot_be),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
