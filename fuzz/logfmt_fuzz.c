/* Targets: brink_logfmt_next, brink_log_json_write, brink_repeats_pass.
 *
 * Any line: the pairs that are read cover it from its beginning, and what is left begins with no
 * pair. The object is within its room, one line, of balanced quotes, and with room enough has it
 * all. What is not passed is counted. */
#include "app/log/json.h"
#include "app/log/logfmt.h"
#include "app/log/repeats.h"
#include "fuzz_input.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { LINE_MOST = 1024 };

static void check_pairs(const char *line, size_t length)
{
    struct brink_logfmt reader;
    struct brink_logfmt_pair pair;
    size_t covered = 0;
    brink_logfmt_begin(&reader, line, length);
    while (brink_logfmt_next(&reader, &pair)) {
        FUZZ_ASSERT(pair.key == line + covered + (covered > 0));
        FUZZ_ASSERT(pair.key_length > 0);
        FUZZ_ASSERT(pair.value == pair.key + pair.key_length + 1 + pair.quoted);
        covered = (size_t)(pair.value + pair.value_length + pair.quoted - line);
        FUZZ_ASSERT(covered <= length && (covered == length || line[covered] == ' '));
        FUZZ_ASSERT(memchr(pair.value, '\n', pair.value_length) == NULL);
    }
    FUZZ_ASSERT(reader.rest == line + covered && reader.length == length - covered);
    FUZZ_ASSERT(!brink_logfmt_next(&reader, &pair));
}

/* A dumb reading: strings are closed, nothing stands between them but marks and plain words. */
static void check_object(const char *text, size_t length)
{
    bool within = false;
    FUZZ_ASSERT(length >= 2 && text[0] == '{' && text[length - 1] == '}');
    for (size_t i = 1; i < length - 1; i++) {
        FUZZ_ASSERT((unsigned char)text[i] >= ' ');
        if (text[i] == '"')
            within = !within;
        else if (within && text[i] == '\\')
            FUZZ_ASSERT(strchr("\"\\u", text[++i]) != NULL);
        else
            FUZZ_ASSERT(within || strchr("0123456789-.,:true", text[i]) != NULL);
    }
    FUZZ_ASSERT(!within);
}

static void check_json(const char *line, size_t length, size_t room)
{
    static char text[LINE_MOST * 7 + BRINK_LOG_JSON_MIN];
    size_t used = brink_log_json_write(text, room, NULL, "info", line, length);
    FUZZ_ASSERT(used <= room);
    check_object(text, used);
    used = brink_log_json_write(text, sizeof text, "now", "info", line, length);
    check_object(text, used);
    FUZZ_ASSERT(used < sizeof text && memmem(text, used, "\"cut\":true}", 11) == NULL);
}

static void check_repeats(const char *line, size_t length)
{
    static struct brink_repeats repeats;
    char text[BRINK_REPEATS_TEXT_MAX];
    enum brink_log_level level;
    uint64_t left_out = 0;
    memset(&repeats, 0, sizeof repeats);
    for (int i = 0; i < 12; i++)
        left_out += !brink_repeats_pass(&repeats, BRINK_LOG_WARN, line, length, 5);
    FUZZ_ASSERT((left_out == 0 || left_out == 2) && repeats.left_out == left_out);
    FUZZ_ASSERT(!brink_repeats_tell(&repeats, 1004, text, &level));
    FUZZ_ASSERT(brink_repeats_tell(&repeats, 1005, text, &level) == (left_out > 0));
    FUZZ_ASSERT(repeats.left_out == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    size_t length = size - 1 < LINE_MOST ? size - 1 : LINE_MOST;
    char *line = malloc(length > 0 ? length : 1); /* its own size: reading beyond it is seen */
    if (line == NULL)
        return 0;
    if (length > 0)
        memcpy(line, data + 1, length);
    check_pairs(line, length);
    check_json(line, length, (size_t)BRINK_LOG_JSON_MIN + data[0]);
    check_repeats(line, length);
    free(line);
    return 0;
}
