/* Targets: brink_spec_parse, brink_spec_check, brink_spec_describe, brink_frame_explain_error.
 *
 * Any text: a failure leaves the spec alone and says why; what was read passes the check, and its
 * description is read back as the same spec. */
#include "frame/same_spec.h"
#include "fuzz_input.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void explain(const struct brink_spec *spec, const uint8_t *data, size_t size)
{
    struct brink_decoder decoder;
    char text[256];
    brink_decoder_init(&decoder, &spec->request);
    for (size_t at = 0; at < size;) {
        struct brink_decoded step =
            brink_decoder_next(&decoder, &spec->request, data + at, size - at);
        if (step.event == BRINK_DECODE_BAD) {
            size_t room = size % sizeof text;
            memset(text, '#', sizeof text);
            brink_frame_explain_error(spec, &spec->request, &step, data + at, size - at, text,
                                      room);
            FUZZ_ASSERT(text[room] == '#');
            FUZZ_ASSERT(room == 0 || memchr(text, '\0', room) != NULL);
            return;
        }
        at += step.used;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char text[1100];
    struct brink_spec spec;
    struct brink_spec before;
    struct brink_message why = {""};
    size_t length = size < sizeof text - 1 ? size : sizeof text - 1;
    if (length > 0)
        memcpy(text, data, length);
    text[length] = '\0';
    memset(&spec, 0x5a, sizeof spec);
    before = spec;
    if (brink_failed(brink_spec_parse(&spec, text, 0, &why))) {
        FUZZ_ASSERT(memcmp(&spec, &before, sizeof spec) == 0);
        FUZZ_ASSERT(why.text[0] != '\0');
        FUZZ_ASSERT(memchr(why.text, '\0', sizeof why.text) != NULL);
        return 0;
    }
    FUZZ_ASSERT(!brink_failed(brink_spec_check(&spec, NULL)));
    char described[BRINK_SPEC_DESCRIBED_MAX];
    struct brink_spec again;
    (void)brink_spec_describe(&spec, described, sizeof described);
    FUZZ_ASSERT(!brink_failed(brink_spec_parse(&again, described, 0, NULL)));
    FUZZ_ASSERT(same_spec(&spec, &again));
    explain(&spec, data, size);
    return 0;
}
