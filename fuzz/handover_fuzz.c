/* Targets: brink_handover_decode, brink_parcel_decode, brink_handover_encode.
 *
 * Any bytes: nothing is read beyond them, and what is understood, written again, is understood to
 * be the same. */
#include "fuzz_input.h"
#include "server/handover_wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct brink_handover_message heard;
    static struct brink_handover_message again;
    uint8_t bytes[BRINK_HANDOVER_MESSAGE_MAX];
    uint8_t *copy = malloc(size > 0 ? size : 1); /* which ends where the input ends */
    FUZZ_ASSERT(copy != NULL);
    if (size > 0)
        memcpy(copy, data, size);
    brink_result decoded = brink_handover_decode(&heard, copy, size);
    free(copy);
    if (brink_failed(decoded))
        return 0;
    size_t written = brink_handover_encode(&heard, bytes);
    FUZZ_ASSERT(written > 0);
    FUZZ_ASSERT(!brink_failed(brink_handover_decode(&again, bytes, written)));
    uint8_t twice[BRINK_HANDOVER_MESSAGE_MAX];
    FUZZ_ASSERT(brink_handover_encode(&again, twice) == written);
    FUZZ_ASSERT(memcmp(bytes, twice, written) == 0);
    return 0;
}
