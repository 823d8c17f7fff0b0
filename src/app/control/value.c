#include "app/control/value.h"

#include <stdio.h>

#include "config/units.h"

static const json_t *find(const json_t *object, const char *key, const char *part)
{
    const json_t *value = json_object_get(object, key);
    return part != NULL ? json_object_get(value, part) : value;
}

uint64_t brink_value_count(const json_t *object, const char *key, const char *part)
{
    const json_t *found = find(object, key, part);
    json_int_t value = json_integer_value(found);
    if (json_is_true(found))
        return 1;
    return value > 0 ? (uint64_t)value : 0;
}

double brink_value_number(const json_t *object, const char *key, const char *part)
{
    return json_number_value(find(object, key, part));
}

const char *brink_value_text(const json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

bool brink_value_has(const json_t *object, const char *key)
{
    return json_object_get(object, key) != NULL;
}

uint64_t brink_value_sum(const json_t *object, const char *list, const char *key, const char *part)
{
    const json_t *objects = json_object_get(object, list);
    uint64_t sum = 0;
    for (size_t i = 0; i < json_array_size(objects); i++)
        sum += brink_value_count(json_array_get(objects, i), key, part);
    return sum;
}

const char *brink_value_duration(double seconds, char text[BRINK_VALUE_TEXT])
{
    uint64_t whole = seconds > 0 ? (uint64_t)seconds : 0;
    unsigned minutes = (unsigned)(whole / 60 % 60);
    unsigned hours = (unsigned)(whole / 3600 % 24);
    if (whole == 0 && seconds < 0.05)
        (void)snprintf(text, BRINK_VALUE_TEXT, "0s");
    else if (whole < 10)
        (void)snprintf(text, BRINK_VALUE_TEXT, "%.1fs", seconds);
    else if (whole < 60)
        (void)snprintf(text, BRINK_VALUE_TEXT, "%us", (unsigned)whole);
    else if (whole < 3600)
        (void)snprintf(text, BRINK_VALUE_TEXT, "%um%02us", minutes, (unsigned)(whole % 60));
    else if (whole < 86400)
        (void)snprintf(text, BRINK_VALUE_TEXT, "%uh%02um", hours, minutes);
    else
        (void)snprintf(text, BRINK_VALUE_TEXT, "%llud%uh", (unsigned long long)(whole / 86400),
                       hours);
    return text;
}

const char *brink_value_size(double bytes, char text[BRINK_VALUE_TEXT])
{
    return brink_units_format_size(bytes, text, BRINK_VALUE_TEXT);
}

const char *brink_value_time(double seconds, char text[BRINK_VALUE_TEXT])
{
    if (seconds <= 0)
        (void)snprintf(text, BRINK_VALUE_TEXT, "-");
    else if (seconds < 0.0009995)
        (void)snprintf(text, BRINK_VALUE_TEXT, "%.0fus", seconds * 1e6);
    else if (seconds < 0.9995)
        (void)snprintf(text, BRINK_VALUE_TEXT, "%.*fms", seconds < 0.00995 ? 1 : 0, seconds * 1e3);
    else
        (void)snprintf(text, BRINK_VALUE_TEXT, "%.1fs", seconds);
    return text;
}

const char *brink_value_short(double number, char text[BRINK_VALUE_TEXT])
{
    static const char units[] = {'k', 'M', 'G', 'T'};
    int unit = -1;
    double value = number;
    for (; value >= 9999.5 && unit < 3; unit++)
        value /= 1000;
    if (unit >= 0)
        (void)snprintf(text, BRINK_VALUE_TEXT, "%.*f%c", value < 99.95 ? 1 : 0, value, units[unit]);
    else
        (void)snprintf(text, BRINK_VALUE_TEXT, "%.*f",
                       value < 99.95 && value != (double)(uint64_t)value ? 1 : 0, value);
    return text;
}
