#include "app/log/logfmt.h"

#include <string.h>

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool is_control(char c)
{
    return (unsigned char)c < ' ' || c == 0x7f;
}

static size_t key_length(const char *text, size_t length)
{
    size_t at = 0;
    if (length == 0 || !is_letter(text[0]))
        return 0;
    while (at < length && (is_letter(text[at]) || (text[at] >= '0' && text[at] <= '9') ||
                           text[at] == '-' || text[at] == '.'))
        at++;
    return at;
}

/* Both: how many bytes of `text` are the value; `length` + 1 if none is there. */
static size_t bare_length(const char *text, size_t length)
{
    size_t at = 0;
    while (at < length && text[at] != ' ' && text[at] != '"' && !is_control(text[at]))
        at++;
    return at == length || text[at] == ' ' ? at : length + 1;
}

static size_t quoted_length(const char *text, size_t length)
{
    for (size_t at = 0; at < length && !is_control(text[at]); at++) {
        if (text[at] == '"')
            return at;
        if (text[at] != '\\')
            continue;
        at++;
        if (at == length || (text[at] != '"' && text[at] != '\\'))
            break;
    }
    return length + 1;
}

void brink_logfmt_begin(struct brink_logfmt *reader, const char *line, size_t length)
{
    *reader = (struct brink_logfmt){.rest = line, .length = length};
}

bool brink_logfmt_next(struct brink_logfmt *reader, struct brink_logfmt_pair *pair)
{
    const char *at = reader->rest;
    const char *end = reader->rest + reader->length;
    if (at == end || (reader->begun && *at++ != ' '))
        return false;
    struct brink_logfmt_pair found = {.key = at, .key_length = key_length(at, (size_t)(end - at))};
    at += found.key_length;
    if (found.key_length == 0 || at == end || *at++ != '=')
        return false;
    found.quoted = at < end && *at == '"';
    at += found.quoted;
    size_t left = (size_t)(end - at);
    found.value = at;
    found.value_length = found.quoted ? quoted_length(at, left) : bare_length(at, left);
    if (found.value_length > left)
        return false;
    at += found.value_length + found.quoted;
    if (at < end && *at != ' ')
        return false;
    *pair = found;
    *reader = (struct brink_logfmt){.rest = at, .length = (size_t)(end - at), .begun = true};
    return true;
}

bool brink_logfmt_find(const char *line, size_t length, const char *key,
                       struct brink_logfmt_pair *pair)
{
    struct brink_logfmt reader;
    struct brink_logfmt_pair read;
    size_t wanted = strlen(key);
    brink_logfmt_begin(&reader, line, length);
    while (brink_logfmt_next(&reader, &read)) {
        if (read.key_length != wanted || memcmp(read.key, key, wanted) != 0)
            continue;
        *pair = read;
        return true;
    }
    return false;
}
