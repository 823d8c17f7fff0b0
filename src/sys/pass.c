#include "sys/pass.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

/* Aligned as the kernel wants it. */
union control {
    struct cmsghdr head;
    char room[CMSG_SPACE(BRINK_PASS_MOST * sizeof(int))];
};

int brink_pass_pair(int fds[2])
{
    return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) < 0 ? -errno : 0;
}

int brink_pass_send(int fd, const void *data, size_t size, const int *fds, size_t count)
{
    union control control = {0};
    struct iovec part = {.iov_base = (void *)(uintptr_t)data, .iov_len = size};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    if (count > BRINK_PASS_MOST)
        return -EMSGSIZE;
    if (count > 0) {
        message.msg_control = &control;
        message.msg_controllen = CMSG_SPACE(count * sizeof(int));
        struct cmsghdr *head = CMSG_FIRSTHDR(&message);
        head->cmsg_level = SOL_SOCKET;
        head->cmsg_type = SCM_RIGHTS;
        head->cmsg_len = CMSG_LEN(count * sizeof(int));
        memcpy(CMSG_DATA(head), fds, count * sizeof(int));
    }
    ssize_t sent;
    do
        sent = sendmsg(fd, &message, MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    return sent < 0 ? -errno : 0;
}

static void close_all(const int *fds, size_t count)
{
    for (size_t i = 0; i < count; i++)
        (void)close(fds[i]);
}

/* The descriptors that came with a message. */
static size_t take_descriptors(struct msghdr *message, int fds[BRINK_PASS_MOST])
{
    size_t count = 0;
    for (struct cmsghdr *head = CMSG_FIRSTHDR(message); head != NULL;
         head = CMSG_NXTHDR(message, head)) {
        if (head->cmsg_level != SOL_SOCKET || head->cmsg_type != SCM_RIGHTS)
            continue;
        size_t more = (head->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        memcpy(fds + count, CMSG_DATA(head), more * sizeof(int));
        count += more;
    }
    return count;
}

ssize_t brink_pass_receive(int fd, void *data, size_t room, int *fds, size_t *count)
{
    union control control;
    int came[BRINK_PASS_MOST];
    struct iovec part = {.iov_base = data, .iov_len = room};
    struct msghdr message = {.msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = &control,
                             .msg_controllen = sizeof control};
    size_t most = *count;
    ssize_t got;
    *count = 0;
    do
        got = recvmsg(fd, &message, MSG_CMSG_CLOEXEC);
    while (got < 0 && errno == EINTR);
    if (got < 0)
        return -errno;
    size_t passed = take_descriptors(&message, came);
    if ((message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0 || passed > most) {
        close_all(came, passed);
        return -EMSGSIZE;
    }
    if (passed > 0)
        memcpy(fds, came, passed * sizeof(int));
    *count = passed;
    return got;
}

void brink_pass_close_from(int first)
{
    struct rlimit limit;
    if (close_range((unsigned)first, ~0U, 0) == 0)
        return;
    /* A kernel before 5.9, or a filter that does not know the call. */
    if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
        return;
    for (int fd = first; (rlim_t)fd < limit.rlim_cur; fd++)
        (void)close(fd);
}
