/* Targets: brink_address_read, brink_address_format.
 *
 * Any text: a failure leaves the address alone and says why; an address that was read is written
 * as a text that is read as the same address. */
#include "fuzz_input.h"
#include "net/address.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_round_trip(const struct brink_address *address, enum brink_address_use use)
{
    char text[BRINK_ADDRESS_TEXT_MAX];
    char name[BRINK_HOST_MAX];
    struct brink_address again;
    (void)brink_address_format(address, text, sizeof text);
    FUZZ_ASSERT(!brink_failed(brink_address_read(&again, text, use, name, NULL)));
    FUZZ_ASSERT(name[0] == '\0');
    FUZZ_ASSERT(again.kind == address->kind && again.fd == address->fd);
    FUZZ_ASSERT(again.length == address->length);
    FUZZ_ASSERT(memcmp(&again.sock, &address->sock, address->length) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char text[600];
    char name[BRINK_HOST_MAX];
    struct brink_address address;
    struct brink_address before;
    struct brink_message why = {""};
    if (size == 0)
        return 0;
    enum brink_address_use use = data[0] & 1 ? BRINK_ADDRESS_TO_LISTEN : BRINK_ADDRESS_TO_CONNECT;
    size_t length = size - 1 < sizeof text - 1 ? size - 1 : sizeof text - 1;
    if (length > 0)
        memcpy(text, data + 1, length);
    text[length] = '\0';
    memset(&address, 0x5a, sizeof address);
    before = address;
    if (brink_failed(brink_address_read(&address, text, use, name, &why))) {
        FUZZ_ASSERT(memcmp(&address, &before, sizeof address) == 0);
        FUZZ_ASSERT(why.text[0] != '\0');
        return 0;
    }
    FUZZ_ASSERT(memchr(name, '\0', sizeof name) != NULL);
    if (name[0] == '\0')
        check_round_trip(&address, use);
    return 0;
}
