/* Each allocation that fails ends the client that it was for, and nobody else. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <sys/socket.h>

#include "support/servers.h"

#define LINE  "PROXY TCP4 192.0.2.1 198.51.100.2 4321 443\r\n"
#define FRAME "\2\0\0\0hi"

enum { MANY = 100 };

static struct rig rig;
static struct servers servers;

/* The worker's memory, but for one call. */
static struct {
    const struct brink_memory_source *source;
    unsigned calls;
    unsigned fail_at; /* counted from 1 */
} memory;

static void *alloc(void *context, size_t size, size_t align)
{
    if (++memory.calls == memory.fail_at)
        return NULL;
    return memory.source->alloc(context, size, align);
}

static void release(void *context, void *block, size_t size, size_t align)
{
    memory.source->release(context, block, size, align);
}

static bool kernel_lacks;

/* Once the kernel has no memory either, so that what is sent has to be kept. */
static ssize_t send_later(void *kernel, int fd, const void *data, size_t size)
{
    if (!kernel_lacks)
        return brink_sys_linux.ops->send(kernel, fd, data, size);
    kernel_lacks = false;
    return -ENOBUFS;
}

static void start(unsigned fail_at, bool accepts)
{
    static const struct brink_memory_source failing = {alloc, release};
    rig_init(&rig);
    servers_init(&servers);
    servers_add(&servers);
    rig.options.accept_proxy = accepts ? BRINK_PROXY_ACCEPT_REQUIRED : BRINK_PROXY_ACCEPT_NONE;
    rig.upstream.send_proxy = BRINK_PROXY_SEND_V1;
    rig.ops.send = send_later;
    kernel_lacks = true;
    servers_start(&servers, &rig);
    memory.source = rig.arena.source;
    memory.calls = 0;
    memory.fail_at = fail_at;
    rig.arena.source = &failing;
}

static int come(bool accepts)
{
    const char *bytes = accepts ? LINE FRAME : FRAME;
    size_t size = (accepts ? sizeof LINE - 1 : 0) + 6;
    int client = rig_connect(&rig);
    (void)send(client, bytes, size, MSG_NOSIGNAL); /* it may have been refused already */
    return client;
}

/* All that a server got, up to the end of the header. */
static int serves(void)
{
    char byte = '\0';
    int upstream = servers_accept(&servers, &rig, 0);
    while (byte != '\n')
        rig_receive(&rig, upstream, &byte, 1);
    rig_expect(&rig, upstream, FRAME, 6);
    return upstream;
}

/* Whatever else it had been given is taken back. */
static void has_ended(int client)
{
    uint8_t byte;
    ssize_t n = -1;
    errno = EAGAIN;
    for (int i = 0; i < MANY * 100 && n < 0 && errno == EAGAIN; i++) {
        rig_turn(&rig);
        n = recv(client, &byte, 1, MSG_DONTWAIT);
    }
    assert_true(n == 0 || errno == ECONNRESET);
    (void)close(client);
    rig_forward(&rig, 2000);
    assert_int_equal(brink_counter_read(&rig.service.stats.sessions), 0);
    while (servers_has_one(&servers, 0))
        (void)close(servers_accept(&servers, &rig, 0));
}

static void end(void)
{
    rig.arena.source = memory.source;
    rig_stop(&rig);
    servers_close(&servers);
}

/* Returns whether one failed; of those it counts who ended for that reason. */
static bool fails_at(unsigned k, bool accepts, unsigned *ended)
{
    start(k, accepts);
    int client = come(accepts);
    for (int i = 0; i < 5; i++)
        rig_forward(&rig, 11);
    bool failed = memory.calls >= k;
    if (failed) {
        uint64_t refused = brink_counter_read(&rig.service.stats.refused);
        has_ended(client);
        uint64_t closed = brink_counter_read(&rig.service.stats.closed[BRINK_REASON_NO_MEMORY]);
        assert_int_equal(refused + closed, 1);
        *ended += (unsigned)closed;
        client = come(accepts); /* there is memory again */
    }
    int upstream = serves();
    unsigned gone = rig.gone;
    (void)close(client);
    (void)close(upstream);
    rig_until_gone(&rig, gone + 1);
    end();
    return failed;
}

static void each_that_fails_ends_one_client(bool accepts, unsigned least)
{
    unsigned ended = 0;
    unsigned k = 1;
    while (fails_at(k, accepts, &ended))
        assert_true(++k < MANY);
    assert_true(ended >= least);
}

static void a_client_without_memory_ends(void **state)
{
    (void)state;
    each_that_fails_ends_one_client(false, 2); /* for dialling, and for what is sent */
}

static void a_client_without_memory_for_its_header_ends(void **state)
{
    (void)state;
    each_that_fails_ends_one_client(true, 4); /* for what comes, and what it said, besides */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_client_without_memory_ends),
        cmocka_unit_test(a_client_without_memory_for_its_header_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
