/* A peer on a loopback port of the kernel's choice, a thread of its own, that answers in one of a
 * few ways. */
#ifndef BRINK_TESTS_PEER_H
#define BRINK_TESTS_PEER_H

#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/address.h"

enum peer_manner {
    PEER_ECHOES,
    PEER_DIFFERS, /* the last byte of what it read at once comes back changed */
    PEER_ADDS,    /* a byte too many */
    PEER_CLOSES,  /* once something has come */
    PEER_IS_SILENT
};

enum { PEER_FDS = 16, PEER_BUFFER = 1 << 16 };

struct peer {
    enum peer_manner manner;
    struct brink_address address;
    char text[64]; /* of the address */
    pthread_t thread;
    unsigned accepted; /* to be read after peer_stop */
    int stop_fds[2];
    struct pollfd fds[PEER_FDS]; /* the pipe that stops it, the listener, connections */
    nfds_t count;
};

static inline void peer_drop(struct peer *peer, nfds_t index)
{
    (void)close(peer->fds[index].fd);
    peer->fds[index] = peer->fds[--peer->count];
}

/* False if the connection is over. */
static inline bool peer_answer(const struct peer *peer, int fd)
{
    static char buffer[PEER_BUFFER];
    ssize_t got = recv(fd, buffer, sizeof buffer, 0);
    if (got <= 0 || peer->manner == PEER_CLOSES)
        return false;
    if (peer->manner == PEER_IS_SILENT)
        return true;
    if (peer->manner == PEER_DIFFERS)
        buffer[got - 1] = (char)(buffer[got - 1] ^ 1);
    size_t length = (size_t)got;
    if (peer->manner == PEER_ADDS && length < sizeof buffer)
        buffer[length++] = '!';
    for (size_t sent = 0; sent < length;) {
        ssize_t now = send(fd, buffer + sent, length - sent, MSG_NOSIGNAL);
        if (now < 0)
            return false;
        sent += (size_t)now;
    }
    return true;
}

static inline void *peer_run(void *arg)
{
    struct peer *peer = arg;
    while (poll(peer->fds, peer->count, -1) > 0 && peer->fds[0].revents == 0) {
        for (nfds_t i = peer->count; i-- > 2;) {
            if (peer->fds[i].revents != 0 && !peer_answer(peer, peer->fds[i].fd))
                peer_drop(peer, i);
        }
        if (peer->fds[1].revents != 0 && peer->count < PEER_FDS) {
            int fd = accept(peer->fds[1].fd, NULL, NULL);
            peer->fds[peer->count++] = (struct pollfd){.fd = fd, .events = POLLIN};
            peer->accepted++;
        }
    }
    while (peer->count > 0)
        peer_drop(peer, peer->count - 1);
    return NULL;
}

static inline void peer_start(struct peer *peer, enum peer_manner manner)
{
    *peer = (struct peer){.manner = manner, .count = 2};
    struct brink_address *address = &peer->address;
    address->kind = BRINK_ADDRESS_SOCKET;
    address->length = sizeof address->sock.v4;
    address->sock.v4.sin_family = AF_INET;
    address->sock.v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(listener, &address->sock.any, address->length), 0);
    assert_int_equal(listen(listener, 16), 0);
    assert_int_equal(getsockname(listener, &address->sock.any, &address->length), 0);
    assert_int_equal(pipe(peer->stop_fds), 0);
    (void)snprintf(peer->text, sizeof peer->text, "127.0.0.1:%d", ntohs(address->sock.v4.sin_port));
    peer->fds[0] = (struct pollfd){.fd = peer->stop_fds[0], .events = POLLIN};
    peer->fds[1] = (struct pollfd){.fd = listener, .events = POLLIN};
    assert_int_equal(pthread_create(&peer->thread, NULL, peer_run, peer), 0);
}

static inline void peer_stop(struct peer *peer)
{
    (void)close(peer->stop_fds[1]);
    (void)pthread_join(peer->thread, NULL);
}

#endif
