#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void brink_log_write(const struct brink_log *log, enum brink_log_level level, const char *format,
                     ...)
{
    if (!brink_log_wants(log, level))
        return;
    char line[BRINK_LOG_LINE_MAX];
    va_list args;
    va_start(args, format);
    int length = vsnprintf(line, sizeof line, format, args);
    va_end(args);
    if (length < 0)
        return;
    size_t kept = (size_t)length < sizeof line ? (size_t)length : sizeof line - 1;
    log->write(log->context, level, line, kept);
}

static size_t count_digits(const char *value, size_t length)
{
    size_t count = 0;
    while (count < length && value[count] >= '0' && value[count] <= '9')
        count++;
    return count;
}

bool brink_log_is_number(const char *value, size_t length)
{
    size_t at = length > 0 && value[0] == '-';
    size_t whole = count_digits(value + at, length - at);
    if (whole == 0 || (whole > 1 && value[at] == '0'))
        return false;
    at += whole;
    if (at == length)
        return true;
    size_t part = value[at] == '.' ? count_digits(value + at + 1, length - at - 1) : 0;
    return part > 0 && at + 1 + part == length;
}

static bool is_plain(const char *value)
{
    if (*value == '\0' || brink_log_is_number(value, strlen(value)))
        return false;
    for (; *value != '\0'; value++) {
        if ((unsigned char)*value <= ' ' || *value == 0x7f || strchr("\"\\=", *value) != NULL)
            return false;
    }
    return true;
}

const char *brink_log_quote(const char *value, char *text, size_t size)
{
    if (is_plain(value)) {
        (void)snprintf(text, size, "%s", value);
        return text;
    }
    size_t used = 0;
    text[used++] = '"';
    for (; *value != '\0' && used + 4 <= size; value++) { /* an escaped character, quote and NUL */
        if (*value == '"' || *value == '\\')
            text[used++] = '\\';
        text[used++] = (unsigned char)*value < ' ' || *value == 0x7f ? '?' : *value;
    }
    text[used++] = '"';
    text[used] = '\0';
    return text;
}
