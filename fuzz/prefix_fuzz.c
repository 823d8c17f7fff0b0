/* Targets: brink_prefix_parse, brink_prefix_format, brink_prefix_of, brink_prefix_list_open,
 * brink_prefix_list_holds.
 *
 * The first bytes are a peer; then come lines, each a prefix or none. A failure leaves the prefix
 * alone and says why; a prefix that was read is written as a text that is read as the same prefix;
 * and the list of all that were read holds the peer if one of them does, by dumb_prefix.h. */
#include "fuzz_input.h"
#include "net/dumb_prefix.h"
#include "net/prefix.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { LINES = 64, LINE = 100 };

static struct brink_peer input_peer(struct input *input)
{
    static const uint8_t families[] = {AF_INET, AF_INET6, AF_UNIX, 0};
    uint8_t kind = input_byte(input);
    struct brink_peer peer = {.family = families[kind % 4]};
    size_t size = peer.family == AF_INET ? 4 : peer.family == AF_INET6 ? 16 : 0;
    for (size_t i = 0; i < size; i++)
        peer.bytes[i] = input_byte(input);
    if (kind & 4 && peer.family == AF_INET6)
        memcpy(peer.bytes, "\0\0\0\0\0\0\0\0\0\0\xff\xff", 12);
    return peer;
}

/* The next line, cut at LINE; false at the end. */
static bool input_line(struct input *input, char line[LINE])
{
    size_t length = 0;
    if (input->size == 0)
        return false;
    for (uint8_t byte = input_byte(input); byte != '\n'; byte = input_byte(input)) {
        if (length < LINE - 1)
            line[length++] = (char)byte;
        if (input->size == 0)
            break;
    }
    line[length] = '\0';
    return true;
}

/* The same prefix as the dumb matcher wants it, with its length. */
static void check_round_trip(const struct brink_prefix *prefix, char text[LINE])
{
    struct brink_prefix again;
    (void)brink_prefix_format(prefix, text, LINE);
    FUZZ_ASSERT(!brink_failed(brink_prefix_parse(&again, text, NULL)));
    FUZZ_ASSERT(memcmp(&again, prefix, sizeof again) == 0);
    if (prefix->family != AF_UNIX && strchr(text, '/') == NULL)
        (void)snprintf(text + strlen(text), LINE - strlen(text), "/%u", (unsigned)prefix->bits);
}

static bool read_line(const char *line, struct brink_prefix *prefix)
{
    struct brink_prefix before;
    struct brink_message why = {""};
    memset(prefix, 0x5a, sizeof *prefix);
    before = *prefix;
    if (!brink_failed(brink_prefix_parse(prefix, line, &why)))
        return true;
    FUZZ_ASSERT(memcmp(prefix, &before, sizeof before) == 0);
    FUZZ_ASSERT(why.text[0] != '\0');
    return false;
}

static void check_source(const struct brink_peer *peer, uint8_t bits)
{
    char text[LINE];
    struct brink_prefix source = brink_prefix_of(peer, bits, bits);
    if (source.family == 0)
        return;
    check_round_trip(&source, text);
    FUZZ_ASSERT(dumb_match(text, peer));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input input = {data, size};
    struct brink_arena arena;
    struct brink_prefix_list list;
    char texts[LINES][LINE];
    const char *list_texts[LINES];
    char line[LINE];
    size_t count = 0;
    bool held = false;
    struct brink_peer peer = input_peer(&input);
    check_source(&peer, input_byte(&input));
    while (count < LINES && input_line(&input, line)) {
        struct brink_prefix prefix;
        if (!read_line(line, &prefix))
            continue;
        check_round_trip(&prefix, texts[count]);
        held = held || dumb_match(texts[count], &peer);
        list_texts[count] = texts[count];
        count++;
    }
    if (brink_failed(brink_arena_open(&arena)))
        return 0;
    FUZZ_ASSERT(!brink_failed(brink_prefix_list_open(&list, &arena, list_texts, count, NULL)));
    FUZZ_ASSERT(brink_prefix_list_holds(&list, &peer) == held);
    brink_prefix_list_close(&list);
    brink_arena_close(&arena);
    return 0;
}
