#include "app/ping/ping.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "app/client.h"
#include "app/clock.h"
#include "app/load/latency.h"
#include "app/ping/options.h"
#include "app/request.h"
#include "app/serve/signals.h"

struct ping {
    struct brink_ping_options options;
    struct brink_address address;
    struct brink_client client;
    struct brink_latency latency;
    uint8_t *request;
    uint8_t *reply;
    uint64_t sent;
    uint64_t same;      /* came back as they were sent */
    uint64_t different; /* came back otherwise */
};

/* What an errno value means between two endpoints. */
static const char *trouble(int err)
{
    switch (err) {
    case ETIMEDOUT:
        return "no reply in time";
    case ECONNABORTED:
        return "the peer closed the connection";
    case EMSGSIZE:
        return "what came back is longer than what was sent; is it an echo endpoint?";
    case EPROTO:
        return "what came back is not a frame; is --frame right?";
    default:
        return strerror(err);
    }
}

/* The first byte in which the reply differs; the shorter length if one is a part of the other. */
static size_t first_difference(const uint8_t *a, size_t a_length, const uint8_t *b, size_t b_length)
{
    size_t length = a_length < b_length ? a_length : b_length;
    size_t at = 0;
    while (at < length && a[at] == b[at])
        at++;
    return at;
}

static void judge(struct ping *ping, size_t length, size_t replied, uint64_t ns)
{
    bool equal = length == replied && memcmp(ping->request, ping->reply, length) == 0;
    brink_latency_add(&ping->latency, ns);
    (void)printf("%zu bytes from %s: seq=%" PRIu64 " time=%.3f ms", replied, ping->options.target,
                 ping->sent, (double)ns / 1e6);
    if (equal) {
        ping->same++;
        (void)printf("\n");
        return;
    }
    ping->different++;
    (void)printf(" DIFFERS at byte %zu (%zu were sent)\n",
                 first_difference(ping->request, length, ping->reply, replied), length);
}

/* One frame there and back over the connection, made anew after whatever broke the last. A reply
 * that comes too late can't be mistaken for the next one this way. */
static brink_result probe(struct ping *ping, size_t *length, size_t *replied, uint64_t *ns)
{
    struct brink_client *client = &ping->client;
    const struct brink_ping_options *options = &ping->options;
    uint64_t deadline_ms = brink_client_now_ms(client) + options->wait_ms;
    bool opening = !brink_client_connected(client);
    brink_result result = brink_ok();
    if (opening)
        result = brink_client_connect(client, &ping->address, deadline_ms);
    if (!brink_failed(result))
        result = brink_request_fill(&options->spec.request, opening, options->payload, ping->sent,
                                    ping->request, length);
    uint64_t start_ns = brink_clock_now_ns();
    if (!brink_failed(result))
        result = brink_client_exchange(client, ping->request, *length, ping->reply, replied,
                                       deadline_ms);
    *ns = brink_clock_now_ns() - start_ns;
    if (brink_failed(result))
        brink_client_disconnect(client);
    return result;
}

/* False when the run is over. */
static bool round_trip(struct ping *ping)
{
    size_t length;
    size_t replied;
    uint64_t ns;
    uint64_t next_ms = brink_client_now_ms(&ping->client) + ping->options.interval_ms;
    ping->sent++;
    brink_result result = probe(ping, &length, &replied, &ns);
    if (result.err == ECANCELED) {
        ping->sent--; /* interrupted, not lost */
        return false;
    }
    if (brink_failed(result))
        (void)printf("%s: seq=%" PRIu64 " lost: %s\n", ping->options.target, ping->sent,
                     trouble(result.err));
    else
        judge(ping, length, replied, ns);
    if (fflush(stdout) != 0) /* nobody reads */
        return false;
    if (ping->sent == ping->options.count)
        return false;
    return !brink_failed(brink_client_rest(&ping->client, next_ms));
}

