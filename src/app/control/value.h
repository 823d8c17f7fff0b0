/* app/control/value.h - what stands in the JSON that brink answers, whatever its version: what is
 * not there is 0, or NULL. And values as people read them. Pure. */
#ifndef BRINK_APP_CONTROL_VALUE_H
#define BRINK_APP_CONTROL_VALUE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { BRINK_VALUE_TEXT = 32 };

/* A member of an object; with `part`, a member of that one: ("frames", "client"). */
uint64_t brink_value_count(const json_t *object, const char *key, const char *part);
double brink_value_number(const json_t *object, const char *key, const char *part);
const char *brink_value_text(const json_t *object, const char *key);
bool brink_value_has(const json_t *object, const char *key);

/* The same, added up over the objects of a list that is a member of `object`. */
uint64_t brink_value_sum(const json_t *object, const char *list, const char *key, const char *part);

/* "0s", "4.2s", "59s", "3m05s", "2h07m", "12d3h"; of what is quick "750us", "4.2ms", "1.5s", and
 * "-" for 0; "512 B", "1.5 MiB"; "0", "12.3", "4567", "12.3M". In `text`, which is returned. */
const char *brink_value_duration(double seconds, char text[BRINK_VALUE_TEXT]);
const char *brink_value_time(double seconds, char text[BRINK_VALUE_TEXT]);
const char *brink_value_size(double bytes, char text[BRINK_VALUE_TEXT]);
const char *brink_value_short(double number, char text[BRINK_VALUE_TEXT]);

#endif
