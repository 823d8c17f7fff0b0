#include "app/admin/escape.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

static bool follows(uint8_t byte, uint8_t least, uint8_t most)
{
    return byte >= least && byte <= most;
}

/* Length of the well-formed character that `text` begins with (The Unicode Standard, table 3-7);
 * 0: it begins with none. Never looks beyond the text's NUL, which follows nothing. */
static size_t character(const uint8_t *text)
{
    uint8_t first = text[0];
    uint8_t least = 0x80;
    uint8_t most = 0xbf;
    size_t length = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    if (length == 1)
        return 1;
    if (first < 0xc2 || first > 0xf4)
        return 0;
    if (first == 0xe0)
        least = 0xa0; /* no longer than it need be */
    else if (first == 0xf0)
        least = 0x90;
    else if (first == 0xed)
        most = 0x9f; /* no surrogates */
    else if (first == 0xf4)
        most = 0x8f; /* nothing beyond U+10FFFF */
    if (!follows(text[1], least, most))
        return 0;
    for (size_t i = 2; i < length; i++)
        if (!follows(text[i], 0x80, 0xbf))
            return 0;
    return length;
}

/* Writes what is no plain ASCII character, and returns how many bytes of `text` that were. */
static size_t write_character(FILE *out, const uint8_t *text)
{
    size_t length = character(text);
    if (length == 0) {
        (void)fputs("\xef\xbf\xbd", out);
        return 1;
    }
    (void)fwrite(text, 1, length, out);
    return length;
}

void brink_admin_escape_json(FILE *out, const char *text)
{
    if (text == NULL) {
        (void)fputs("null", out);
        return;
    }
    (void)fputc('"', out);
    for (const uint8_t *at = (const uint8_t *)text; *at != '\0';) {
        if (*at == '"' || *at == '\\')
            (void)fprintf(out, "\\%c", *at++);
        else if (*at < 0x20)
            (void)fprintf(out, "\\u%04x", *at++);
        else
            at += write_character(out, at);
    }
    (void)fputc('"', out);
}

/* A line's end would end the sample, too. */
static void escape_line(FILE *out, const char *text, bool quotes)
{
    for (const uint8_t *at = (const uint8_t *)text; *at != '\0';) {
        if (*at == '\\' || (quotes && *at == '"')) {
            (void)fprintf(out, "\\%c", *at++);
        } else if (*at == '\n') {
            (void)fputs("\\n", out);
            at++;
        } else {
            at += write_character(out, at);
        }
    }
}

void brink_admin_escape_label(FILE *out, const char *text)
{
    (void)fputc('"', out);
    escape_line(out, text, true);
    (void)fputc('"', out);
}

void brink_admin_escape_help(FILE *out, const char *text)
{
    escape_line(out, text, false);
}
