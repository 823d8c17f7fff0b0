#include "support/servers.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "relay/pair.h"

void servers_init(struct servers *servers)
{
    memset(servers, 0, sizeof *servers);
    servers->fillers[0] = servers->fillers[1] = -1;
}

static int add(struct servers *servers)
{
    assert_true(servers->count < SERVERS_MAX);
    struct brink_target_entry *entry = &servers->entries[servers->count];
    socklen_t length = sizeof(struct sockaddr_in);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    entry->weight = 1;
    entry->address.kind = BRINK_ADDRESS_SOCKET;
    entry->address.length = length;
    entry->address.sock.v4 =
        (struct sockaddr_in){.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    assert_int_equal(bind(fd, &entry->address.sock.any, length), 0);
    assert_int_equal(getsockname(fd, &entry->address.sock.any, &length), 0);
    servers->fds[servers->count++] = fd;
    return fd;
}

void servers_add(struct servers *servers)
{
    assert_int_equal(listen(add(servers), 100), 0);
}

void servers_add_refusing(struct servers *servers)
{
    (void)add(servers);
}

/* Linux drops what would connect while the queue is full (tcp(7), tcp_abort_on_overflow). */
void servers_add_silent(struct servers *servers)
{
    int fd = add(servers);
    assert_int_equal(listen(fd, 0), 0);
    const struct brink_address *to = &servers->entries[servers->count - 1].address;
    for (int i = 0; i < 2; i++) {
        servers->fillers[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        int result = connect(servers->fillers[i], &to->sock.any, to->length);
        assert_true(result == 0 || errno == EINPROGRESS);
    }
    struct pollfd poll_fd = {.fd = servers->fillers[0], .events = POLLOUT};
    assert_int_equal(poll(&poll_fd, 1, 10000), 1);
}

void servers_update(struct servers *servers, struct rig *rig, size_t count)
{
    assert_int_equal(
        brink_group_update(rig->group, 0, servers->entries, count, rig->sys.ops->now_ms(rig)).err,
        0);
}

void servers_start(struct servers *servers, struct rig *rig)
{
    assert_int_equal(brink_group_open(&rig->group, &rig->upstream, &rig->options.log, 0).err, 0);
    servers_update(servers, rig, servers->count);
    rig->options.group = rig->group;
    rig_start(rig, &brink_pair_kind);
}

int servers_accept(const struct servers *servers, struct rig *rig, size_t index)
{
    int before = rig->upstream_listener;
    rig->upstream_listener = servers->fds[index];
    int fd = rig_accept_upstream(rig);
    rig->upstream_listener = before;
    return fd;
}

bool servers_has_one(const struct servers *servers, size_t index)
{
    struct pollfd poll_fd = {.fd = servers->fds[index], .events = POLLIN};
    return poll(&poll_fd, 1, 0) > 0 && (poll_fd.revents & POLLIN) != 0;
}

void servers_put_down(struct servers *servers, struct rig *rig, size_t index)
{
    struct brink_target *targets[SERVERS_MAX];
    size_t count = brink_group_hold(rig->group, targets, SERVERS_MAX);
    const struct brink_address *meant = &servers->entries[index].address;
    for (size_t i = 0; i < count; i++) {
        bool found = targets[i]->address.sock.v4.sin_port == meant->sock.v4.sin_port;
        for (uint32_t failed = 0; found && failed < rig->upstream.health.fall; failed++)
            brink_group_checked(rig->group, targets[i], false, "it is to be down",
                                rig->sys.ops->now_ms(rig));
        brink_group_drop(rig->group, targets[i]);
    }
}

void servers_close(struct servers *servers)
{
    for (size_t i = 0; i < servers->count; i++)
        (void)close(servers->fds[i]);
    for (size_t i = 0; i < 2; i++)
        if (servers->fillers[i] >= 0)
            (void)close(servers->fillers[i]);
}

void servers_exchange(struct rig *rig, int client, int upstream)
{
    rig_send(rig, client, "\2\0\0\0hi", 6);
    rig_expect(rig, upstream, "\2\0\0\0hi", 6);
    rig_send(rig, upstream, "\1\0\0\0!", 5);
    rig_expect(rig, client, "\1\0\0\0!", 5);
}
