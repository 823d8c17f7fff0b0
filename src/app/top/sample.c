#include "app/top/sample.h"

#include "app/control/value.h"

/* Of another run, its counts began anew. */
static bool same_run(const json_t *now, const json_t *before)
{
    return brink_value_number(now, "start_time_seconds", NULL) ==
           brink_value_number(before, "start_time_seconds", NULL);
}

void brink_top_sample_add(struct brink_top_sample *sample, json_t *stats)
{
    json_decref(sample->before);
    sample->before = sample->now;
    sample->now = stats;
    sample->seconds = brink_value_number(stats, "time_seconds", NULL) -
                      brink_value_number(sample->before, "time_seconds", NULL);
    if (sample->before != NULL && same_run(stats, sample->before) && sample->seconds > 0)
        return;
    json_decref(sample->before);
    sample->before = NULL;
}

void brink_top_sample_free(struct brink_top_sample *sample)
{
    json_decref(sample->before);
    json_decref(sample->now);
    *sample = (struct brink_top_sample){.now = NULL};
}

const json_t *brink_top_sample_before(const json_t *list, const json_t *now, const char *key)
{
    const json_t *value = json_object_get(now, key);
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *object = json_array_get(list, i);
        if (value != NULL && json_equal(json_object_get(object, key), value))
            return object;
    }
    return NULL;
}

double brink_top_sample_rate(const struct brink_top_sample *sample, const json_t *now,
                             const json_t *before, const char *key, const char *part)
{
    double grown = brink_value_number(now, key, part) - brink_value_number(before, key, part);
    return before != NULL && grown > 0 ? grown / sample->seconds : 0;
}

double brink_top_sample_sum_rate(const struct brink_top_sample *sample, const char *list,
                                 const char *key, const char *part)
{
    uint64_t now = brink_value_sum(sample->now, list, key, part);
    uint64_t before = brink_value_sum(sample->before, list, key, part);
    return sample->before != NULL && now > before ? (double)(now - before) / sample->seconds : 0;
}

/* How many came into bucket `index` in between. */
static double fresh(const json_t *now, const json_t *before, size_t index)
{
    double more = json_number_value(json_array_get(json_object_get(now, "counts"), index)) -
                  json_number_value(json_array_get(json_object_get(before, "counts"), index));
    return more > 0 ? more : 0;
}

double brink_top_sample_percentile(const json_t *now, const json_t *before, double share)
{
    const json_t *bounds = json_object_get(now, "bounds");
    size_t count = json_array_size(json_object_get(now, "counts"));
    double total = 0;
    double below = 0;
    double low = 0;
    for (size_t i = 0; i < count; i++)
        total += fresh(now, before, i);
    for (size_t i = 0; i < count && total > 0; i++) {
        double inside = fresh(now, before, i);
        const json_t *bound = json_array_get(bounds, i);
        if (bound == NULL) /* above the last bound nothing more is known */
            return low;
        if (inside > 0 && below + inside >= share * total)
            return low + (json_number_value(bound) - low) * (share * total - below) / inside;
        below += inside;
        low = json_number_value(bound);
    }
    return 0;
}
