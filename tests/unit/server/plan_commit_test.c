/* What is told of a change, and what holds from then on: tasks, places, who is let in. */
#include "support/reloads.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "brink/operate.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t written = PTHREAD_COND_INITIALIZER;
static char text[65536];

static void on_log(void *context, enum brink_log_level level, const char *line, size_t length)
{
    (void)context;
    (void)level;
    (void)pthread_mutex_lock(&lock);
    size_t used = strlen(text);
    if (used + length + 2 < sizeof text)
        (void)snprintf(text + used, sizeof text - used, "%.*s\n", (int)length, line);
    (void)pthread_cond_broadcast(&written);
    (void)pthread_mutex_unlock(&lock);
}

static void wait_for(const char *words)
{
    struct timespec until;
    int err = 0;
    (void)clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += 10;
    (void)pthread_mutex_lock(&lock);
    while (strstr(text, words) == NULL && err == 0)
        err = pthread_cond_timedwait(&written, &lock, &until);
    (void)pthread_mutex_unlock(&lock);
    if (err != 0)
        fail_msg("not logged: %s\n%s", words, text);
}

static bool is_told(const char *words)
{
    (void)pthread_mutex_lock(&lock);
    bool told = strstr(text, words) != NULL;
    (void)pthread_mutex_unlock(&lock);
    return told;
}

static void forget(void)
{
    (void)pthread_mutex_lock(&lock);
    text[0] = '\0';
    (void)pthread_mutex_unlock(&lock);
}

static struct reloads wanted;
static struct brink_server *echo;
static char echo_address[128];

static void prepare(void)
{
    struct brink_server_options echo_options = served_options(BRINK_SERVICE_ECHO);
    echo = served_start(&echo_options);
    (void)brink_server_address(echo, 0, echo_address, sizeof echo_address);
    forget();
    reloads_init(&wanted);
    wanted.options.log = (struct brink_log){.write = on_log, .level = BRINK_LOG_INFO};
    reloads_listener(&wanted, "relay", BRINK_SERVICE_RELAY, "127.0.0.1:0")->upstream = "back";
    (void)reloads_upstream(&wanted, "back");
    reloads_server(&wanted, 0, echo_address);
}

static void end(struct brink_server *server)
{
    assert_true(served_stop(server, 10000));
    assert_true(served_stop(echo, 10000));
}

static void is_served(struct brink_server *server)
{
    int client = reloads_connect(server, "relay");
    served_echo(client, "through");
    (void)close(client);
}

static void what_has_changed_is_told(void **state)
{
    (void)state;
    prepare();
    struct brink_server *server = served_start(&wanted.options);
    assert_false(is_told("event=reload"));
    wanted.listeners[0].idle_ms = 1000;
    (void)reloads_listener(&wanted, "echo", BRINK_SERVICE_ECHO, "127.0.0.1:0");
    (void)reloads_upstream(&wanted, "more");
    wanted.upstreams[0].connect_ms = 1000;
    reloads_server(&wanted, 1, echo_address);
    reloads_apply(&wanted, server);
    assert_true(is_told("event=reload listeners_added=1 listeners_changed=1 listeners_removed=0 "
                        "upstreams_added=1 upstreams_changed=1 upstreams_removed=0 "
                        "addresses_added=1 addresses_removed=0"));
    forget();
    wanted.options.listener_count = 1;
    wanted.options.upstream_count = 1;
    reloads_apply(&wanted, server);
    assert_true(is_told("event=reload listeners_added=0 listeners_changed=0 listeners_removed=1 "
                        "upstreams_added=0 upstreams_changed=0 upstreams_removed=1 "
                        "addresses_added=0 addresses_removed=1"));
    assert_true(is_told("event=unlisten address="));
    wanted.options.workers = 7;
    (void)reloads_refused(&wanted, server, EINVAL);
    assert_true(is_told("event=reload-failed error=\"workers cannot change"));
    end(server);
}

/* Servers of a file are there once the options are in force, and go with it. */
static void a_file_is_read_before_and_forgotten_after(void **state)
{
    (void)state;
    char path[] = "/tmp/brink-reload-XXXXXX";
    prepare();
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_true(dprintf(fd, "%s name=filed\n", echo_address) > 0);
    wanted.upstreams[0].server_count = 0;
    wanted.upstreams[0].file = path;
    (void)reloads_upstream(&wanted, "other");
    reloads_server(&wanted, 1, echo_address);
    wanted.listeners[0].upstream = "other";
    struct brink_server *server = served_start(&wanted.options);
    is_served(server);
    wanted.listeners[0].upstream = "back";
    reloads_apply(&wanted, server);
    is_served(server);
    forget();
    wanted.listeners[0].idle_ms = 1000; /* the file's watch goes on */
    reloads_apply(&wanted, server);
    is_served(server);
    assert_false(is_told("servers-file"));
    wanted.upstreams[0].server_count = 1;
    wanted.upstreams[0].file = NULL;
    wanted.servers[0][0].address = "127.0.0.1:1";
    reloads_apply(&wanted, server);
    assert_true(is_told("event=server-removed upstream=back server=filed"));
    struct brink_server_upstream_stats stats;
    assert_true(brink_server_upstream_stats(server, 0, &stats));
    assert_int_equal(stats.servers, 1);
    end(server);
    (void)close(fd);
    (void)unlink(path);
}

