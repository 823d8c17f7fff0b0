#include "server/listener_check.h"

#include <string.h>

#include "base/message.h"
#include "net/address.h"
#include "net/prefix.h"
#include "server/options.h"

static brink_result check_addresses(const struct brink_listener_options *listener,
                                    struct brink_message *why)
{
    struct brink_address address;
    char name[BRINK_HOST_MAX];
    if (listener->listen_count == 0 || listener->listen_count > BRINK_LISTEN_MAX ||
        listener->listen == NULL)
        return brink_message_set(why, "a server listens on 1 to %d addresses, not on %zu",
                                 BRINK_LISTEN_MAX, listener->listen_count);
    for (size_t i = 0; i < listener->listen_count; i++) {
        if (listener->listen[i] == NULL)
            return brink_message_set(why, "it listens on an address that is missing");
        brink_result read =
            brink_address_read(&address, listener->listen[i], BRINK_ADDRESS_TO_LISTEN, name, why);
        if (brink_failed(read))
            return read;
    }
    return brink_ok();
}

static brink_result check_memory(const struct brink_listener_options *listener,
                                 const struct brink_server_options *options,
                                 struct brink_message *why)
{
    struct brink_watermarks marks =
        brink_watermarks_of(listener->service, listener->high_bytes, listener->low_bytes);
    if (marks.low >= marks.high)
        return brink_message_set(why,
                                 "the low watermark (%zu bytes) must be below the high one "
                                 "(%zu bytes)",
                                 marks.low, marks.high);
    if (options->buffer_memory < marks.high)
        return brink_message_set(why,
                                 "the memory for queued bytes must be at least the high "
                                 "watermark, %zu bytes",
                                 marks.high);
    return brink_ok();
}

static brink_result check_times(const struct brink_listener_options *listener,
                                struct brink_message *why)
{
    const struct brink_named_time times[] = {
        {listener->idle_ms, "the idle timeout"},
        {listener->first_frame_ms, "the first frame's timeout"},
        {listener->frame_ms, "the frame timeout"},
        {listener->half_closed_ms, "the timeout of what is half closed"},
        {listener->max_age_ms, "the greatest age"},
        {listener->proxy_ms, "the PROXY header's timeout"},
    };
    return brink_times_check(times, sizeof times / sizeof times[0], why);
}

static brink_result check_frames(const struct brink_listener_options *listener,
                                 const struct brink_server_options *options,
                                 struct brink_message *why)
{
    if (options->dispatch == BRINK_DISPATCH_SHARED)
        return brink_message_set(why, "shared dispatch is for echo and relay: a server of frames "
                                      "calls its handler in the worker that accepted the stream");
    if (listener->handler == NULL)
        return brink_message_set(why, "a server of frames needs a handler");
    if (brink_spec_raw(&listener->spec))
        return brink_message_set(why, "a server of frames cannot serve raw bytes: give it a spec");
    return brink_ok();
}

static bool keeps_state(const struct brink_direction *direction)
{
    return direction->preface > 0 || direction->has_first;
}

/* Another server would know nothing of what the one before was told. */
static brink_result check_rehome(const struct brink_spec *spec, struct brink_message *why)
{
    if (brink_spec_raw(spec))
        return brink_message_set(why, "its upstream has rehome, which raw bytes cannot have: they "
                                      "have no boundaries");
    if (spec->pin || spec->negotiate > 0 || keeps_state(&spec->request) ||
        keeps_state(&spec->reply))
        return brink_message_set(why,
                                 "its upstream has rehome, which %s cannot have: each connection "
                                 "has state of its own",
                                 spec->name[0] != '\0' ? spec->name : "its spec");
    return brink_ok();
}

static brink_result check_relay(const struct brink_listener_options *listener,
                                const struct brink_view *view, struct brink_message *why)
{
    if (listener->upstream == NULL)
        return brink_message_set(why, "a relay needs an upstream: the address to connect to");
    const struct brink_upstream_options *upstream = brink_view_upstream(view, listener->upstream);
    if (upstream == NULL)
        return brink_message_set(why, "there is no upstream %s", listener->upstream);
    return upstream->rehome ? check_rehome(&listener->spec, why) : brink_ok();
}

