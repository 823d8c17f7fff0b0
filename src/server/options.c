#include "server/options.h"

#include <errno.h>

#include "base/message.h"
#include "server/server.h"

enum { TIME_MAX_MS = 1 << 30 };

void brink_server_options_init(struct brink_server_options *options)
{
    *options = (struct brink_server_options){
        .service = BRINK_SERVICE_FRAMES,
        .max_clients = 4096,
        .idle_ms = 60 * 1000,
        .connect_ms = 5 * 1000,
        .buffer_memory = 256 * 1024 * 1024,
    };
    brink_spec_default(&options->spec);
}

struct brink_watermarks brink_watermarks_of(enum brink_server_service service, size_t high_bytes,
                                            size_t low_bytes)
{
    if (high_bytes != 0 || low_bytes != 0)
        return (struct brink_watermarks){high_bytes, low_bytes};
    if (service == BRINK_SERVICE_FRAMES)
        return (struct brink_watermarks){64 * 1024, 16 * 1024};
    return (struct brink_watermarks){1, 0};
}

static brink_result check_service(const struct brink_server_options *options,
                                  struct brink_message *why)
{
    if ((unsigned)options->dispatch > BRINK_DISPATCH_SHARED)
        return brink_message_set(why, "the dispatch is unknown: sharded or shared");
    if (options->dispatch == BRINK_DISPATCH_SHARED && options->service == BRINK_SERVICE_FRAMES)
        return brink_message_set(why, "shared dispatch is for echo and relay: a server of frames "
                                      "calls its handler in the worker that accepted the stream");
    if (options->service == BRINK_SERVICE_RELAY && options->upstream == NULL)
        return brink_message_set(why, "a relay needs an upstream: the address to connect to");
    if (options->service != BRINK_SERVICE_FRAMES)
        return brink_ok();
    if (options->handler == NULL)
        return brink_message_set(why, "a server of frames needs a handler");
    if (brink_spec_raw(&options->spec))
        return brink_message_set(why, "a server of frames cannot serve raw bytes: give it a spec");
    return brink_ok();
}

static brink_result check_time(uint32_t ms, const char *name, struct brink_message *why)
{
    if (ms > TIME_MAX_MS)
        return brink_message_set(why, "%s is %u ms; at most %d ms (12 days) are possible", name,
                                 (unsigned)ms, TIME_MAX_MS);
    return brink_ok();
}

brink_result brink_server_options_check(const struct brink_server_options *options,
                                        struct brink_message *why)
{
    if (options->listener_count > 0)
        return brink_ok();
    if (options->listen_count == 0 || options->listen_count > BRINK_LISTEN_MAX)
        return brink_message_set(why, "a server listens on 1 to %d addresses, not on %zu",
                                 BRINK_LISTEN_MAX, options->listen_count);
    if (options->workers > BRINK_WORKERS_MAX)
        return brink_message_set(why, "%u workers are too many; at most %d are possible",
                                 (unsigned)options->workers, BRINK_WORKERS_MAX);
    if (options->max_clients == 0)
        return brink_message_set(why, "with at most 0 clients nobody could be served");
    struct brink_watermarks marks =
        brink_watermarks_of(options->service, options->high_bytes, options->low_bytes);
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
    brink_result checked = check_time(options->idle_ms, "the idle timeout", why);
    if (!brink_failed(checked))
        checked = check_time(options->frame_ms, "the frame timeout", why);
    if (!brink_failed(checked))
        checked = check_time(options->connect_ms, "the connect timeout", why);
    if (!brink_failed(checked))
        checked = brink_spec_check(&options->spec, why);
    if (!brink_failed(checked))
        checked = check_service(options, why);
    return checked;
}
