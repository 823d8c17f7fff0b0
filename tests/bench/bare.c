/* bare - the least that an echo or a relay can cost: recv and send under edge-triggered epoll, and
 * nothing else. No frames, deadlines, limits, counts or log; but it is correct: it loses no byte
 * when a socket takes less than it is given, and passes an end on. The benchmark compares with it.
 *
 *     bare BUFFER_KIB THREADS echo
 *     bare BUFFER_KIB THREADS relay PORT    each client with its own connection to 127.0.0.1:PORT
 *
 * It listens at 127.0.0.1, at a port of the kernel's choice, which it prints. It ends when killed.
 */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum { EVENTS = 512, BACKLOG = 4096, THREADS_MAX = 64 };

struct pending {
    size_t start;
    size_t end;
    char bytes[];
};

/* One socket. Nothing is read from a side while its peer owes or is not connected yet. */
struct side {
    int fd; /* -1: closed, and freed at the end of the turn */
    bool connected;
    bool ended;           /* its end was read, and passed on to the peer */
    struct side *peer;    /* where goes what is read here; in an echo it is the side itself */
    struct pending *owed; /* what this socket could not take yet */
    struct side *next;    /* of the dead */
};

struct loop {
    int epoll;
    int listener;
    in_port_t upstream; /* in network order; 0: echo */
    size_t size;
    char *buffer;
    struct side *dead;
};

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static void add(struct loop *loop, int fd, uint32_t events, struct side *side)
{
    struct epoll_event event = {.events = events, .data.ptr = side};
    if (epoll_ctl(loop->epoll, EPOLL_CTL_ADD, fd, &event) < 0)
        die("epoll_ctl");
}

static void begin(struct side *side, struct side *peer, int fd, bool connected)
{
    *side = (struct side){.fd = fd, .connected = connected, .peer = peer};
}

static void end(struct side *side)
{
    (void)close(side->fd);
    side->fd = -1;
    free(side->owed);
}

/* A later event of the same turn may still point here, so the memory stays until the turn ends. */
static void end_both(struct loop *loop, struct side *side)
{
    struct side *first = side < side->peer ? side : side->peer;
    if (side->peer != side)
        end(side->peer);
    end(side);
    first->next = loop->dead;
    loop->dead = first;
}

static void bury(struct loop *loop)
{
    while (loop->dead != NULL) {
        struct side *next = loop->dead->next;
        free(loop->dead);
        loop->dead = next;
    }
}

/* How many bytes the socket took, or -1. */
static ssize_t put(struct side *to, const char *bytes, size_t size)
{
    ssize_t sent = send(to->fd, bytes, size, MSG_NOSIGNAL);
    return sent < 0 && errno == EAGAIN ? 0 : sent;
}

static bool put_or_owe(struct side *to, const char *bytes, size_t size)
{
    ssize_t sent = put(to, bytes, size);
    if (sent < 0)
        return false;
    if ((size_t)sent == size)
        return true;
    size_t left = size - (size_t)sent;
    to->owed = malloc(sizeof *to->owed + left);
    if (to->owed == NULL)
        return false;
    to->owed->start = 0;
    to->owed->end = left;
    memcpy(to->owed->bytes, bytes + sent, left);
    return true;
}

static bool flush(struct side *to)
{
    struct pending *owed = to->owed;
    ssize_t sent = put(to, owed->bytes + owed->start, owed->end - owed->start);
    if (sent < 0)
        return false;
    owed->start += (size_t)sent;
    if (owed->start == owed->end) {
        free(owed);
        to->owed = NULL;
    }
    return true;
}

/* Reads until the socket is dry, which a short read shows as well unless the end may follow.
 * False: both sides are to be closed. */
static bool pump(struct loop *loop, struct side *from, bool end_may_follow)
{
    struct side *to = from->peer;
    while (to->connected && to->owed == NULL && !from->ended) {
        ssize_t got = recv(from->fd, loop->buffer, loop->size, 0);
        if (got < 0)
            return errno == EAGAIN;
        if (got == 0) {
            from->ended = true;
            (void)shutdown(to->fd, SHUT_WR);
            return !to->ended;
        }
        if (!put_or_owe(to, loop->buffer, (size_t)got))
            return false;
        if ((size_t)got < loop->size && !end_may_follow)
            return true;
    }
    return true;
}