/* The first checks come with the first thread for them; others' take their place. */
static void checks_begin_and_end(void **state)
{
    (void)state;
    prepare();
    reloads_server(&wanted, 0, "127.0.0.1:1");
    struct brink_server *server = served_start(&wanted.options);
    wanted.upstreams[0].health.interval_ms = 20;
    wanted.upstreams[0].health.fall = 1;
    reloads_apply(&wanted, server);
    wait_for("event=server-down upstream=back server=127.0.0.1:1");
    is_served(server);
    forget();
    wanted.listeners[0].idle_ms = 1000; /* who is down stays so */
    reloads_apply(&wanted, server);
    struct brink_server_upstream_stats stats;
    assert_true(brink_server_upstream_stats(server, 0, &stats));
    assert_int_equal(stats.usable, 1);
    wanted.upstreams[0].health.interval_ms = 0;
    reloads_apply(&wanted, server);
    is_served(server);
    end(server);
}

/* A listener's limit spans editions, and where it is raised those who wait come in. */
static void a_raised_limit_lets_in_who_waits(void **state)
{
    (void)state;
    prepare();
    wanted.options.workers = 1;
    wanted.listeners[0].limits.max_clients = 1;
    struct brink_server *server = served_start(&wanted.options);
    int first = reloads_connect(server, "relay");
    served_echo(first, "in");
    int second = reloads_connect(server, "relay");
    served_send(second, "\1\0\0\0x", 5);
    wanted.listeners[0].idle_ms = 1000 * 1000; /* another edition, the same place */
    reloads_apply(&wanted, server);
    served_echo(first, "still in");
    struct pollfd poll_fd = {.fd = second, .events = POLLIN};
    assert_int_equal(poll(&poll_fd, 1, 0), 0);
    wanted.listeners[0].limits.max_clients = 2;
    reloads_apply(&wanted, server);
    served_expect(second, "\1\0\0\0x", 5);
    wanted.options.max_clients = 1; /* nobody is sent away */
    reloads_apply(&wanted, server);
    served_echo(first, "still in");
    served_echo(second, "still in");
    int third = reloads_connect(server, "relay");
    served_send(third, "\1\0\0\0x", 5);
    (void)close(first);
    served_echo(second, "still in");
    poll_fd.fd = third;
    assert_int_equal(poll(&poll_fd, 1, 0), 0);
    (void)close(second);
    served_expect(third, "\1\0\0\0x", 5);
    (void)close(third);
    end(server);
}

/* Until it is undrained nobody comes in, by whatever address it has. */
static void a_drained_listener_stays_so(void **state)
{
    (void)state;
    struct brink_message why = {""};
    struct brink_drain_options at_once = {.policy = BRINK_DRAIN_POLICY_NOW};
    prepare();
    struct brink_server *server = served_start(&wanted.options);
    is_served(server);
    assert_int_equal(brink_server_drain_listener(server, "relay", &at_once, &why).err, 0);
    wanted.listeners[0].idle_ms = 1000 * 1000;
    reloads_address(&wanted, 0, "127.0.0.1:0");
    reloads_apply(&wanted, server);
    int clients[2];
    for (size_t i = 0; i < 2; i++) {
        clients[i] = served_connect_to(server, reloads_index(server, "relay") + i);
        served_send(clients[i], "\1\0\0\0x", 5);
    }
    reloads_apply(&wanted, server); /* each worker has taken turns */
    struct pollfd poll_fds[2] = {{.fd = clients[0], .events = POLLIN},
                                 {.fd = clients[1], .events = POLLIN}};
    assert_int_equal(poll(poll_fds, 2, 0), 0);
    assert_int_equal(brink_server_undrain_listener(server, "relay", &why).err, 0);
    for (size_t i = 0; i < 2; i++) {
        served_expect(clients[i], "\1\0\0\0x", 5);
        (void)close(clients[i]);
    }
    end(server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_has_changed_is_told),
        cmocka_unit_test(a_file_is_read_before_and_forgotten_after),
        cmocka_unit_test(checks_begin_and_end),
        cmocka_unit_test(a_raised_limit_lets_in_who_waits),
        cmocka_unit_test(a_drained_listener_stays_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
