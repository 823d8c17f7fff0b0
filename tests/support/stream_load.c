#include "support/stream_load.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
/* cmocka wants the above first */
#include <cmocka.h>

#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/hash.h"

enum { BATCH_FRAMES = 8, PAYLOAD_MAX = 3000, BATCH_MAX = BATCH_FRAMES * (PAYLOAD_MAX + 4) };

struct batch {
    uint8_t bytes[BATCH_MAX];
    size_t size;
    unsigned frames;
};

static uint64_t draw(struct stream_client *client)
{
    client->chance += UINT64_C(0x9e3779b97f4a7c15);
    return brink_hash_mix(client->chance);
}

static void make(struct stream_client *client, struct batch *batch)
{
    batch->size = 0;
    batch->frames = 1 + (unsigned)(draw(client) % BATCH_FRAMES);
    for (unsigned i = 0; i < batch->frames; i++) {
        uint64_t kind = draw(client);
        size_t payload =
            kind % 4 == 0 ? (size_t)(kind >> 8) % 8 : (size_t)(kind >> 8) % PAYLOAD_MAX;
        uint8_t *at = batch->bytes + batch->size;
        for (unsigned k = 0; k < 4; k++)
            at[k] = (uint8_t)(payload >> (8 * k));
        memset(at + 4, (int)(kind >> 40), payload);
        batch->size += payload + 4;
    }
}

/* In pieces that end anywhere. */
static bool send_all(struct stream_client *client, const struct batch *batch)
{
    size_t sent = 0;
    while (sent < batch->size) {
        size_t piece = 1 + (size_t)(draw(client) % 4000);
        if (piece > batch->size - sent)
            piece = batch->size - sent;
        ssize_t n = send(client->fd, batch->bytes + sent, piece, MSG_NOSIGNAL);
        if (n <= 0)
            return false;
        sent += (size_t)n;
    }
    return true;
}

static const char *receive(struct stream_client *client, const struct batch *batch)
{
    static _Thread_local uint8_t got[BATCH_MAX];
    size_t have = 0;
    while (have < batch->size) {
        ssize_t n = recv(client->fd, got + have, batch->size - have, 0);
        if (n == 0)
            return "the connection was closed";
        if (n < 0)
            return "the connection broke, or nothing came for long";
        have += (size_t)n;
    }
    if (memcmp(got, batch->bytes, batch->size) != 0)
        return "something else came back";
    client->frames += batch->frames;
    client->bytes += batch->size;
    return NULL;
}

static const char *play(struct stream_client *client)
{
    struct batch batches[2];
    unsigned turn = 0;
    const char *trouble = NULL;
    make(client, &batches[0]);
    if (!send_all(client, &batches[0]))
        return "the first could not be sent";
    while (trouble == NULL && !atomic_load(&client->load->stop)) {
        make(client, &batches[1 - turn]);
        if (!send_all(client, &batches[1 - turn]))
            return "the connection takes no more";
        trouble = receive(client, &batches[turn]);
        turn = 1 - turn;
        atomic_fetch_add(&client->load->rounds, 1);
    }
    if (trouble == NULL)
        trouble = receive(client, &batches[turn]);
    uint8_t byte;
    (void)shutdown(client->fd, SHUT_WR);
    if (trouble == NULL && recv(client->fd, &byte, 1, 0) != 0)
        trouble = "it did not end as it should";
    return trouble;
}

static void *client_main(void *arg)
{
    struct stream_client *client = arg;
    client->trouble = play(client);
    (void)close(client->fd);
    atomic_fetch_add(&client->load->rounds, 1);
    return NULL;
}

void stream_load_start(struct stream_load *load, const int *fds, unsigned count)
{
    memset(load, 0, sizeof *load);
    load->count = count;
    for (unsigned i = 0; i < count; i++) {
        load->clients[i] = (struct stream_client){.load = load, .fd = fds[i], .chance = i + 1};
        assert_int_equal(
            pthread_create(&load->clients[i].thread, NULL, client_main, &load->clients[i]), 0);
    }
}

void stream_load_go_on(struct stream_load *load, unsigned rounds)
{
    unsigned from = atomic_load(&load->rounds);
    for (unsigned waited = 0; atomic_load(&load->rounds) - from < rounds; waited++) {
        if (waited > 20000)
            fail_msg("the clients get nowhere");
        (void)poll(NULL, 0, 1);
    }
}

uint64_t stream_load_stop(struct stream_load *load, uint64_t *bytes)
{
    uint64_t frames = 0;
    const char *trouble = NULL;
    *bytes = 0;
    atomic_store(&load->stop, true);
    for (unsigned i = 0; i < load->count; i++) {
        assert_int_equal(pthread_join(load->clients[i].thread, NULL), 0);
        if (load->clients[i].trouble != NULL)
            trouble = load->clients[i].trouble;
        frames += load->clients[i].frames;
        *bytes += load->clients[i].bytes;
    }
    if (trouble != NULL)
        fail_msg("a client: %s", trouble);
    return frames;
}
