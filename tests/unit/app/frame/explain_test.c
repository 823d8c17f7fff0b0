/* A spec in words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "app/frame/explain.h"
#include "unit/app/printed.h"

static const char *explain(struct printed *printed, const struct brink_spec *spec)
{
    brink_frame_explain_print(spec, printed_begin(printed));
    return printed_end(printed);
}

static struct brink_spec spec_of(const char *text)
{
    struct brink_spec spec;
    struct brink_message why;
    assert_false(brink_failed(brink_spec_parse(&spec, text, 0, &why)));
    return spec;
}

static void test_one_layout_is_told_once(void **state)
{
    (void)state;
    struct printed printed;
    struct brink_spec spec = spec_of("offset=4,size=2,endian=big,max=260");
    const char *text = explain(&printed, &spec);
    assert_has(text, "both directions: every frame");
    assert_has(text, "|     not read      | length  | payload");
    assert_has(text, "2 bytes, big-endian, at offset 4");
    assert_has(text, "frame     value + 6 bytes, header included");
    assert_has(text, "smallest  6 bytes");
    assert_has(text, "largest   260 bytes");
    assert_null(strstr(text, "upstream to client"));
    assert_null(strstr(text, "pin"));
    printed_free(&printed);
}

static void test_preset_has_title_and_source(void **state)
{
    (void)state;
    struct printed printed;
    struct brink_spec spec = spec_of("dns");
    const char *text = explain(&printed, &spec);
    assert_memory_equal(text, "dns: ", 5);
    assert_has(text, brink_preset_find("dns")->title);
    assert_has(text, brink_preset_find("dns")->source);
    printed_free(&printed);
}

static void test_all_that_a_spec_can_have(void **state)
{
    (void)state;
    struct printed printed;
    struct brink_spec spec = spec_of("u32be");
    spec.request.preface = 24;
    spec.request.has_first = true;
    spec.request.first = spec_of("u16be").request.frame;
    spec.pin = true;
    spec.negotiate = 8;
    const char *text = explain(&printed, &spec);
    assert_has(text, "client to upstream: 24 raw bytes (a preface), then");
    assert_has(text, "client to upstream: the first frame");
    assert_has(text, "client to upstream: the frames after it");
    assert_has(text, "upstream to client: every frame");
    assert_has(text, "exactly 8 bytes");
    assert_has(text, "pin: ");
    printed_free(&printed);
}

static void test_raw(void **state)
{
    (void)state;
    struct printed printed;
    struct brink_spec spec = spec_of("raw");
    assert_has(explain(&printed, &spec), "no frames: bytes are passed on as they come");
    printed_free(&printed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_layout_is_told_once),
        cmocka_unit_test(test_preset_has_title_and_source),
        cmocka_unit_test(test_all_that_a_spec_can_have),
        cmocka_unit_test(test_raw),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
