/* Whether a listener's options have changed. */
#include <string.h>

#include "server/services.h"

static bool same_bytes(const struct brink_bytes *one, const struct brink_bytes *other)
{
    return one->size == other->size &&
           (one->size == 0 || memcmp(one->data, other->data, one->size) == 0);
}

static bool same_list(const struct brink_prefix_list *one, const struct brink_prefix_list *other)
{
    return one->count == other->count &&
           (one->count == 0 ||
            memcmp(one->prefixes, other->prefixes, one->count * sizeof *one->prefixes) == 0);
}

static bool same_rate(const struct brink_rate *one, const struct brink_rate *other)
{
    return one->per_second == other->per_second && one->burst == other->burst;
}

static bool same_rates(const struct brink_rates *one, const struct brink_rates *other)
{
    return same_rate(&one->client_frames, &other->client_frames) &&
           same_rate(&one->client_bytes, &other->client_bytes) &&
           same_rate(&one->frames, &other->frames) && same_rate(&one->bytes, &other->bytes) &&
           one->over_rate == other->over_rate;
}

static bool same_spec(const struct brink_spec *one, const struct brink_spec *other)
{
    char text[BRINK_SPEC_DESCRIBED_MAX];
    char other_text[BRINK_SPEC_DESCRIBED_MAX];
    return strcmp(one->name, other->name) == 0 &&
           strcmp(brink_spec_describe(one, text, sizeof text),
                  brink_spec_describe(other, other_text, sizeof other_text)) == 0;
}

static bool same_limits(const struct brink_service_options *one,
                        const struct brink_service_options *other)
{
    return one->max_clients == other->max_clients && one->max_per_source == other->max_per_source &&
           one->source_bits_v4 == other->source_bits_v4 &&
           one->source_bits_v6 == other->source_bits_v6 &&
           same_rate(&one->connections, &other->connections) &&
           same_rates(&one->rates, &other->rates);
}

static bool same_times(const struct brink_service_options *one,
                       const struct brink_service_options *other)
{
    return one->idle_ms == other->idle_ms && one->frame_ms == other->frame_ms &&
           one->first_frame_ms == other->first_frame_ms &&
           one->half_closed_ms == other->half_closed_ms && one->max_age_ms == other->max_age_ms &&
           one->proxy_ms == other->proxy_ms;
}

static bool same_access(const struct brink_service_options *one,
                        const struct brink_service_options *other)
{
    return one->accept_proxy == other->accept_proxy && same_list(&one->trusted, &other->trusted) &&
           same_list(&one->allow, &other->allow) && same_list(&one->deny, &other->deny);
}

bool brink_services_same(const struct brink_service_options *one,
                         const struct brink_service_options *other)
{
    return one->kind == other->kind && one->group == other->group &&
           one->handler == other->handler && one->context == other->context &&
           one->high_bytes == other->high_bytes && one->low_bytes == other->low_bytes &&
           one->arming == other->arming && same_spec(&one->spec, &other->spec) &&
           same_times(one, other) && same_access(one, other) && same_limits(one, other) &&
           same_bytes(&one->goodbye_refused, &other->goodbye_refused) &&
           same_bytes(&one->goodbye_drained, &other->goodbye_drained) &&
           same_bytes(&one->goodbye_oversize, &other->goodbye_oversize);
}
