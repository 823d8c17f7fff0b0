/* What is asked over HTTP, and how it is answered. */
#include "unit/app/told.h"

#include <errno.h>
#include <sched.h>
#include <semaphore.h>

static void each_path_has_its_answer(void **state)
{
    (void)state;
    struct told told;
    told_start(&told, "127.0.0.1:0");
    const struct brink_admin *admin = &told.admin;
    assert_answers(admin, "GET", "/metrics", "200 OK", "\nbrink_clients 0\n");
    assert_answers(admin, "GET", "/metrics", "200 OK",
                   "Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n");
    assert_answers(admin, "GET", "/stats.json", "200 OK", "Content-Type: application/json\r\n");
    assert_answers(admin, "GET", "/stats.json", "200 OK", "\"workers\":[{\"worker\":0,");
    assert_answers(admin, "GET", "/", "200 OK", "<title>brink</title>");
    assert_answers(admin, "GET", "/", "200 OK", "Content-Security-Policy: default-src 'none';");
    assert_answers(admin, "GET", "/?x=y", "200 OK", "<title>brink</title>");
    assert_answers(admin, "GET", "/healthz", "200 OK", "\r\n\r\nhealthy\n");
    assert_answers(admin, "GET", "/readyz", "200 OK", "\r\n\r\nready\n");
    told_stop(&told);
}

static void all_else_is_refused(void **state)
{
    (void)state;
    struct told told;
    told_start(&told, "unix:@brink-test/admin");
    const struct brink_admin *admin = &told.admin;
    assert_answers(admin, "GET", "/metric", "404 Not Found", "/metrics");
    assert_answers(admin, "GET", "/metrics/", "404 Not Found", "/metrics");
    assert_answers(admin, "POST", "/metrics", "405 Method Not Allowed", "Allow: GET, HEAD\r\n");
    assert_answers(admin, "DELETE", "/nothing", "405 Method Not Allowed", "Allow: GET, HEAD\r\n");
    assert_answers(admin, "get", "/", "405 Method Not Allowed", "");
    told_stop(&told);
}

static void head_has_no_body(void **state)
{
    (void)state;
    struct told told;
    told_start(&told, "[::1]:0");
    char *answer = told_ask_as(&told.admin, "[::1]", "HEAD", "/metrics");
    assert_int_equal(strncmp(answer, "HTTP/1.1 200 OK\r\n", 17), 0);
    assert_non_null(strstr(answer, "Content-Length: "));
    assert_int_equal(strcmp(answer + strlen(answer) - 4, "\r\n\r\n"), 0);
    free(answer);
    told_stop(&told);
}

static void a_body_that_means_nothing_is_passed_over(void **state)
{
    (void)state;
    static const char requests[] =
        "GET /healthz HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n\r\nabc"
        "GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    struct told told;
    told_start(&told, "127.0.0.1:0");
    char *answer = told_ask(told_connect(&told.admin, 0), requests);
    assert_non_null(strstr(answer, "\r\n\r\nhealthy\nHTTP/1.1 200 OK\r\n"));
    assert_non_null(strstr(answer, "\r\n\r\nready\n"));
    free(answer);
    told_stop(&told);
}

static void a_body_without_end_ends_the_connection(void **state)
{
    (void)state;
    static const char head[] = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 999999999\r\n\r\n";
    static char body[4096];
    struct told told;
    told_start(&told, "127.0.0.1:0");
    int fd = told_connect(&told.admin, 0);
    served_send(fd, head, sizeof head - 1);
    ssize_t n;
    size_t sent = 0;
    while ((n = send(fd, body, sizeof body, MSG_NOSIGNAL)) > 0)
        sent += (size_t)n;
    assert_true(sent < 999999999);
    (void)close(fd);
    assert_answers(&told.admin, "GET", "/healthz", "200 OK", "healthy");
    told_stop(&told);
}

static void once_it_stops_it_is_healthy_and_not_ready(void **state)
{
    (void)state;
    struct told told;
    told_start(&told, "127.0.0.1:0");
    int client = served_connect(told.server);
    served_send(client, "\4\0\0\0ab", 6); /* a frame begun: the drain waits for it */
    brink_server_stop(told.server, 60000);
    assert_answers(&told.admin, "GET", "/readyz", "503 Service Unavailable", "stopping");
    assert_answers(&told.admin, "GET", "/healthz", "200 OK", "healthy");
    assert_answers(&told.admin, "GET", "/metrics", "200 OK", "\nbrink_stopping 1\n");
    (void)close(client);
    told_stop(&told);
}

static void commands_are_taken_over_unix_sockets(void **state)
{
    (void)state;
    struct told told;
    told_start(&told, "unix:@brink-test/answer");
    const struct brink_admin *admin = &told.admin;
    assert_answers_as(admin, "any.example", "POST", "/drain?listener=a%20b&timeout=3s", "200 OK",
                      "{\"done\":\"draining\"}\n");
    assert_string_equal(noted.text, "drain listener a b policy=0 timeout=3000 spread=0");
    assert_answers(admin, "POST", "/drain", "200 OK", "Content-Type: application/json\r\n");
    assert_string_equal(noted.text, "drain all as configured");
    assert_answers(admin, "POST", "/close?client=a&now", "200 OK", "closing");
    assert_answers(admin, "GET", "/drain", "405 Method Not Allowed", "Allow: POST\r\n");
    assert_answers(admin, "POST", "/clients.json", "405 Method Not Allowed", "Allow: GET, HEAD");
    assert_answers(admin, "POST", "/log?level=loud", "400 Bad Request",
                   "{\"error\":\"level: \\\"loud\\\": unknown level;");
    noted.text[0] = '\0';
    char *answer =
        told_ask(told_connect(admin, 0), "POST /drain HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
                                         "Content-Length: 10\r\n\r\nlistener=a");
    assert_non_null(strstr(answer, "{\"error\":\"a body is not understood;"));
    assert_string_equal(noted.text, "");
    free(answer);
    noted.result = brink_fail(ENOENT);
    assert_answers(admin, "POST", "/weight?upstream=u&server=s&weight=1", "404 Not Found",
                   "{\"error\":\"it was told to fail\"}");
    told_stop(&told);
}

