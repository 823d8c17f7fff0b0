/* Specs as text, as sections, by name; their mistakes and limits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "written.h"

/* The spec that `frame` gives a listener is the one that the text gives. */
static void assert_spec(const char *before, const char *frame, const char *text, uint64_t max_frame)
{
    char conf[1024];
    char one[BRINK_SPEC_DESCRIBED_MAX];
    char other[BRINK_SPEC_DESCRIBED_MAX];
    struct brink_spec spec;
    (void)snprintf(conf, sizeof conf, "%s\nlistener \"l\" { address = :1; service = echo; %s }",
                   before, frame);
    struct brink_config *config = assert_good(conf);
    assert_false(brink_failed(brink_spec_parse(&spec, text, max_frame, NULL)));
    assert_string_equal(brink_spec_describe(&config->server.listeners[0].spec, one, sizeof one),
                        brink_spec_describe(&spec, other, sizeof other));
    brink_config_free(config);
}

static void assert_wrong(const char *frame, const char *part)
{
    char conf[1024];
    (void)snprintf(conf, sizeof conf, "listener \"l\" { address = :1; service = echo\n%s }", frame);
    assert_tells(conf, part);
}

static void specs_as_text(void **state)
{
    (void)state;
    assert_spec("", "", "u32le", 0);
    assert_spec("", "frame = u16be", "u16be", 0);
    assert_spec("", "frame = dns,max=4096", "dns,max=4096", 0);
    assert_spec("", "frame = offset=4,size=2,endian=big,reply=(u16be,max=9)",
                "offset=4,size=2,endian=big,reply=(u16be,max=9)", 0);
    assert_spec("", "frame = kafka; max-frame = 1MiB", "kafka", 1 << 20);
    assert_spec("", "max-frame = 1MiB", "u32le", 1 << 20);
    assert_spec("", "frame = raw", "raw", 0);
}

static void specs_as_sections(void **state)
{
    (void)state;
    assert_spec("", "frame { }", "u32le", 0);
    assert_spec("", "frame { preset = dns }", "dns", 0);
    assert_spec("", "frame { max = 60KiB; preset = dns; min = 12 }", "dns,min=12,max=60KiB", 0);
    assert_spec("", "frame { size = 2; endian = big; offset = 4; includes = header }",
                "offset=4,size=2,endian=big,includes=header", 0);
    assert_spec("", "frame { ascii = decimal; delimiter = \",\"; size = 5 }",
                "ascii=decimal,delimiter=comma,size=5", 0);
    assert_spec("",
                "frame { reply { size = 8 }; preset = u32be; first { endian = big; max = 99 }; "
                "negotiate = 8; pin = yes; preface = 3 }",
                "u32be,preface=3,negotiate=8,pin=yes,first=(endian=big,max=99),reply=(size=8)", 0);
    assert_spec("", "frame { reply { preface = 2; first { size = 1 } } }",
                "u32le,reply=(preface=2,first=(size=1))", 0);
    assert_spec("", "frame { first { } }", "u32le,first=(u32le)", 0);
}

static void specs_by_name(void **state)
{
    (void)state;
    assert_spec("frame \"mine\" { size = 2 }", "frame = mine", "u16le", 0);
    assert_spec("frame \"mine\" { size = 2 }", "frame = mine; max-frame = 99", "u16le", 99);
    struct brink_config *config =
        assert_good("listener \"l\" { address = :1; service = echo; frame = mine }\n"
                    "frame \"mine\" { size = 2 }");
    assert_string_equal(config->server.listeners[0].spec.name, "mine");
    brink_config_free(config);
    assert_tells("frame \"dns\" { size = 2 }", "would hide the spec of that name");
    assert_tells("frame { size = 2 }", "needs a name");
    assert_tells("frame \"a\" { }\nframe \"a\" { }", "conf:2: frame \"a\" stands twice");
    assert_tells("frame \"mine\" { }\nlistener \"l\" { frame = mien }", "did you mean \"mine\"?");
}

static void mistakes(void **state)
{
    (void)state;
    assert_wrong("frame = u33le", "conf:2: \"u33le\" is no frame spec");
    assert_wrong("frame {\nsize = 9 }", "conf:3: size is 9;");
    assert_wrong("frame {\nendian = middle }", "conf:3: endian=middle: write little or big");
    assert_wrong("frame { sise = 9 }", "unknown key \"sise\" in frame; did you mean \"size\"?");
    assert_wrong("frame { size = \"2,offset=4\" }", "is more than one value");
    assert_wrong("frame { first { pin = yes } }", "unknown key \"pin\" in first");
    assert_wrong("frame = dns; frame { }", "frame stands twice");
    assert_wrong("max-frame = 0", "max-frame: 0 would refuse every frame");
    assert_wrong("max-frame = x", "max-frame: \"x\"");
    assert_wrong("max-frame = 3", "the smallest frame has 4");
}

static void a_limit_that_no_frame_reaches_is_refused(void **state)
{
    (void)state;
    assert_wrong("frame = dns; max-frame = 1MiB", "no more than 65537 bytes");
    assert_wrong("frame { preset = u16be; max = 1MiB }", "no more than 65537 bytes");
    assert_wrong("frame = varint; max-frame = 1TiB", "unknown unit");
    assert_wrong("frame = kafka; max-frame = 3GiB", "no more than 2147483651 bytes");
    assert_spec("", "frame = dns; max-frame = 65537", "dns", 65537);
    assert_spec("", "frame = u64le; max-frame = 1000GiB", "u64le", 1000ULL << 30);
    assert_wrong("frame { size = 2; unit = 4; max = 1MiB }", "no more than 262142 bytes");
    assert_wrong("frame { mask = 0xff; max = 1MiB }", "no more than 259 bytes");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(specs_as_text),
        cmocka_unit_test(specs_as_sections),
        cmocka_unit_test(specs_by_name),
        cmocka_unit_test(mistakes),
        cmocka_unit_test(a_limit_that_no_frame_reaches_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
