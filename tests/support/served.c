#include "support/served.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

struct brink_server_options served_options(enum brink_server_service service)
{
    struct brink_server_options options;
    brink_server_options_init(&options);
    options.service = service;
    options.listen[0] = "127.0.0.1:0";
    options.listen_count = 1;
    options.workers = 1;
    return options;
}

struct brink_server *served_start(const struct brink_server_options *options)
{
    struct brink_server *server;
    struct brink_message why = {""};
    if (brink_failed(brink_server_start(&server, options, &why)))
        fail_msg("%s", why.text);
    return server;
}

bool served_stop(struct brink_server *server, uint32_t drain_ms)
{
    brink_server_stop(server, drain_ms);
    bool clean = brink_server_wait(server);
    brink_server_free(server);
    return clean;
}

int served_connect(const struct brink_server *server)
{
    return served_connect_to(server, 0);
}

int served_connect_to(const struct brink_server *server, size_t index)
{
    char text[128];
    const char *colon = strrchr(brink_server_address(server, index, text, sizeof text), ':');
    assert_non_null(colon);
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)strtoul(colon + 1, NULL, 10)),
                                  .sin_addr = {htonl(INADDR_LOOPBACK)}};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    struct timeval patience = {.tv_sec = 10};
    assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience), 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    return fd;
}

void served_send(int fd, const void *data, size_t length)
{
    const uint8_t *bytes = data;
    while (length > 0) {
        ssize_t n = send(fd, bytes, length, MSG_NOSIGNAL);
        assert_true(n > 0);
        bytes += n;
        length -= (size_t)n;
    }
}

void served_expect(int fd, const void *data, size_t length)
{
    const uint8_t *expected = data;
    while (length > 0) {
        uint8_t got[4096];
        size_t part = length < sizeof got ? length : sizeof got;
        ssize_t n = recv(fd, got, part, 0);
        assert_true(n > 0);
        assert_memory_equal(got, expected, (size_t)n);
        expected += n;
        length -= (size_t)n;
    }
}

void served_expect_end(int fd)
{
    uint8_t byte;
    assert_int_equal(recv(fd, &byte, 1, 0), 0);
}

void served_echo(int fd, const char *text)
{
    uint8_t frame[256] = {(uint8_t)strlen(text)};
    memcpy(frame + 4, text, strlen(text));
    served_send(fd, frame, 4 + strlen(text));
    served_expect(fd, frame, 4 + strlen(text));
}
