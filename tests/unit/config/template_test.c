/* Texts with fields: what is read of them, and what is told of mistakes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "config/template.h"

/* The parts of a template, each in brackets; of fields in sharp ones. */
static void assert_parts(const char *text, const char *wanted)
{
    struct brink_config_memory memory = {0};
    struct brink_config_template template;
    struct brink_message why = {0};
    char parts[512] = "";
    if (brink_failed(brink_config_template_read(&template, text, &memory, &why)))
        fail_msg("%s: %s", text, why.text);
    for (size_t i = 0; i < template.count; i++) {
        const struct brink_config_template_part *part = &template.parts[i];
        assert_int_equal(strlen(part->text), part->length);
        strncat(parts, part->field ? "<" : "[", 2);
        strncat(parts, part->text, 200);
        strncat(parts, part->field ? ">" : "]", 2);
    }
    assert_string_equal(parts, wanted);
    brink_config_memory_free(&memory);
}

static void assert_refused(const char *text, const char *part)
{
    struct brink_config_memory memory = {0};
    struct brink_config_template template = {NULL, 77};
    struct brink_message why = {0};
    assert_int_equal(brink_config_template_read(&template, text, &memory, &why).err, EINVAL);
    assert_int_equal(template.count, 77);
    if (strstr(why.text, part) == NULL)
        fail_msg("\"%s\" is not told of %s, but: %s", part, text, why.text);
    brink_config_memory_free(&memory);
}

static void text_and_fields_are_told_apart(void **state)
{
    (void)state;
    assert_parts("%{peer}", "<peer>");
    assert_parts("%{peer} - %{code}", "<peer>[ - ]<code>");
    assert_parts("at %{time}: %{ms}ms", "[at ]<time>[: ]<ms>[ms]");
    assert_parts("%{ms}%{ms}", "<ms><ms>");
    assert_parts("100%% of {%{code}}\t}", "[100][%][ of {]<code>[}\t}]");
    assert_parts("%%%{code}%%", "[%]<code>[%]");
    assert_parts("caf\xc3\xa9 %{code}", "[caf\xc3\xa9 ]<code>");
}

static void every_field_is_known(void **state)
{
    (void)state;
    for (const char *const *field = brink_config_template_fields; *field != NULL; field++) {
        char text[64];
        char wanted[64];
        (void)snprintf(text, sizeof text, "%%{%s}", *field);
        (void)snprintf(wanted, sizeof wanted, "<%s>", *field);
        assert_parts(text, wanted);
    }
}

static void mistakes_are_told(void **state)
{
    (void)state;
    assert_refused("", "has no field; write \"%{peer} %{code}\"");
    assert_refused("combined", "\"combined\" has no field");
    assert_refused("100%%", "has no field");
    assert_refused("%{code} 100% sure", "\"%\" stands before no field; write %{peer}, or %% for");
    assert_refused("%{code} %", "stands before no field");
    assert_refused("%{code} %{peer", "\"%{peer\" has no end; write %{peer}");
    assert_refused("%{", "has no end");
    assert_refused("%{code%{peer}", "has no end");
    assert_refused("%{}", "no field is called \"\"");
    assert_refused("%{pear}", "no field is called \"pear\"; did you mean %{peer}?");
    assert_refused("%{Client-IP-that-is-very-long-to-write}", "; brink.conf(5) lists them");
    assert_refused("%{code}\n", "control characters");
    assert_refused("%{code}\x7f", "control characters");
}

static void too_many_parts_are_refused(void **state)
{
    (void)state;
    char text[BRINK_CONFIG_TEMPLATE_PARTS * 5 + 16] = "";
    for (int i = 0; i < BRINK_CONFIG_TEMPLATE_PARTS; i++)
        (void)memcpy(text + (size_t)i * 5, "%{ms}", 6);
    struct brink_config_memory memory = {0};
    struct brink_config_template template;
    struct brink_message why;
    assert_int_equal(brink_config_template_read(&template, text, &memory, &why).err, 0);
    assert_int_equal(template.count, BRINK_CONFIG_TEMPLATE_PARTS);
    brink_config_memory_free(&memory);
    (void)memcpy(text + sizeof text - 16, ".", 2);
    assert_refused(text, "more than 128 fields and texts");
}

static void without_memory_it_fails(void **state)
{
    (void)state;
    struct brink_config_memory memory = {.total = BRINK_CONFIG_MEMORY_MAX};
    struct brink_config_template template;
    struct brink_message why = {0};
    assert_int_equal(brink_config_template_read(&template, "%{ms}", &memory, &why).err, ENOMEM);
    assert_non_null(strstr(why.text, "no memory"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_and_fields_are_told_apart),
        cmocka_unit_test(every_field_is_known),
        cmocka_unit_test(mistakes_are_told),
        cmocka_unit_test(too_many_parts_are_refused),
        cmocka_unit_test(without_memory_it_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