static bool handle(struct loop *loop, struct side *side, uint32_t events)
{
    if ((events & EPOLLOUT) != 0 && (!side->connected || side->owed != NULL)) {
        side->connected = true;
        if (side->owed != NULL && !flush(side))
            return false;
        if (side->owed == NULL && !pump(loop, side->peer, true))
            return false;
    }
    if ((events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0)
        return pump(loop, side, (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0);
    return true;
}

static struct sockaddr_in here(in_port_t port)
{
    return (struct sockaddr_in){
        .sin_family = AF_INET, .sin_port = port, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

static int stream_socket(int option)
{
    int one = 1;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    if (fd < 0 || setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one) < 0 ||
        (option != 0 && setsockopt(fd, SOL_SOCKET, option, &one, sizeof one) < 0))
        die("socket");
    return fd;
}

static const uint32_t edges = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;

static void serve(struct loop *loop, int fd)
{
    bool relay = loop->upstream != 0;
    struct side *sides = malloc(relay ? 2 * sizeof *sides : sizeof *sides);
    if (sides == NULL)
        die("malloc");
    begin(&sides[0], relay ? &sides[1] : &sides[0], fd, true);
    if (relay) {
        struct sockaddr_in to = here(loop->upstream);
        int other = stream_socket(0);
        if (connect(other, (struct sockaddr *)&to, sizeof to) < 0 && errno != EINPROGRESS)
            die("connect");
        begin(&sides[1], &sides[0], other, false);
        add(loop, other, edges, &sides[1]);
    }
    add(loop, fd, edges, &sides[0]);
}

static void accept_all(struct loop *loop)
{
    int fd;
    while ((fd = accept4(loop->listener, NULL, NULL, SOCK_NONBLOCK)) >= 0)
        serve(loop, fd);
    if (errno != EAGAIN && errno != ECONNABORTED)
        die("accept4");
}

static void *run(void *arg)
{
    struct loop *loop = arg;
    struct epoll_event events[EVENTS];
    for (;;) {
        int count = epoll_wait(loop->epoll, events, EVENTS, -1);
        for (int i = 0; i < count; i++) {
            struct side *side = events[i].data.ptr;
            if (side == NULL)
                accept_all(loop);
            else if (side->fd >= 0 && !handle(loop, side, events[i].events))
                end_both(loop, side);
        }
        bury(loop);
    }
    return NULL;
}

/* The accepted sockets inherit TCP_NODELAY. */
static void prepare(struct loop *loop, size_t size, in_port_t upstream, in_port_t *port)
{
    struct sockaddr_in at = here(*port);
    socklen_t length = sizeof at;
    *loop = (struct loop){.size = size, .upstream = upstream};
    loop->buffer = malloc(size);
    loop->epoll = epoll_create1(0);
    loop->listener = stream_socket(SO_REUSEPORT);
    if (loop->buffer == NULL || loop->epoll < 0 ||
        bind(loop->listener, (struct sockaddr *)&at, sizeof at) < 0 ||
        listen(loop->listener, BACKLOG) < 0 ||
        getsockname(loop->listener, (struct sockaddr *)&at, &length) < 0)
        die("start");
    *port = at.sin_port;
    add(loop, loop->listener, EPOLLIN, NULL);
}

static void allow_many_files(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &limit);
    }
}

int main(int argc, char **argv)
{
    static struct loop loops[THREADS_MAX];
    bool relay = argc == 5 && strcmp(argv[3], "relay") == 0;
    size_t kib = argc > 3 ? strtoul(argv[1], NULL, 10) : 0;
    size_t threads = argc > 3 ? strtoul(argv[2], NULL, 10) : 0;
    in_port_t port = 0;
    if (!(relay || (argc == 4 && strcmp(argv[3], "echo") == 0)) || kib == 0 || threads == 0 ||
        threads > THREADS_MAX) {
        (void)fprintf(stderr, "Usage: bare BUFFER_KIB THREADS echo | relay PORT\n");
        return 2;
    }
    in_port_t upstream = relay ? htons((in_port_t)strtoul(argv[4], NULL, 10)) : 0;
    allow_many_files();
    for (size_t i = 0; i < threads; i++)
        prepare(&loops[i], kib * 1024, upstream, &port);
    for (size_t i = 1; i < threads; i++) {
        pthread_t thread;
        if (pthread_create(&thread, NULL, run, &loops[i]) != 0)
            die("pthread_create");
    }
    (void)printf("%u\n", ntohs(port));
    (void)fflush(stdout);
    (void)run(&loops[0]);
    return 0;
}
