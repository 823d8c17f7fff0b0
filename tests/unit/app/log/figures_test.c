/* The figures of a running server, as lines of the log. */
#include "support/served.h"

#include <string.h>
#include <unistd.h>

#include "app/log/figures.h"

enum { SECOND_NS = 1000000000 };

/* What was logged into the pipe. */
static void logged(int fd, char *text, size_t size)
{
    ssize_t got = read(fd, text, size - 1);
    assert_true(got > 0);
    text[got] = '\0';
}

static unsigned count(const char *text, const char *part)
{
    unsigned found = 0;
    for (const char *at = strstr(text, part); at != NULL; at = strstr(at + 1, part))
        found++;
    return found;
}

static void test_a_line_for_the_server_and_one_for_each_worker(void **state)
{
    (void)state;
    int ends[2];
    char text[8192];
    struct brink_logger logger;
    struct brink_stats_log last = {.told_ns = SECOND_NS};
    struct brink_server_options options = served_options(BRINK_SERVICE_ECHO);
    options.workers = 3;
    struct brink_server *server = served_start(&options);
    int client = served_connect(server);
    served_echo(client, "hello");
    assert_int_equal(pipe(ends), 0);
    brink_logger_init(&logger, ends[1], BRINK_LOG_INFO);
    brink_stats_log_write(&last, server, &logger, 2 * (uint64_t)SECOND_NS);
    logged(ends[0], text, sizeof text);
    assert_int_equal(count(text, "event=stats "), 1);
    assert_non_null(strstr(text, " clients=1 accepted=1 refused=0 "));
    assert_non_null(strstr(text, " client_frames=1 client_bytes=9 "));
    assert_int_equal(count(text, "event=worker "), 3);
    assert_int_equal(count(text, " clients=1 frames=1 "), 1);
    assert_int_equal(count(text, " clients=0 frames=0 "), 2);
    assert_int_equal(count(text, " longest_turn_ms=0"), 3);
    assert_int_equal(last.told_ns, 2 * (uint64_t)SECOND_NS);
    (void)close(client);
    assert_true(served_stop(server, 10000));
    (void)close(ends[0]);
    (void)close(ends[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_line_for_the_server_and_one_for_each_worker),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
