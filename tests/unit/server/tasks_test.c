/* What a server does about its groups beside the traffic: a whole server, and another that it
 * relays to. */
#include "support/served.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { PATIENCE_S = 10 };

/* What is logged, and who waits for a line. */
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
    until.tv_sec += PATIENCE_S;
    (void)pthread_mutex_lock(&lock);
    while (strstr(text, words) == NULL && err == 0)
        err = pthread_cond_timedwait(&written, &lock, &until);
    (void)pthread_mutex_unlock(&lock);
    if (err != 0)
        fail_msg("not logged: %s\n%s", words, text);
}

static struct brink_server *echo;
static char echo_address[128];
static struct brink_listener_options listener;
static struct brink_upstream_options upstream;
static struct brink_server_options options;

static void prepare(void)
{
    static const char *const listen[] = {"127.0.0.1:0"};
    struct brink_server_options echo_options = served_options(BRINK_SERVICE_ECHO);
    text[0] = '\0';
    echo = served_start(&echo_options);
    (void)brink_server_address(echo, 0, echo_address, sizeof echo_address);
    brink_listener_options_init(&listener);
    listener.name = "front";
    listener.listen = listen;
    listener.listen_count = 1;
    listener.upstream = "back";
    brink_upstream_options_init(&upstream);
    upstream.name = "back";
    brink_server_options_init(&options);
    options.workers = 2;
    options.listeners = &listener;
    options.listener_count = 1;
    options.upstreams = &upstream;
    options.upstream_count = 1;
    options.log = (struct brink_log){on_log, NULL, BRINK_LOG_INFO, NULL};
}

static void end(struct brink_server *server)
{
    assert_true(served_stop(server, 10000));
    assert_true(served_stop(echo, 10000));
}

static void clients_are_served(struct brink_server *server)
{
    for (int i = 0; i < 6; i++) {
        int client = served_connect(server);
        served_echo(client, "through");
        (void)close(client);
    }
}

static void servers_are_checked(void **state)
{
    (void)state;
    static const uint8_t ping[] = {2, 0, 0, 0, 'h', 'i'};
    prepare();
    const struct brink_upstream_server servers[] = {
        {.name = "dead", .address = "127.0.0.1:1", .weight = 1},
        {.name = "alive", .address = echo_address, .weight = 1},
    };
    upstream.servers = servers;
    upstream.server_count = 2;
    upstream.health.interval_ms = 20;
    upstream.health.fall = 1;
    upstream.health.send = ping;
    upstream.health.send_size = sizeof ping;
    struct brink_server *server = served_start(&options);
    wait_for("event=server-down upstream=back server=dead");
    clients_are_served(server);
    assert_null(strstr(text, "server=alive address=127.0.0.1:1"));
    end(server);
}

static void servers_may_stand_in_a_file(void **state)
{
    (void)state;
    char path[] = "/tmp/brink-servers-XXXXXX";
    prepare();
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_true(dprintf(fd, "%s name=filed\n", echo_address) > 0);
    upstream.file = path;
    struct brink_server *server = served_start(&options);
    clients_are_served(server); /* what stands there is known when the first client comes */
    wait_for("server=filed");
    end(server);
    (void)close(fd);
    (void)unlink(path);
}

static void a_name_is_looked_up_again_and_again(void **state)
{
    (void)state;
    char name[140];
    prepare();
    (void)snprintf(name, sizeof name, "localhost:%s", strrchr(echo_address, ':') + 1);
    const struct brink_upstream_server servers[] = {{.address = name, .weight = 1}};
    upstream.servers = servers;
    upstream.server_count = 1;
    struct brink_server *server = served_start(&options);
    wait_for("event=server-added upstream=back");
    clients_are_served(server);
    end(server);
}

static void what_cannot_be_looked_up_is_refused(void **state)
{
    (void)state;
    prepare();
    upstream.dns = "127.0.0.1:53"; /* there is nothing to look up */
    struct brink_server *server;
    struct brink_message why = {""};
    assert_true(brink_failed(brink_server_start(&server, &options, &why)));
    assert_non_null(strstr(why.text, "upstream back"));
    assert_null(server);
    assert_true(served_stop(echo, 10000));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(servers_are_checked),
        cmocka_unit_test(servers_may_stand_in_a_file),
        cmocka_unit_test(a_name_is_looked_up_again_and_again),
        cmocka_unit_test(what_cannot_be_looked_up_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
