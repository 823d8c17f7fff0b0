/* How much is read at once: no more of a client than its PROXY header, while that is awaited. */
#include <string.h>
#include <unistd.h>

#include <sys/socket.h>

#include "support/rig.h"

#include "relay/pair.h"

static struct rig rig;
static uint8_t frame[40000];

/* The most that a recv asked for while the header was read. */
static struct brink_sys_ops watched_ops;
static uint64_t bytes_read;

static ssize_t counted_recv(void *kernel, int fd, void *buffer, size_t length)
{
    ssize_t n = brink_sys_linux.ops->recv(NULL, fd, buffer, length);
    (void)kernel;
    if (n > 0)
        bytes_read += (uint64_t)n;
    return n;
}

static void start(enum brink_proxy_accept accept)
{
    rig_init(&rig);
    watched_ops = rig.ops;
    watched_ops.recv = counted_recv;
    rig.sys.ops = &watched_ops;
    bytes_read = 0;
    rig.options.accept_proxy = accept;
    rig_listen_upstream(&rig);
    rig_start(&rig, &brink_pair_kind);
}

static void end(int client, int upstream)
{
    (void)close(client);
    (void)close(upstream);
    rig_until_gone(&rig, 1);
    rig_stop(&rig);
}

static const char line[] = "PROXY TCP4 192.0.2.7 192.0.2.8 1234 80\r\n";

/* What follows the header stays in the kernel until there is a server for it. */
static void of_a_client_that_greets_its_header_is_read(void **state)
{
    (void)state;
    start(BRINK_PROXY_ACCEPT_REQUIRED);
    int client = rig_connect(&rig);
    size_t size = rig_frame(frame, sizeof frame - 4, 'x');
    assert_int_equal(send(client, line, sizeof line - 1, MSG_NOSIGNAL), (ssize_t)sizeof line - 1);
    assert_int_equal(send(client, frame, size, MSG_NOSIGNAL), (ssize_t)size);
    while (bytes_read < sizeof line - 1)
        rig_turn(&rig);
    assert_int_equal(bytes_read, sizeof line - 1);
    int upstream = rig_accept_upstream(&rig);
    rig_expect(&rig, upstream, frame, size);
    assert_int_equal(bytes_read, sizeof line - 1 + size);
    end(client, upstream);
    assert_true(rig_logged(&rig, "peer=192.0.2.7:1234"));
}

static void a_binary_header_too(void **state)
{
    (void)state;
    static const uint8_t header[] =
        "\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c\xc0\0\2\7\xc0\0\2\x8\4\xd2\0\x50";
    start(BRINK_PROXY_ACCEPT_OPTIONAL);
    int client = rig_connect(&rig);
    size_t size = rig_frame(frame, sizeof frame - 4, 'x');
    for (size_t i = 0; i < sizeof header - 1; i++) /* however it comes */
        rig_send(&rig, client, header + i, 1);
    rig_send(&rig, client, frame, size);
    int upstream = rig_accept_upstream(&rig);
    rig_expect(&rig, upstream, frame, size);
    end(client, upstream);
    assert_true(rig_logged(&rig, "peer=192.0.2.7:1234"));
}

static void without_one_its_first_bytes_are_passed_on(void **state)
{
    (void)state;
    start(BRINK_PROXY_ACCEPT_OPTIONAL);
    int client = rig_connect(&rig);
    size_t size = rig_frame(frame, sizeof frame - 4, 'x');
    rig_send(&rig, client, frame, size);
    int upstream = rig_accept_upstream(&rig);
    rig_expect(&rig, upstream, frame, size);
    end(client, upstream);
}

/* It then is metered as all that comes. */
static void a_header_does_not_count_for_the_rate(void **state)
{
    (void)state;
    rig_init(&rig);
    rig.options.accept_proxy = BRINK_PROXY_ACCEPT_REQUIRED;
    rig.options.rates.client_bytes = (struct brink_rate){.per_second = 10, .burst = 8};
    rig_listen_upstream(&rig);
    rig_start(&rig, &brink_pair_kind);
    rig_stop_clock(&rig);
    int client = rig_connect(&rig);
    rig_send(&rig, client, line, sizeof line - 1);
    rig_send(&rig, client, "\4\0\0\0abcd\1\0\0\0e", 13);
    int upstream = rig_accept_upstream(&rig);
    rig_expect(&rig, upstream, "\4\0\0\0abcd", 8);
    rig_expect_silence(&rig, upstream);
    rig_forward(&rig, 100);
    rig_forward(&rig, 400);
    rig_expect(&rig, upstream, "\1\0\0\0e", 5);
    rig_forward(&rig, 200);
    end(client, upstream);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(of_a_client_that_greets_its_header_is_read),
        cmocka_unit_test(a_binary_header_too),
        cmocka_unit_test(without_one_its_first_bytes_are_passed_on),
        cmocka_unit_test(a_header_does_not_count_for_the_rate),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
