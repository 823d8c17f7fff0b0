#include "config/units.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/message.h"

struct unit {
    const char *name;
    uint64_t factor;
};

static const struct unit size_units[] = {
    {"", 1},      {"B", 1},        {"KiB", 1U << 10},  {"MiB", 1U << 20}, {"GiB", 1U << 30},
    {"kB", 1000}, {"MB", 1000000}, {"GB", 1000000000}, {NULL, 0},
};

static const struct unit duration_units[] = {
    {"ms", 1}, {"s", 1000}, {"m", 60000}, {"h", 3600000}, {NULL, 0},
};

enum { DURATION_MOST_MS = 1 << 30 }; /* what a server takes */

static const char size_examples[] = "write 4096, 64KiB, 16MiB or 1GB";
static const char duration_examples[] = "write 500ms, 5s, 1m or 2h";

/* Reads the digits at *cursor and moves behind them. False if there are none or too many. */
static bool read_digits(const char **cursor, uint64_t *value)
{
    const char *at = *cursor;
    *value = 0;
    for (; isdigit((unsigned char)*at); at++) {
        if (__builtin_mul_overflow(*value, 10, value) ||
            __builtin_add_overflow(*value, (uint64_t)(*at - '0'), value))
            return false;
    }
    bool any = at != *cursor;
    *cursor = at;
    return any;
}

static const struct unit *find_unit(const struct unit *units, const char *name)
{
    for (; units->name != NULL; units++) {
        if (strcmp(units->name, name) == 0)
            return units;
    }
    return NULL;
}

/* A number and one of `units`; at most `most`. */
static brink_result parse(const char *text, const struct unit *units, const char *examples,
                          uint64_t most, uint64_t *out, struct brink_message *why)
{
    const char *cursor = text;
    uint64_t value;
    if (!isdigit((unsigned char)*cursor))
        return brink_message_set(why, "\"%.40s\": not a number with a unit; %s", text, examples);
    if (!read_digits(&cursor, &value))
        return brink_message_set(why, "\"%.40s\": too large; %s", text, examples);
    const struct unit *unit = find_unit(units, cursor);
    if (unit == NULL && *cursor == '\0')
        return brink_message_set(why, "\"%.40s\": the unit is missing; %s", text, examples);
    if (unit == NULL && *cursor == '.')
        return brink_message_set(why, "\"%.40s\": whole numbers only; %s", text, examples);
    if (unit == NULL)
        return brink_message_set(why, "\"%.40s\": unknown unit \"%.20s\"; %s", text, cursor,
                                 examples);
    if (__builtin_mul_overflow(value, unit->factor, &value) || value > most)
        return brink_message_set(why, "\"%.40s\": too large; %s", text, examples);
    *out = value;
    return brink_ok();
}

brink_result brink_units_parse_size(const char *text, uint64_t *bytes, struct brink_message *why)
{
    return parse(text, size_units, size_examples, UINT64_MAX, bytes, why);
}

brink_result brink_units_parse_duration(const char *text, uint32_t *ms, struct brink_message *why)
{
    if (strcmp(text, "0") == 0) {
        *ms = 0;
        return brink_ok();
    }
    uint64_t value;
    brink_result result =
        parse(text, duration_units, duration_examples, DURATION_MOST_MS, &value, why);
    if (!brink_failed(result))
        *ms = (uint32_t)value;
    return result;
}

brink_result brink_units_parse_count(const char *text, uint32_t least, uint32_t most,
                                     uint32_t *count, struct brink_message *why)
{
    const char *cursor = text;
    uint64_t value;
    if (!read_digits(&cursor, &value) || *cursor != '\0' || value < least || value > most)
        return brink_message_set(why, "\"%.40s\": write a whole number from %u to %u", text, least,
                                 most);
    *count = (uint32_t)value;
    return brink_ok();
}

const char *brink_units_format_size(double bytes, char *text, size_t size)
{
    static const char *const names[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    size_t power = 0;
    while (bytes >= 1024 && power + 1 < sizeof names / sizeof names[0]) {
        bytes /= 1024;
        power++;
    }
    bool whole = bytes == (double)(uint64_t)bytes;
    (void)snprintf(text, size, "%.*f %s", whole || power == 0 ? 0 : 1, bytes, names[power]);
    return text;
}

const char *brink_units_format_ns(uint64_t ns, char *text, size_t size)
{
    static const char *const names[] = {"ns", "us", "ms", "s"};
    double value = (double)ns;
    size_t power = 0;
    while (value >= 999.5 && power + 1 < sizeof names / sizeof names[0]) {
        value /= 1000;
        power++;
    }
    int digits = power == 0 || value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
    (void)snprintf(text, size, "%.*f %s", digits, value, names[power]);
    return text;
}
