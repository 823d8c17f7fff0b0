#include "app/demo/load.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "app/client.h"
#include "app/clock.h"
#include "app/request.h"
#include "base/counter.h"

enum { PATIENCE_MS = 10000 }; /* for a connection, and for a frame there and back */

struct load_client {
    struct brink_demo_load *load;
    pthread_t thread;
    struct brink_client connection;
    uint8_t *request;
    uint8_t *reply;
    uint64_t number; /* makes its frames other than the next client's */
    brink_counter frames;
    brink_counter bytes;
    brink_counter different;
    atomic_int failure; /* an errno value; 0: none */
    struct brink_latency latency;
};

struct brink_demo_load {
    const struct brink_direction *direction;
    atomic_bool stop;
    unsigned count; /* clients whose thread runs */
    struct load_client clients[];
};

/* As the marks of a ruler: every second frame has the first size, every fourth the second, ... */
static size_t size_of(uint64_t number)
{
    static const size_t sizes[] = {
        64, 0, 1000, 4096, 1, 16 * 1024, 64 * 1024 + 1, 256 * 1024, BRINK_DEMO_LOAD_LARGEST};
    enum { LAST = sizeof sizes / sizeof sizes[0] - 1 };
    unsigned mark = (unsigned)__builtin_ctzll(number | (UINT64_C(1) << LAST));
    return sizes[mark];
}

static brink_result round_trip(struct load_client *client, uint64_t number)
{
    struct brink_client *connection = &client->connection;
    size_t length;
    size_t replied;
    brink_result result =
        brink_request_fill(client->load->direction, number == 1, size_of(number),
                           number * 64 + client->number, client->request, &length);
    if (brink_failed(result))
        return result;
    uint64_t start_ns = brink_clock_now_ns();
    result = brink_client_exchange(connection, client->request, length, client->reply, &replied,
                                   brink_client_now_ms(connection) + PATIENCE_MS);
    if (brink_failed(result))
        return result;
    brink_latency_add(&client->latency, brink_clock_now_ns() - start_ns);
    if (replied != length || memcmp(client->request, client->reply, length) != 0)
        brink_counter_add(&client->different, 1);
    brink_counter_add(&client->frames, 1);
    brink_counter_add(&client->bytes, replied);
    return brink_ok();
}

static void *run(void *arg)
{
    struct load_client *client = arg;
    brink_result result = brink_ok();
    for (uint64_t number = 1; !client->load->stop && !brink_failed(result); number++)
        result = round_trip(client, number);
    client->failure = result.err;
    return NULL;
}

static void close_client(struct load_client *client)
{
    brink_client_close(&client->connection);
    free(client->request);
    free(client->reply);
}

/* Buffers and a connection. */
static brink_result prepare(struct load_client *client, const struct brink_address *address)
{
    const struct brink_direction *direction = client->load->direction;
    size_t room = brink_request_room(direction, BRINK_DEMO_LOAD_LARGEST);
    brink_result result = brink_client_open(&client->connection, &brink_sys_linux, direction, -1);
    if (brink_failed(result))
        return result;
    client->request = malloc(room);
    client->reply = malloc(room);
    if (client->request == NULL || client->reply == NULL)
        result = brink_fail(ENOMEM);
    else
        result = brink_client_connect(&client->connection, address,
                                      brink_client_now_ms(&client->connection) + PATIENCE_MS);
    if (brink_failed(result))
        close_client(client);
    return result;
}

static brink_result start_client(struct load_client *client, const struct brink_address *address)
{
    brink_latency_init(&client->latency);
    brink_result result = prepare(client, address);
    if (brink_failed(result))
        return result;
    int err = pthread_create(&client->thread, NULL, run, client);
    if (err != 0)
        close_client(client);
    return brink_fail(err); /* 0 is success */
}

brink_result brink_demo_load_start(struct brink_demo_load **load, unsigned clients,
                                   const struct brink_address *address,
                                   const struct brink_direction *direction)
{
    struct brink_demo_load_result ignored;
    *load = calloc(1, sizeof **load + clients * sizeof(*load)->clients[0]);
    if (*load == NULL)
        return brink_fail(ENOMEM);
    (*load)->direction = direction;
    brink_result result = brink_ok();
    for (unsigned i = 0; i < clients && !brink_failed(result); i++) {
        struct load_client *client = &(*load)->clients[i];
        client->load = *load;
        client->number = i;
        result = start_client(client, address);
        (*load)->count += !brink_failed(result);
    }
    if (brink_failed(result)) {
        brink_demo_load_finish(*load, &ignored);
        *load = NULL;
    }
    return result;
}

void brink_demo_load_progress(const struct brink_demo_load *load,
                              struct brink_demo_load_result *result)
{
    memset(result, 0, sizeof *result);
    for (unsigned i = 0; i < load->count; i++) {
        const struct load_client *client = &load->clients[i];
        int failure = client->failure;
        result->frames += brink_counter_read(&client->frames);
        result->bytes += brink_counter_read(&client->bytes);
        result->different += brink_counter_read(&client->different);
        if (failure != 0 && result->failed++ == 0)
            result->failure = brink_fail(failure);
    }
}

void brink_demo_load_finish(struct brink_demo_load *load, struct brink_demo_load_result *result)
{
    load->stop = true;
    for (unsigned i = 0; i < load->count; i++)
        (void)pthread_join(load->clients[i].thread, NULL);
    brink_demo_load_progress(load, result);
    for (unsigned i = 0; i < load->count; i++) {
        brink_latency_merge(&result->latency, &load->clients[i].latency);
        close_client(&load->clients[i]);
    }
    free(load);
}