static void by_tcp_one_may_only_look(void **state)
{
    (void)state;
    static const char *const hosts[] = {"brink.example"};
    const char *address = "127.0.0.1:0";
    struct brink_admin_options options = {
        .addresses = &address, .count = 1, .hosts = hosts, .host_count = 1};
    struct told told;
    told_start_with(&told, &options);
    const struct brink_admin *admin = &told.admin;
    assert_answers(admin, "POST", "/drain", "403 Forbidden",
                   "{\"error\":\"commands are taken over a unix socket only,");
    assert_string_equal(noted.text, "");
    assert_answers(admin, "GET", "/errors.json", "200 OK", "{\"errors\":[{\"event\":\"x\"}]}");
    assert_answers_as(admin, "brink.example:99", "GET", "/metrics", "200 OK", "brink_clients");
    static const char *const paths[] = {"/",       "/metrics",      "/stats.json", "/healthz",
                                        "/readyz", "/clients.json", "/errors.json"};
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++)
        assert_answers_as(admin, "evil.example", "GET", paths[i], "403 Forbidden",
                          "asked under a name that is not known here");
    told_stop(&told);
}

/* A command that takes its time. */
static sem_t begun;
static sem_t go_on;

static brink_result wait_for_it(void *context, struct brink_message *why)
{
    (void)context;
    (void)why;
    (void)sem_post(&begun);
    (void)sem_wait(&go_on);
    return brink_ok();
}

static const char slow[] = "POST /reload HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";

static char *read_rest(int fd)
{
    return told_ask(fd, "");
}

static void nobody_waits_for_a_command_but_who_gave_it(void **state)
{
    (void)state;
    struct told told;
    int fds[BRINK_ADMIN_JOBS + 1];
    (void)sem_init(&begun, 0, 0);
    (void)sem_init(&go_on, 0, 0);
    told_start(&told, "unix:@brink-test/slow");
    told.admin.actions.reload = wait_for_it;
    const struct brink_admin *admin = &told.admin;
    fds[0] = told_connect(admin, 0);
    served_send(fds[0], slow, sizeof slow - 1);
    (void)sem_wait(&begun);
    assert_answers(admin, "GET", "/healthz", "200 OK", "healthy");
    assert_answers(admin, "GET", "/metrics", "200 OK", "brink_clients");
    for (int i = 1; i <= BRINK_ADMIN_JOBS; i++) {
        fds[i] = told_connect(admin, 0);
        served_send(fds[i], slow, sizeof slow - 1);
    }
    bool full = false;
    while (!full) { /* until all of them have got there */
        (void)pthread_mutex_lock(&told.admin.work.lock);
        full = told.admin.work.count == BRINK_ADMIN_JOBS;
        (void)pthread_mutex_unlock(&told.admin.work.lock);
        (void)sched_yield();
    }
    assert_answers(admin, "POST", "/log?level=info", "503 Service Unavailable",
                   "busy with other commands");
    assert_answers(admin, "GET", "/healthz", "200 OK", "healthy");
    for (int i = 0; i <= BRINK_ADMIN_JOBS; i++)
        (void)sem_post(&go_on);
    for (int i = 0; i <= BRINK_ADMIN_JOBS; i++) {
        char *answer = read_rest(fds[i]);
        assert_non_null(strstr(answer, "{\"done\":\"reloaded\"}"));
        free(answer);
    }
    told_stop(&told);
    (void)sem_destroy(&begun);
    (void)sem_destroy(&go_on);
}

static void who_gave_a_command_may_leave(void **state)
{
    (void)state;
    struct told told;
    (void)sem_init(&begun, 0, 0);
    (void)sem_init(&go_on, 0, 0);
    told_start(&told, "unix:@brink-test/leave");
    told.admin.actions.reload = wait_for_it;
    int fd = told_connect(&told.admin, 0);
    served_send(fd, slow, sizeof slow - 1);
    (void)sem_wait(&begun);
    (void)close(fd);
    (void)sem_post(&go_on);
    assert_answers(&told.admin, "POST", "/log?level=info", "200 OK", "log level set");
    told_stop(&told);
    (void)sem_destroy(&begun);
    (void)sem_destroy(&go_on);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_path_has_its_answer),
        cmocka_unit_test(all_else_is_refused),
        cmocka_unit_test(head_has_no_body),
        cmocka_unit_test(a_body_that_means_nothing_is_passed_over),
        cmocka_unit_test(a_body_without_end_ends_the_connection),
        cmocka_unit_test(once_it_stops_it_is_healthy_and_not_ready),
        cmocka_unit_test(commands_are_taken_over_unix_sockets),
        cmocka_unit_test(by_tcp_one_may_only_look),
        cmocka_unit_test(nobody_waits_for_a_command_but_who_gave_it),
        cmocka_unit_test(who_gave_a_command_may_leave),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
