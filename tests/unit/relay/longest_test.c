/* Who holds most of the memory is found. */
#include <string.h>
#include <unistd.h>

#include <sys/socket.h>

#include "support/rig.h"

#include "relay/endpoint.h"
#include "relay/longest.h"
#include "relay/pair.h"

static struct rig rig;

static struct brink_longest longest(void)
{
    struct brink_longest found = {0};
    brink_longest_find(&rig.service, &found);
    return found;
}

static uint16_t port_of(int fd)
{
    struct sockaddr_in address;
    socklen_t length = sizeof address;
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &length), 0);
    return brink_peer_from((struct sockaddr *)&address, length).port;
}

/* Sends more than the receiver's socket takes. */
static void overfill(int fd)
{
    static const uint8_t zeros[65536]; /* as frames: many empty ones */
    for (int i = 0; i < 300; i++) {
        while (send(fd, zeros, sizeof zeros, MSG_DONTWAIT | MSG_NOSIGNAL) > 0)
            continue;
        rig_turn(&rig);
    }
}

static void it_is_whose_queue_is_longest(void **state)
{
    (void)state;
    rig_init(&rig);
    rig_listen_upstream(&rig);
    rig_start(&rig, &brink_pair_kind);
    int first = rig_connect(&rig);
    int first_upstream = rig_accept_upstream(&rig);
    int second = rig_connect(&rig);
    int second_upstream = rig_accept_upstream(&rig);
    rig_turn(&rig);
    assert_int_equal(longest().bytes, 0);
    overfill(first);
    struct brink_longest found = longest();
    assert_true(found.bytes >= 64 * 1024);
    assert_int_equal(found.side, BRINK_SIDE_UPSTREAM);
    assert_int_equal(found.peer.port, port_of(first));
    rig_reset(first);
    overfill(second_upstream);
    (void)close(first_upstream);
    rig_until_gone(&rig, 1);
    found = longest();
    assert_true(found.bytes >= 64 * 1024);
    assert_int_equal(found.side, BRINK_SIDE_CLIENT);
    assert_int_equal(found.peer.port, port_of(second));
    rig_reset(second);
    rig_reset(second_upstream);
    rig_until_gone(&rig, 2);
    rig_stop(&rig);
}

static void a_frame_that_is_put_together_counts(void **state)
{
    (void)state;
    static const struct brink_stream_handler handler = {0};
    static uint8_t part[40000];
    rig_init(&rig);
    rig.options.handler = &handler;
    rig_start(&rig, &brink_endpoint_kind);
    int client = rig_connect(&rig);
    int other = rig_connect(&rig);
    (void)rig_frame(part, sizeof part - 4, 'x');
    rig_send(&rig, client, part, sizeof part - 1);
    rig_turn(&rig);
    struct brink_longest found = longest();
    assert_in_range(found.bytes, sizeof part - 1, 2 * sizeof part);
    assert_int_equal(found.peer.port, port_of(client));
    (void)close(client);
    (void)close(other);
    rig_until_gone(&rig, 2);
    rig_stop(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_whose_queue_is_longest),
        cmocka_unit_test(a_frame_that_is_put_together_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
