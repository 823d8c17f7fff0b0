#include "upstream/eject.h"

static enum brink_eject_verdict succeed(struct brink_eject *eject)
{
    bool over = eject->ejected;
    brink_eject_end(eject);
    eject->times = 0;
    return over ? BRINK_EJECT_OVER : BRINK_EJECT_NOTHING;
}

static enum brink_eject_verdict connected(struct brink_eject *eject,
                                          const struct brink_eject_options *options)
{
    if (options->reply_ms == 0 && options->resets == 0)
        return succeed(eject);
    if (options->reply_ms == 0)
        eject->connect_failures = 0;
    return BRINK_EJECT_NOTHING;
}

static enum brink_eject_verdict fail(struct brink_eject *eject,
                                     const struct brink_eject_options *options, uint32_t *count,
                                     uint32_t limit)
{
    if (eject->ejected)
        return BRINK_EJECT_NOTHING;
    if (*count < UINT32_MAX)
        ++*count;
    bool due = limit > 0 && *count >= limit && options->base_ms > 0;
    return due ? BRINK_EJECT_DUE : BRINK_EJECT_NOTHING;
}

enum brink_eject_verdict brink_eject_note(struct brink_eject *eject,
                                          const struct brink_eject_options *options,
                                          enum brink_outcome outcome)
{
    switch (outcome) {
    case BRINK_OUTCOME_CONNECTED:
        return connected(eject, options);
    case BRINK_OUTCOME_ANSWERED:
        return succeed(eject);
    case BRINK_OUTCOME_CONNECT_FAILED:
    case BRINK_OUTCOME_UNANSWERED:
        return fail(eject, options, &eject->connect_failures, options->connect_failures);
    case BRINK_OUTCOME_RESET:
        return fail(eject, options, &eject->resets, options->resets);
    }
    return BRINK_EJECT_NOTHING;
}

uint64_t brink_eject_begin(struct brink_eject *eject, const struct brink_eject_options *options,
                           uint64_t now_ms)
{
    if (options->max_ms > 0 && now_ms > eject->until_ms + options->max_ms)
        eject->times = 0;
    if (eject->times < UINT32_MAX)
        eject->times++;
    uint64_t ms = (uint64_t)options->base_ms * eject->times;
    if (options->max_ms > 0 && ms > options->max_ms)
        ms = options->max_ms;
    eject->ejected = true;
    eject->until_ms = now_ms + ms;
    eject->connect_failures = 0;
    eject->resets = 0;
    return ms;
}

void brink_eject_end(struct brink_eject *eject)
{
    eject->ejected = false;
    eject->connect_failures = 0;
    eject->resets = 0;
}

bool brink_eject_allowed(const struct brink_eject_options *options, uint32_t servers,
                         uint32_t ejected)
{
    return ((uint64_t)ejected + 1) * 100 <= (uint64_t)servers * options->max_percent;
}
