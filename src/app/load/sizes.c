#include "app/load/sizes.h"

#include <stdbool.h>
#include <string.h>

#include "base/message.h"
#include "config/units.h"

enum { ITEM_MAX = 80 }; /* characters */

static brink_result parse_size(const char *text, uint32_t *size, struct brink_message *why)
{
    uint64_t bytes;
    brink_result result = brink_units_parse_size(text, &bytes, why);
    if (brink_failed(result))
        return result;
    if (bytes > BRINK_LOAD_SIZE_MOST)
        return brink_message_set(why, "\"%.40s\": more than 1GiB; write 64KiB or 16MiB", text);
    *size = (uint32_t)bytes;
    return brink_ok();
}

/* SIZE or SIZE..SIZE. Changes `text`. */
static brink_result parse_range(char *text, struct brink_load_size *item, struct brink_message *why)
{
    char *dots = strstr(text, "..");
    if (dots != NULL)
        *dots = '\0';
    brink_result result = parse_size(text, &item->least, why);
    item->most = item->least;
    if (brink_failed(result) || dots == NULL)
        return result;
    result = parse_size(dots + 2, &item->most, why);
    if (!brink_failed(result) && item->most < item->least)
        return brink_message_set(why, "\"%.40s..%.40s\": write the smaller size first", text,
                                 dots + 2);
    return result;
}

/* One item, `length` characters of `text`. */
static brink_result parse_item(const char *text, size_t length, struct brink_load_size *item,
                               struct brink_message *why)
{
    char copy[ITEM_MAX + 1];
    if (length == 0 || length > ITEM_MAX)
        return brink_message_set(why, "\"%.40s\": write 64, 64..1KiB or 64:9,16KiB:1", text);
    memcpy(copy, text, length);
    copy[length] = '\0';
    item->weight = 1;
    char *colon = strchr(copy, ':');
    if (colon != NULL) {
        *colon = '\0';
        brink_result result =
            brink_units_parse_count(colon + 1, 1, BRINK_LOAD_WEIGHT_MOST, &item->weight, why);
        if (brink_failed(result))
            return result;
    }
    return parse_range(copy, item, why);
}

brink_result brink_load_sizes_parse(const char *text, struct brink_load_sizes *sizes,
                                    struct brink_message *why)
{
    struct brink_load_sizes parsed = {0};
    const char *at = text;
    for (;;) {
        size_t length = strcspn(at, ",");
        if (parsed.count == BRINK_LOAD_SIZES_MAX)
            return brink_message_set(why, "\"%.40s\": more than %d sizes", text,
                                     BRINK_LOAD_SIZES_MAX);
        brink_result result = parse_item(at, length, &parsed.items[parsed.count], why);
        if (brink_failed(result))
            return result;
        parsed.count++;
        if (at[length] == '\0')
            break;
        at += length + 1;
    }
    *sizes = parsed;
    return brink_ok();
}

static uint64_t weights(const struct brink_load_sizes *sizes)
{
    uint64_t sum = 0;
    for (unsigned i = 0; i < sizes->count; i++)
        sum += sizes->items[i].weight;
    return sum;
}

uint32_t brink_load_sizes_at(const struct brink_load_sizes *sizes, double share)
{
    double left = share * (double)weights(sizes);
    unsigned i = 0;
    while (i + 1 < sizes->count && left >= sizes->items[i].weight)
        left -= sizes->items[i++].weight;
    const struct brink_load_size *item = &sizes->items[i];
    uint32_t span = item->most - item->least;
    double above = left / item->weight * ((double)span + 1);
    return item->least + (above >= span ? span : (uint32_t)above); /* rounding may end beyond it */
}

uint32_t brink_load_sizes_least(const struct brink_load_sizes *sizes)
{
    uint32_t least = sizes->items[0].least;
    for (unsigned i = 1; i < sizes->count; i++)
        least = sizes->items[i].least < least ? sizes->items[i].least : least;
    return least;
}

uint32_t brink_load_sizes_most(const struct brink_load_sizes *sizes)
{
    uint32_t most = 0;
    for (unsigned i = 0; i < sizes->count; i++)
        most = sizes->items[i].most > most ? sizes->items[i].most : most;
    return most;
}

double brink_load_sizes_mean(const struct brink_load_sizes *sizes)
{
    double sum = 0;
    for (unsigned i = 0; i < sizes->count; i++) {
        const struct brink_load_size *item = &sizes->items[i];
        sum += ((double)item->least + item->most) / 2 * item->weight;
    }
    return sum / (double)weights(sizes);
}

static uint32_t common_divisor(uint32_t a, uint32_t b)
{
    while (b > 0) {
        uint32_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

uint32_t brink_load_sizes_frames(const struct brink_load_sizes *sizes)
{
    uint32_t divisor = 0;
    uint32_t smallest = UINT32_MAX;
    for (unsigned i = 0; i < sizes->count; i++) {
        divisor = common_divisor(sizes->items[i].weight, divisor);
        smallest = sizes->items[i].weight < smallest ? sizes->items[i].weight : smallest;
    }
    /* Items begin at whole parts, and the shares of a single part are in the middle of it. Others
     * may be where an item begins, and be rounded to either side: one more leaves room for that. */
    bool single = smallest == divisor;
    return (uint32_t)(weights(sizes) / smallest) + !single;
}