static void print_summary(const struct ping *ping, uint64_t ms)
{
    const struct brink_latency *latency = &ping->latency;
    uint64_t received = ping->same + ping->different;
    double lost =
        ping->sent == 0 ? 0 : 100.0 * (double)(ping->sent - received) / (double)ping->sent;
    (void)printf("\n--- %s ping statistics ---\n", ping->options.target);
    (void)printf("%" PRIu64 " frames sent, %" PRIu64 " received", ping->sent, received);
    if (ping->different > 0)
        (void)printf(", %" PRIu64 " DIFFERENT", ping->different);
    (void)printf(", %.4g%% lost, time %" PRIu64 " ms\n", lost, ms);
    if (received > 0)
        (void)printf("rtt min/avg/max/mdev = %.3f/%.3f/%.3f/%.3f ms\n",
                     (double)latency->min_ns / 1e6, brink_latency_mean(latency) / 1e6,
                     (double)latency->max_ns / 1e6, brink_latency_deviation(latency) / 1e6);
}

/* True if a first frame can have that payload, and a later one; the first one's bytes in *length.
 */
static bool fits(struct ping *ping, size_t *length)
{
    const struct brink_ping_options *options = &ping->options;
    const struct brink_direction *direction = &options->spec.request;
    size_t later;
    return !brink_failed(
               brink_request_fill(direction, false, options->payload, 0, ping->request, &later)) &&
           !brink_failed(
               brink_request_fill(direction, true, options->payload, 0, ping->request, length));
}

static enum brink_exit run(struct ping *ping)
{
    const struct brink_ping_options *options = &ping->options;
    size_t length;
    if (!fits(ping, &length)) {
        (void)fprintf(stderr,
                      "brink ping: --size: %s has no frame with a payload of %" PRIu32
                      " bytes; `brink frame explain` tells what it has\n",
                      options->frame, options->payload);
        return BRINK_EXIT_USAGE;
    }
    (void)printf("PING %s: frame %s, %" PRIu32 " bytes of payload, %zu on the wire\n",
                 options->target, options->frame, options->payload, length);
    uint64_t start_ms = brink_client_now_ms(&ping->client);
    while (round_trip(ping))
        ;
    print_summary(ping, brink_client_now_ms(&ping->client) - start_ms);
    return ping->sent > 0 && ping->same == ping->sent ? BRINK_EXIT_OK : BRINK_EXIT_FAILURE;
}

static enum brink_exit fail(brink_result result)
{
    (void)fprintf(stderr, "brink ping: %s\n", strerror(result.err));
    return BRINK_EXIT_FAILURE;
}

static enum brink_exit run_with_buffers(struct ping *ping)
{
    size_t room = brink_request_room(&ping->options.spec.request, ping->options.payload);
    ping->request = calloc(1, room + 1); /* raw frames may be empty */
    ping->reply = calloc(1, room + 1);
    enum brink_exit status = BRINK_EXIT_FAILURE;
    if (ping->request == NULL || ping->reply == NULL)
        status = fail(brink_fail(ENOMEM));
    else
        status = run(ping);
    free(ping->request);
    free(ping->reply);
    return status;
}

static enum brink_exit run_with_client(struct ping *ping, int cancel_fd)
{
    brink_result result =
        brink_client_open(&ping->client, &brink_sys_linux, &ping->options.spec.request, cancel_fd);
    if (brink_failed(result))
        return fail(result);
    enum brink_exit status = run_with_buffers(ping);
    brink_client_close(&ping->client);
    return status;
}

enum brink_exit brink_ping(int argc, char **argv)
{
    struct ping ping = {0};
    struct brink_message why;
    struct brink_signals signals;
    if (brink_failed(brink_ping_options_parse(&ping.options, argc, argv, 0)))
        return BRINK_EXIT_USAGE;
    if (brink_failed(brink_address_parse(&ping.address, ping.options.target,
                                         BRINK_ADDRESS_TO_CONNECT, &why))) {
        (void)fprintf(stderr, "brink ping: %s\n", why.text);
        return BRINK_EXIT_FAILURE;
    }
    brink_result result = brink_signals_open(&signals, false);
    if (brink_failed(result))
        return fail(result);
    enum brink_exit status = run_with_client(&ping, signals.fd);
    brink_signals_close(&signals);
    return status;
}
