#include "server/reload_check.h"

#include <inttypes.h>
#include <string.h>

#include "base/message.h"

static const char *dispatch_name(enum brink_server_dispatch dispatch)
{
    return dispatch == BRINK_DISPATCH_SHARED ? "shared" : "sharded";
}

static brink_result check_server(const struct brink_server *server,
                                 const struct brink_server_options *options,
                                 struct brink_message *why)
{
    const struct brink_server_options *given = &server->given;
    if (given->listener_count == 0 || options->listener_count == 0)
        return brink_message_set(why, "a server without named listeners cannot change its options: "
                                      "restart it");
    if (options->workers != given->workers && options->workers != server->member_count)
        return brink_message_set(why, "workers cannot change from %u to %u: restart for that",
                                 (unsigned)server->member_count, (unsigned)options->workers);
    if (options->dispatch != given->dispatch)
        return brink_message_set(why, "dispatch cannot change from %s to %s: restart for that",
                                 dispatch_name(given->dispatch), dispatch_name(options->dispatch));
    if (options->buffer_memory != given->buffer_memory)
        return brink_message_set(
            why, "buffer-memory cannot change from %" PRIu64 " to %" PRIu64 ": restart for that",
            given->buffer_memory, options->buffer_memory);
    if (options->log.write != given->log.write || options->log.context != given->log.context)
        return brink_message_set(why, "the log cannot change: restart for that");
    if (options->takeover_fd != 0 && options->takeover_fd != given->takeover_fd)
        return brink_message_set(why, "a server that runs takes over from nobody");
    return brink_ok();
}

/* Its handler knows the streams that it has. */
static brink_result check_handler(const struct brink_server *server,
                                  const struct brink_listener_options *listener,
                                  struct brink_message *why)
{
    for (size_t i = 0; i < server->listener_count; i++) {
        const struct brink_service_options *before = &server->order[i]->present->options;
        if (strcmp(server->order[i]->name, listener->name) != 0 || before->handler == NULL)
            continue;
        if (listener->handler != before->handler || listener->context != before->context)
            return brink_message_set(
                why, "listener %s: its handler cannot change: restart for that", listener->name);
    }
    return brink_ok();
}

brink_result brink_reload_check(const struct brink_server *server,
                                const struct brink_server_options *options,
                                struct brink_message *why)
{
    brink_result checked = check_server(server, options, why);
    for (size_t i = 0; i < options->listener_count && !brink_failed(checked); i++)
        checked = check_handler(server, &options->listeners[i], why);
    return checked;
}
