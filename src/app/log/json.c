#include "app/log/json.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "app/log/logfmt.h"
#include "base/log.h"

static const char cut_mark[] = ",\"cut\":true";

struct writer {
    char *out;
    size_t room; /* what is left of it for pairs: the cut mark and the brace have theirs */
    size_t used;
    bool full;
};

static void put(struct writer *writer, const char *text, size_t length)
{
    if (writer->full || length > writer->room - writer->used) {
        writer->full = true;
        return;
    }
    memcpy(writer->out + writer->used, text, length);
    writer->used += length;
}

/* As its first byte says; 0: no character begins with it. */
static size_t character_length(uint8_t first)
{
    if (first < 0x80)
        return 1;
    if (first < 0xc2 || first > 0xf4)
        return 0;
    return first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
}

/* How many bytes of `text` are one character of UTF-8 (RFC 3629, 4: the table); 0: none is. */
static size_t character(const uint8_t *text, size_t length)
{
    size_t bytes = character_length(text[0]);
    uint8_t least = text[0] == 0xe0 ? 0xa0 : text[0] == 0xf0 ? 0x90 : 0x80;
    uint8_t most = text[0] == 0xed ? 0x9f : text[0] == 0xf4 ? 0x8f : 0xbf;
    if (bytes > length)
        return 0;
    for (size_t i = 1; i < bytes; i++) {
        if (text[i] < least || text[i] > most)
            return 0;
        least = 0x80;
        most = 0xbf;
    }
    return bytes;
}

static void put_escaped(struct writer *writer, char c)
{
    char text[8];
    int length = c == '"' || c == '\\' ? snprintf(text, sizeof text, "\\%c", c)
                                       : snprintf(text, sizeof text, "\\u%04x", (unsigned)c);
    put(writer, text, (size_t)length);
}

/* `escaped`: \" and \\ in it stand for one character each. */
static void put_string(struct writer *writer, const char *text, size_t length, bool escaped)
{
    put(writer, "\"", 1);
    for (size_t at = 0; at < length && !writer->full;) {
        if (escaped && text[at] == '\\' && at + 1 < length)
            at++;
        size_t bytes = character((const uint8_t *)text + at, length - at);
        if (bytes == 0)
            put(writer, "\\ufffd", 6);
        else if (bytes == 1 && ((uint8_t)text[at] < ' ' || text[at] == '"' || text[at] == '\\'))
            put_escaped(writer, text[at]);
        else
            put(writer, text + at, bytes);
        at += bytes > 0 ? bytes : 1;
    }
    put(writer, "\"", 1);
}

static void put_key(struct writer *writer, const char *key, size_t length)
{
    if (writer->used > 1)
        put(writer, ",", 1);
    put_string(writer, key, length, false);
    put(writer, ":", 1);
}

static void put_text(struct writer *writer, const char *key, const char *text, size_t length)
{
    put_key(writer, key, strlen(key));
    put_string(writer, text, length, false);
}

static bool is_number(const struct brink_logfmt_pair *pair)
{
    bool header = pair->key_length == 6 && memcmp(pair->key, "header", 6) == 0;
    return !pair->quoted && !header && brink_log_is_number(pair->value, pair->value_length);
}

static void put_pair(struct writer *writer, const struct brink_logfmt_pair *pair)
{
    put_key(writer, pair->key, pair->key_length);
    if (is_number(pair))
        put(writer, pair->value, pair->value_length);
    else
        put_string(writer, pair->value, pair->value_length, pair->quoted);
}

size_t brink_log_json_write(char *out, size_t size, const char *time, const char *level,
                            const char *line, size_t length)
{
    struct writer writer = {.out = out, .room = size - sizeof cut_mark};
    struct brink_logfmt reader;
    struct brink_logfmt_pair pair;
    put(&writer, "{", 1);
    if (time != NULL)
        put_text(&writer, "time", time, strlen(time));
    put_text(&writer, "level", level, strlen(level));
    size_t good = writer.used;
    brink_logfmt_begin(&reader, line, length);
    while (!writer.full && brink_logfmt_next(&reader, &pair)) {
        put_pair(&writer, &pair);
        good = writer.full ? good : writer.used;
    }
    if (!writer.full && reader.length > 0) {
        put_text(&writer, "rest", reader.rest, reader.length);
        good = writer.full ? good : writer.used;
    }
    if (writer.full) {
        memcpy(out + good, cut_mark, sizeof cut_mark - 1);
        good += sizeof cut_mark - 1;
    }
    out[good++] = '}';
    return good;
}
