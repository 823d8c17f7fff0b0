/* An admin's address before a running echo, and requests to it as they are on the wire. */
#ifndef BRINK_TESTS_TOLD_H
#define BRINK_TESTS_TOLD_H

#include "support/served.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "app/admin/admin.h"
#include "unit/app/actions.h"

struct told {
    struct brink_server *server;
    struct brink_admin admin;
};

static inline void told_start_with(struct told *told, const struct brink_admin_options *options)
{
    struct brink_server_options echo = served_options(BRINK_SERVICE_ECHO);
    struct brink_admin_actions actions = noted_actions();
    struct brink_message why = {""};
    if (brink_failed(brink_admin_open(&told->admin, options, &why)))
        fail_msg("%s", why.text);
    told->server = served_start(&echo);
    if (brink_failed(brink_admin_start(&told->admin, told->server, &actions, &why)))
        fail_msg("%s", why.text);
}

static inline void told_start(struct told *told, const char *address)
{
    struct brink_admin_options options = {.addresses = &address, .count = 1};
    told_start_with(told, &options);
}

static inline void told_stop(struct told *told)
{
    brink_admin_close(&told->admin);
    (void)served_stop(told->server, 0);
}

static inline int told_connect(const struct brink_admin *admin, size_t index)
{
    const struct brink_address *bound = &admin->listeners[index].bound;
    struct timeval patience = {.tv_sec = 10};
    int fd = socket(bound->sock.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience), 0);
    assert_int_equal(connect(fd, &bound->sock.any, bound->length), 0);
    return fd;
}

/* Sends what is a request, the last of its connection, and reads all that comes. To be freed. */
static inline char *told_ask(int fd, const char *request)
{
    enum { ROOM = 256 * 1024 };
    char *answer = malloc(ROOM);
    size_t got = 0;
    ssize_t n;
    assert_non_null(answer);
    served_send(fd, request, strlen(request));
    while ((n = recv(fd, answer + got, ROOM - 1 - got, 0)) > 0)
        got += (size_t)n;
    assert_int_equal(n, 0);
    answer[got] = '\0';
    (void)close(fd);
    return answer;
}

static inline char *told_ask_as(const struct brink_admin *admin, const char *host,
                                const char *method, const char *path)
{
    char request[512];
    (void)snprintf(request, sizeof request,
                   "%s %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n", method, path, host);
    return told_ask(told_connect(admin, 0), request);
}

static inline void assert_answers_as(const struct brink_admin *admin, const char *host,
                                     const char *method, const char *path, const char *status,
                                     const char *part)
{
    char line[64];
    char *answer = told_ask_as(admin, host, method, path);
    (void)snprintf(line, sizeof line, "HTTP/1.1 %s\r\n", status);
    if (strncmp(answer, line, strlen(line)) != 0 || strstr(answer, part) == NULL)
        fail_msg("%s %s: not %s with \"%s\" but\n%s", method, path, status, part, answer);
    free(answer);
}

static inline void assert_answers(const struct brink_admin *admin, const char *method,
                                  const char *path, const char *status, const char *part)
{
    assert_answers_as(admin, "localhost", method, path, status, part);
}

#endif
