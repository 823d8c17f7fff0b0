/* What is answered over HTTP, and where nobody is. */
#include "support/served.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "app/admin/admin.h"

struct told {
    struct brink_server *server;
    struct brink_admin admin;
};

static void told_start(struct told *told, const char *address)
{
    struct brink_server_options options = served_options(BRINK_SERVICE_ECHO);
    struct brink_admin_options admin = {.address = address};
    struct brink_message why = {""};
    if (brink_failed(brink_admin_open(&told->admin, &admin, &why)))
        fail_msg("%s", why.text);
    told->server = served_start(&options);
    if (brink_failed(brink_admin_start(&told->admin, told->server, &why)))
        fail_msg("%s", why.text);
}

static void told_stop(struct told *told)
{
    brink_admin_close(&told->admin);
    (void)served_stop(told->server, 0);
}

static int connect_to(const struct brink_admin *admin)
{
    struct timeval patience = {.tv_sec = 10};
    int fd = socket(admin->bound.sock.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience), 0);
    assert_int_equal(connect(fd, &admin->bound.sock.any, admin->bound.length), 0);
    return fd;
}

/* Sends a request that is the last of its connection, and reads all that comes. To be freed. */
static char *ask(const struct brink_admin *admin, const char *method, const char *path)
{
    enum { ROOM = 256 * 1024 };
    char request[256];
    char *answer = malloc(ROOM);
    size_t got = 0;
    ssize_t n;
    int fd = connect_to(admin);
    (void)snprintf(request, sizeof request,
                   "%s %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", method, path);
    assert_non_null(answer);
    served_send(fd, request, strlen(request));
    while ((n = recv(fd, answer + got, ROOM - 1 - got, 0)) > 0)
        got += (size_t)n;
    assert_int_equal(n, 0);
    answer[got] = '\0';
    (void)close(fd);
    return answer;
}

static void assert_answers(const struct brink_admin *admin, const char *method, const char *path,
                           const char *status, const char *part)
{
    char line[64];
    char *answer = ask(admin, method, path);
    (void)snprintf(line, sizeof line, "HTTP/1.1 %s\r\n", status);
    if (strncmp(answer, line, strlen(line)) != 0 || strstr(answer, part) == NULL)
        fail_msg("%s %s: not %s with \"%s\" but\n%s", method, path, status, part, answer);
    free(answer);
}

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
    char *answer = ask(&told.admin, "HEAD", "/metrics");
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
        "GET /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc"
        "GET /readyz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    struct told told;
    told_start(&told, "127.0.0.1:0");
    char answer[4096];
    size_t got = 0;
    ssize_t n;
    int fd = connect_to(&told.admin);
    served_send(fd, requests, sizeof requests - 1);
    while ((n = recv(fd, answer + got, sizeof answer - 1 - got, 0)) > 0)
        got += (size_t)n;
    answer[got] = '\0';
    assert_non_null(strstr(answer, "\r\n\r\nhealthy\nHTTP/1.1 200 OK\r\n"));
    assert_non_null(strstr(answer, "\r\n\r\nready\n"));
    (void)close(fd);
    told_stop(&told);
}

static void a_body_without_end_ends_the_connection(void **state)
{
    (void)state;
    static const char head[] = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 999999999\r\n\r\n";
    static char body[4096];
    struct told told;
    told_start(&told, "127.0.0.1:0");
    int fd = connect_to(&told.admin);
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

static void an_address_in_use_is_told(void **state)
{
    (void)state;
    struct told told;
    told_start(&told, "127.0.0.1:0");
    char address[BRINK_ADDRESS_TEXT_MAX];
    struct brink_admin other;
    struct brink_message why = {""};
    struct brink_admin_options options = {
        .address = brink_admin_address(&told.admin, address, sizeof address)};
    assert_int_equal(brink_admin_open(&other, &options, &why).err, EADDRINUSE);
    assert_non_null(strstr(why.text, "admin: cannot listen on 127.0.0.1:"));
    assert_non_null(strstr(why.text, "another program listens there"));
    assert_false(other.open);
    brink_admin_close(&other);
    told_stop(&told);
}

static void where_others_reach_it_must_be_allowed(void **state)
{
    (void)state;
    struct brink_admin admin;
    struct brink_message why = {""};
    struct brink_admin_options options = {.address = "0.0.0.0:0"};
    assert_int_equal(brink_admin_open(&admin, &options, &why).err, EINVAL);
    assert_non_null(strstr(why.text, "admin: other machines reach 0.0.0.0:"));
    assert_false(admin.open);
    options.allow_remote = true;
    assert_false(brink_failed(brink_admin_open(&admin, &options, &why)));
    assert_true(admin.open);
    brink_admin_close(&admin);
}

static int next_descriptor(void)
{
    int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    (void)close(fd);
    return fd;
}

static void descriptors_are_set_aside_until_it_starts(void **state)
{
    (void)state;
    char path[] = "/tmp/brink-admin-XXXXXX";
    char address[64];
    struct brink_admin admin;
    struct brink_message why = {""};
    assert_non_null(mkdtemp(path));
    (void)snprintf(address, sizeof address, "unix:%s/s", path);
    struct brink_admin_options options = {.address = address};
    int before = next_descriptor();
    assert_false(brink_failed(brink_admin_open(&admin, &options, &why)));
    assert_int_equal(access(address + 5, F_OK), 0);
    assert_true(next_descriptor() >= before + 1 + BRINK_ADMIN_DESCRIPTORS);
    brink_admin_close(&admin);
    assert_int_equal(next_descriptor(), before);
    assert_int_equal(access(address + 5, F_OK), -1); /* its socket is gone, too */
    brink_admin_close(&admin);                       /* harmless */
    assert_int_equal(rmdir(path), 0);
}

static void without_an_address_there_is_none(void **state)
{
    (void)state;
    struct brink_admin admin;
    struct brink_message why = {""};
    struct brink_admin_options options = {.address = NULL};
    int before = next_descriptor();
    assert_false(brink_failed(brink_admin_open(&admin, &options, &why)));
    assert_false(admin.open);
    assert_false(brink_failed(brink_admin_start(&admin, NULL, &why)));
    assert_int_equal(next_descriptor(), before);
    brink_admin_close(&admin);
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
        cmocka_unit_test(an_address_in_use_is_told),
        cmocka_unit_test(where_others_reach_it_must_be_allowed),
        cmocka_unit_test(descriptors_are_set_aside_until_it_starts),
        cmocka_unit_test(without_an_address_there_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
