/* The text of a spec: names, limits, and what is said of mistakes. */
#include "frames.h"

#include <errno.h>

static void short_forms_are_read(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint8_t size;
        enum brink_endian endian;
    } forms[] = {{"u8", 1, BRINK_LITTLE_ENDIAN},    {"u16le", 2, BRINK_LITTLE_ENDIAN},
                 {"u16be", 2, BRINK_BIG_ENDIAN},    {"u24be", 3, BRINK_BIG_ENDIAN},
                 {"u40le", 5, BRINK_LITTLE_ENDIAN}, {"u64be", 8, BRINK_BIG_ENDIAN}};
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        struct brink_spec spec = spec_of(forms[i].text);
        assert_int_equal(spec.request.frame.size, forms[i].size);
        assert_int_equal(spec.request.frame.endian, forms[i].endian);
        assert_int_equal(spec.reply.frame.size, forms[i].size);
        assert_string_equal(spec.name, forms[i].text);
    }
}

static void a_limit_from_outside_replaces_all_limits(void **state)
{
    (void)state;
    struct brink_spec spec;
    assert_int_equal(brink_spec_parse(&spec, "postgres", 20000, NULL).err, 0);
    assert_int_equal(spec.request.frame.max, 20000);
    assert_int_equal(spec.reply.frame.max, 20000);
    assert_int_equal(spec.request.first.max, 10000); /* never more than the first frame's own */
    assert_int_equal(brink_spec_parse(&spec, "postgres", 500, NULL).err, 0);
    assert_int_equal(spec.request.first.max, 500);
    assert_int_equal(brink_spec_parse(&spec, "raw", 500, NULL).err, 0);
    struct brink_message why = {""};
    assert_int_equal(brink_spec_parse(&spec, "u32le", 3, &why).err, EINVAL);
    assert_non_null(strstr(why.text, "max is 3"));
}

static void mistakes_are_explained(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *words;
    } mistakes[] = {
        {"", "is no frame spec"},
        {"u12le", "is no frame spec"},
        {"u32", "is no frame spec"},
        {"u72le", "is no frame spec"},
        {"u08", "is no frame spec"},
        {"ux", "is no frame spec"},
        {"u8x", "is no frame spec"},
        {"dn", "did you mean \"dns\""},
        {"postgre", "did you mean \"postgres\""},
        {"offset=4,sise=2", "unknown key \"sise\"; did you mean \"size\""},
        {"u32le,dns", "\"dns\" lacks a value"},
        {"size", "is no frame spec"},
        {"offset=4,", "lacks a value"},
        {"size=", "write a number"},
        {"size=9", "1 to 8 bytes"},
        {"size=300", "too large"},
        {"offset=5000", "too large"},
        {"endian=middle", "little or big"},
        {"adjust=x", "number of bytes"},
        {"adjust=9223372036854775808", "number of bytes"},
        {"includes=all", "none, length or header"},
        {"varint=leb128,includes=length", "fixed size"},
        {"varint=big", "leb128 or mqtt"},
        {"ascii=octal", "decimal or hex"},
        {"ascii=decimal,delimiter=tab", "delimiter"},
        {"first=u16be", "parentheses"},
        {"first=(u16be", "parentheses"},
        {"first=", "parentheses"},
        {"reply=(u99)", "is no frame spec"},
        {"reply=(u8,first=(u8,first=(u8)))", "so deep"},
        {"max=3", "smallest frame"},
        {"pin=maybe", "yes or no"},
        {"signed=2", "yes or no"},
    };
    for (size_t i = 0; i < sizeof mistakes / sizeof mistakes[0]; i++) {
        struct brink_spec spec;
        struct brink_spec before;
        struct brink_message why = {""};
        memset(&spec, 0x5a, sizeof spec);
        before = spec;
        assert_int_equal(brink_spec_parse(&spec, mistakes[i].text, 0, &why).err, EINVAL);
        if (strstr(why.text, mistakes[i].words) == NULL)
            fail_msg("%s: \"%s\" does not say \"%s\"", mistakes[i].text, why.text,
                     mistakes[i].words);
        assert_memory_equal(&spec, &before, sizeof spec);
    }
}

static void long_texts_are_refused_and_long_names_cut(void **state)
{
    (void)state;
    char text[4000];
    struct brink_spec spec;
    memset(text, 'x', sizeof text);
    text[sizeof text - 1] = '\0';
    assert_int_equal(brink_spec_parse(&spec, text, 0, NULL).err, EINVAL);
    spec = spec_of("offset=1,size=2,endian=big,max=4096,min=5");
    assert_int_equal(strlen(spec.name), 31);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(short_forms_are_read),
        cmocka_unit_test(a_limit_from_outside_replaces_all_limits),
        cmocka_unit_test(mistakes_are_explained),
        cmocka_unit_test(long_texts_are_refused_and_long_names_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
