#include "app/load/trouble.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

void brink_load_troubles_add(struct brink_load_troubles *troubles, enum brink_load_stage stage,
                             int err, uint64_t count)
{
    troubles->count += count;
    for (unsigned i = 0; i < troubles->reasons_count; i++) {
        struct brink_load_reason *reason = &troubles->reasons[i];
        if (reason->stage == stage && reason->err == err) {
            reason->count += count;
            return;
        }
    }
    if (troubles->reasons_count < BRINK_LOAD_REASONS_MAX)
        troubles->reasons[troubles->reasons_count++] =
            (struct brink_load_reason){.stage = stage, .err = err, .count = count};
}

void brink_load_troubles_merge(struct brink_load_troubles *troubles,
                               const struct brink_load_troubles *from)
{
    uint64_t told = 0;
    for (unsigned i = 0; i < from->reasons_count; i++) {
        const struct brink_load_reason *reason = &from->reasons[i];
        brink_load_troubles_add(troubles, reason->stage, reason->err, reason->count);
        told += reason->count;
    }
    troubles->count += from->count - told;
    if (troubles->no_frame[0] == '\0')
        memcpy(troubles->no_frame, from->no_frame, sizeof troubles->no_frame);
}

static const char *stage_name(enum brink_load_stage stage)
{
    switch (stage) {
    case BRINK_LOAD_CONNECTING:
        return "connecting";
    case BRINK_LOAD_OPENING:
        return "the first frame";
    case BRINK_LOAD_SILENT:
        return "an idle connection";
    case BRINK_LOAD_AT_WORK:
        break;
    }
    return "at work";
}

static const char *meaning(const struct brink_load_reason *reason)
{
    switch (reason->err) {
    case ETIMEDOUT:
        if (reason->stage == BRINK_LOAD_OPENING)
            return "no reply in time; --one-way is for endpoints that never reply";
        return reason->stage == BRINK_LOAD_CONNECTING ? "no answer in time" : "no reply in time";
    case ECONNABORTED:
        return "the peer closed the connection";
    case EPROTO:
        return "what came back is not a frame; is --frame right?";
    default:
        return strerror(reason->err);
    }
}

const char *brink_load_reason_format(const struct brink_load_reason *reason, char *text,
                                     size_t size)
{
    (void)snprintf(text, size, "%s: %s", stage_name(reason->stage), meaning(reason));
    return text;
}