static brink_result check_service(const struct brink_listener_options *listener,
                                  const struct brink_view *view,
                                  const struct brink_server_options *options,
                                  struct brink_message *why)
{
    if ((unsigned)listener->service > BRINK_SERVICE_RELAY)
        return brink_message_set(why, "the service is unknown: frames, echo or relay");
    if ((unsigned)listener->accept_proxy > BRINK_PROXY_ACCEPT_REQUIRED)
        return brink_message_set(why, "how PROXY headers are accepted is unknown: not at all, "
                                      "optional or required");
    if (listener->service == BRINK_SERVICE_RELAY)
        return check_relay(listener, view, why);
    if (listener->accept_proxy != BRINK_PROXY_ACCEPT_NONE)
        return brink_message_set(why, "PROXY headers are accepted by relays only");
    if (listener->service == BRINK_SERVICE_FRAMES)
        return check_frames(listener, options, why);
    return brink_ok();
}

static brink_result check_prefixes(const char *const *texts, size_t count, const char *what,
                                   struct brink_message *why)
{
    struct brink_prefix prefix;
    struct brink_message inner;
    for (size_t i = 0; i < count; i++) {
        if (texts == NULL || texts[i] == NULL)
            return brink_message_set(why, "%s: a prefix is missing", what);
        if (brink_failed(brink_prefix_parse(&prefix, texts[i], &inner)))
            return brink_message_set(why, "%s: %s", what, inner.text);
    }
    return brink_ok();
}

static brink_result check_who(const struct brink_listener_options *listener,
                              struct brink_message *why)
{
    brink_result checked =
        check_prefixes(listener->trusted, listener->trusted_count, "trusted", why);
    if (!brink_failed(checked))
        checked = check_prefixes(listener->allow, listener->allow_count, "allow", why);
    if (!brink_failed(checked))
        checked = check_prefixes(listener->deny, listener->deny_count, "deny", why);
    return checked;
}

static brink_result check_limits(const struct brink_limit_options *limits,
                                 struct brink_message *why)
{
    const struct brink_rate rates[] = {limits->connections, limits->frames, limits->bytes,
                                       limits->client_frames, limits->client_bytes};
    if (limits->source_bits_v4 > 32 || limits->source_bits_v6 > 128)
        return brink_message_set(why, "a source has at most 32 bits of IPv4, and 128 of IPv6");
    if ((unsigned)limits->over_rate > BRINK_OVER_RATE_CLOSE)
        return brink_message_set(why, "what becomes of who is over the rate is unknown: slow or "
                                      "close");
    for (size_t i = 0; i < sizeof rates / sizeof rates[0]; i++)
        if (rates[i].per_second == 0 && rates[i].burst > 0)
            return brink_message_set(why, "a burst needs a rate: so many a second");
    return brink_ok();
}

static brink_result check_goodbyes(const struct brink_listener_options *listener,
                                   struct brink_message *why)
{
    const struct brink_bytes *goodbyes[] = {&listener->goodbye_refused, &listener->goodbye_drained,
                                            &listener->goodbye_oversize};
    for (size_t i = 0; i < sizeof goodbyes / sizeof goodbyes[0]; i++)
        if (goodbyes[i]->size > 0 && goodbyes[i]->data == NULL)
            return brink_message_set(why, "a goodbye has a size but no bytes");
    return brink_ok();
}

static brink_result check_all(const struct brink_listener_options *listener,
                              const struct brink_view *view,
                              const struct brink_server_options *options, struct brink_message *why)
{
    brink_result checked = check_addresses(listener, why);
    if (!brink_failed(checked))
        checked = check_memory(listener, options, why);
    if (!brink_failed(checked))
        checked = check_times(listener, why);
    if (!brink_failed(checked))
        checked = brink_spec_check(&listener->spec, why);
    if (!brink_failed(checked))
        checked = check_service(listener, view, options, why);
    if (!brink_failed(checked))
        checked = check_who(listener, why);
    if (!brink_failed(checked))
        checked = check_limits(&listener->limits, why);
    if (!brink_failed(checked))
        checked = check_goodbyes(listener, why);
    return checked;
}

brink_result brink_listener_check(const struct brink_listener_options *listener,
                                  const struct brink_view *view,
                                  const struct brink_server_options *options,
                                  struct brink_message *why)
{
    struct brink_message inner = {""};
    brink_result checked = check_all(listener, view, options, &inner);
    if (!brink_failed(checked))
        return checked;
    if (listener->name[0] == '\0')
        return brink_message_set(why, "%s", inner.text);
    return brink_message_set(why, "listener %s: %s", listener->name, inner.text);
}
