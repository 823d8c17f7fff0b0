/* Targets: brink_inheritance_read, brink_inheritance_write, brink_inheritance_take.
 *
 * Any text as the variable of an upgrade: a failure leaves nothing; what is read is written as the
 * same text, but for zeros before a number, and each of its sockets can be taken once. */
#include "app/upgrade/inheritance.h"
#include "fuzz_input.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_same(const struct brink_inheritance *one, const struct brink_inheritance *other)
{
    FUZZ_ASSERT(one->channel == other->channel && one->count == other->count);
    for (uint32_t i = 0; i < one->count; i++) {
        FUZZ_ASSERT(one->sockets[i] == other->sockets[i]);
        FUZZ_ASSERT(strcmp(one->names[i].text, other->names[i].text) == 0);
    }
}

static void check_read(struct brink_inheritance *inheritance)
{
    static char text[BRINK_INHERITANCE_TEXT];
    struct brink_inheritance again;
    FUZZ_ASSERT(inheritance->channel > 2 && inheritance->count <= BRINK_INHERITANCE_SOCKETS);
    (void)brink_inheritance_write(inheritance, text);
    FUZZ_ASSERT(strlen(text) < sizeof text - 1);
    FUZZ_ASSERT(!brink_failed(brink_inheritance_read(&again, text, NULL)));
    check_same(inheritance, &again);
    for (uint32_t i = 0; i < inheritance->count; i++)
        FUZZ_ASSERT(brink_inheritance_take(inheritance, again.names[i].text) > 2);
    for (uint32_t i = 0; i < inheritance->count; i++)
        FUZZ_ASSERT(brink_inheritance_take(inheritance, again.names[i].text) == -1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct brink_inheritance inheritance;
    struct brink_message why = {""};
    char *text = malloc(size + 1);
    if (text == NULL)
        return 0;
    if (size > 0)
        memcpy(text, data, size);
    text[size] = '\0';
    brink_result result = brink_inheritance_read(&inheritance, text, &why);
    FUZZ_ASSERT(brink_failed(result) == (why.text[0] != '\0'));
    if (!brink_failed(result))
        check_read(&inheritance);
    else
        FUZZ_ASSERT(inheritance.channel == 0 && inheritance.count == 0);
    free(text);
    return 0;
}
