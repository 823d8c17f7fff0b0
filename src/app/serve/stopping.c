#include "app/serve/stopping.h"

#include <stddef.h>

void brink_stopping_options_init(struct brink_stopping_options *options)
{
    *options = (struct brink_stopping_options){.delay_ms = 0};
    brink_drain_options_init(&options->drain);
}

/* From SERVING on. */
static enum brink_stopping_state begin(struct brink_stopping *stopping, uint64_t now_ms)
{
    if (stopping->options->delay_ms == 0)
        return BRINK_STOPPING_DRAINING;
    stopping->drain_at_ms = now_ms + stopping->options->delay_ms;
    return BRINK_STOPPING_DELAYING;
}

enum brink_stopping_state brink_stopping_ask(struct brink_stopping *stopping,
                                             const struct brink_drain_options *wanted,
                                             uint64_t now_ms)
{
    if (wanted != NULL) {
        stopping->asked = true;
        stopping->wanted = *wanted;
    }
    if (wanted != NULL && wanted->policy == BRINK_DRAIN_POLICY_NOW)
        stopping->state = BRINK_STOPPING_LEAVING;
    else if (stopping->state == BRINK_STOPPING_NOT)
        stopping->state = begin(stopping, now_ms);
    else if (wanted == NULL)
        stopping->state = BRINK_STOPPING_LEAVING;
    else if (stopping->state == BRINK_STOPPING_DELAYING)
        stopping->state = BRINK_STOPPING_DRAINING;
    return stopping->state;
}

bool brink_stopping_tick(struct brink_stopping *stopping, uint64_t now_ms)
{
    if (stopping->state != BRINK_STOPPING_DELAYING || now_ms < stopping->drain_at_ms)
        return false;
    stopping->state = BRINK_STOPPING_DRAINING;
    return true;
}

int brink_stopping_wait_ms(const struct brink_stopping *stopping, int otherwise_ms, uint64_t now_ms)
{
    if (stopping->state != BRINK_STOPPING_DELAYING)
        return otherwise_ms;
    uint64_t left_ms = stopping->drain_at_ms > now_ms ? stopping->drain_at_ms - now_ms : 0;
    return left_ms < (uint64_t)otherwise_ms ? (int)left_ms : otherwise_ms;
}

struct brink_drain_options brink_stopping_drain(const struct brink_stopping *stopping)
{
    struct brink_drain_options drain =
        stopping->asked ? stopping->wanted : stopping->options->drain;
    if (stopping->state == BRINK_STOPPING_LEAVING)
        drain = (struct brink_drain_options){.policy = BRINK_DRAIN_POLICY_NOW};
    return drain;
}

uint32_t brink_stopping_total_ms(const struct brink_stopping *stopping)
{
    return stopping->options->delay_ms + brink_stopping_drain(stopping).timeout_ms;
}
