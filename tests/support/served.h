/* tests/support/served.h - a running server and blocking clients around it. */
#ifndef BRINK_TESTS_SERVED_H
#define BRINK_TESTS_SERVED_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the above first */
#include <cmocka.h>

#include "brink/brink.h"

/* Options for a service on a free port of loopback, with one worker. */
struct brink_server_options served_options(enum brink_server_service service);

/* Starts it or fails the test. */
struct brink_server *served_start(const struct brink_server_options *options);

/* Stops, waits, frees; returns what brink_server_wait said. */
bool served_stop(struct brink_server *server, uint32_t drain_ms);

/* A connection to the server's first address; reads and writes block, at most 10 s. */
int served_connect(const struct brink_server *server);
int served_connect_to(const struct brink_server *server, size_t index);

void served_send(int fd, const void *data, size_t length);
void served_expect(int fd, const void *data, size_t length);
/* The next read tells of the end. */
void served_expect_end(int fd);
/* One u32le frame there and back. */
void served_echo(int fd, const char *text);

#endif
