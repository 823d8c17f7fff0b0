/* A worker whose memory is spent says so, and who holds most of it. */
#include "support/served.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static atomic_uint lines;
static char last_line[1024];

static void log_line(void *context, enum brink_log_level level, const char *line, size_t length)
{
    (void)context;
    if (strncmp(line, "event=memory-scarce ", 20) != 0)
        return;
    assert_int_equal(level, BRINK_LOG_WARN);
    assert_true(length < sizeof last_line);
    if (atomic_load(&lines) == 0)
        memcpy(last_line, line, length + 1);
    (void)atomic_fetch_add(&lines, 1);
}

static uint64_t number_in(const char *name)
{
    const char *at = strstr(last_line, name);
    assert_non_null(at);
    return strtoull(at + strlen(name), NULL, 10);
}

/* Sends what does not block. */
static void push(int fd)
{
    static const uint8_t zeros[65536]; /* as frames: many empty ones */
    while (send(fd, zeros, sizeof zeros, MSG_DONTWAIT | MSG_NOSIGNAL) > 0)
        continue;
}

static void spent_memory_is_told_of(void **state)
{
    (void)state;
    enum { BUDGET = 512 * 1024, CLIENTS = 3 };
    struct brink_server_options options = served_options(BRINK_SERVICE_ECHO);
    options.high_bytes = BUDGET;
    options.low_bytes = BUDGET / 2;
    options.buffer_memory = BUDGET;
    options.log = (struct brink_log){log_line, NULL, BRINK_LOG_INFO, NULL};
    struct brink_server *server = served_start(&options);
    int fds[CLIENTS];
    for (unsigned i = 0; i < CLIENTS; i++)
        fds[i] = served_connect(server);
    while (atomic_load(&lines) == 0) /* they take nothing back */
        for (unsigned i = 0; i < CLIENTS; i++)
            push(fds[i]);
    struct brink_server_stats stats;
    brink_server_stats(server, &stats);
    assert_true(stats.memory_scarce >= atomic_load(&lines));
    assert_non_null(strstr(last_line, "event=memory-scarce worker=0 in_use="));
    assert_int_equal(number_in(" budget="), BUDGET);
    assert_true(number_in(" in_use=") >= BUDGET / 2);
    assert_in_range(number_in(" longest="), BUDGET / 8, 2 * BUDGET);
    assert_non_null(strstr(last_line, " peer=127.0.0.1:"));
    assert_non_null(strstr(last_line, " side=client"));
    for (unsigned i = 0; i < CLIENTS; i++)
        (void)close(fds[i]);
    (void)served_stop(server, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(spent_memory_is_told_of),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
