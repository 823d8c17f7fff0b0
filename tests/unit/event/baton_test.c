/* The baton is given up in each system call but one, and in no other place. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "event/baton.h"
#include "watched_sys.h"

static struct brink_baton baton;
static unsigned calls;
static bool kept; /* through the next call */

/* Somebody else could take it just now. */
static bool is_free(void)
{
    int taken = pthread_mutex_trylock(&baton.mutex);
    if (taken == 0)
        (void)pthread_mutex_unlock(&baton.mutex);
    return taken == 0;
}

static bool holds; /* this thread */

/* The one that is not given up for: others are held by who posts. */
static void note_signal(void)
{
    calls++;
    assert_int_equal(is_free(), !holds);
}

static void note_call(void)
{
    calls++;
    assert_int_equal(is_free(), !kept);
}

#define CALL(name, ...) (baton.sys.ops->name(baton.sys.context, __VA_ARGS__))
#define CALL0(name)     (baton.sys.ops->name(baton.sys.context))

/* Two connected sockets, by way of the table. */
static void connect_two(int fds[2])
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    int listener = CALL(socket, AF_INET, SOCK_STREAM);
    assert_int_equal(CALL(bind, listener, (struct sockaddr *)&address, length), 0);
    assert_int_equal(CALL(listen, listener, 1), 0);
    assert_int_equal(CALL(getsockname, listener, (struct sockaddr *)&address, &length), 0);
    fds[0] = CALL(socket, AF_INET, SOCK_STREAM);
    int connected = CALL(connect, fds[0], (struct sockaddr *)&address, length);
    assert_true(connected == 0 || connected == -EINPROGRESS);
    do
        fds[1] = CALL(accept, listener, NULL, NULL);
    while (fds[1] == -EAGAIN);
    assert_true(fds[1] >= 0);
    assert_int_equal(CALL(close, listener), 0);
}

static void transfer(int fds[2])
{
    char got[8];
    char cd[] = "cd";
    char e[] = "e";
    struct iovec parts[] = {{.iov_base = cd, .iov_len = 2}, {.iov_base = e, .iov_len = 1}};
    assert_int_equal(CALL(send, fds[0], "ab", 2), 2);
    assert_int_equal(CALL(sendv, fds[0], parts, 2), 3);
    assert_true(CALL(undelivered, fds[0]) >= 0);
    assert_int_equal(CALL(shutdown_write, fds[0]), 0);
    size_t have = 0;
    while (have < 5) {
        ssize_t n = CALL(recv, fds[1], got + have, sizeof got - have);
        assert_true(n > 0 || n == -EAGAIN);
        have += n > 0 ? (size_t)n : 0;
    }
    assert_memory_equal(got, "abcde", 5);
}

static void ask(int fd)
{
    int on = 1;
    socklen_t size = sizeof on;
    assert_int_equal(CALL(setsockopt, fd, SOL_SOCKET, SO_KEEPALIVE, &on, size), 0);
    on = 0;
    assert_int_equal(CALL(getsockopt, fd, SOL_SOCKET, SO_KEEPALIVE, &on, &size), 0);
    assert_int_equal(on, 1);
    assert_int_equal(CALL(set_nonblocking, fd), 0);
    int copy = CALL(duplicate, fd);
    assert_true(copy >= 0);
    assert_int_equal(CALL(close, copy), 0);
    assert_int_equal(CALL(unlink, "/nowhere/at/all"), -ENOENT);
}

static void wait_for_a_wakeup(void)
{
    struct epoll_event event = {.events = EPOLLIN, .data.u64 = 5};
    int epoll_fd = CALL0(epoll_create);
    int wakeup = CALL0(wakeup_create);
    assert_int_equal(CALL(epoll_ctl, epoll_fd, EPOLL_CTL_ADD, wakeup, &event), 0);
    kept = !is_free(); /* who signals may hold a lock that others wait for with the baton */
    assert_int_equal(CALL(wakeup_signal, wakeup), 0);
    kept = false;
    assert_int_equal(CALL(epoll_wait, epoll_fd, &event, 1, -1), 1);
    assert_int_equal(event.data.u64, 5);
    assert_int_equal(CALL(wakeup_clear, wakeup), 0);
    assert_int_equal(CALL(close, wakeup), 0);
    assert_int_equal(CALL(close, epoll_fd), 0);
}

/* All calls; tells how many there were. */
static unsigned make_all_calls(void)
{
    int fds[2];
    calls = 0;
    connect_two(fds);
    transfer(fds);
    ask(fds[0]);
    assert_int_equal(CALL(close, fds[0]), 0);
    assert_int_equal(CALL(close, fds[1]), 0);
    wait_for_a_wakeup();
    int spare = CALL0(spare_open);
    assert_int_equal(CALL(close, spare), 0);
    assert_true(CALL0(raise_file_limit) > 0);
    assert_true(CALL0(cpu_count) > 0);
    CALL(sleep_ms, 0);
    return calls;
}

static void each_call_but_a_signal_gives_it_up_and_takes_it_back(void **state)
{
    (void)state;
    assert_false(brink_failed(brink_baton_init(&baton, &seen)));
    brink_baton_take(&baton);
    holds = true;
    assert_true(make_all_calls() > 25);
    assert_false(is_free());
    holds = false;
    brink_baton_give(&baton);
    assert_true(is_free());
    brink_baton_destroy(&baton);
}

static void a_thread_that_does_not_hold_it_makes_calls_all_the_same(void **state)
{
    (void)state;
    assert_false(brink_failed(brink_baton_init(&baton, &seen)));
    assert_true(make_all_calls() > 25);
    assert_true(is_free());
    brink_baton_destroy(&baton);
}

static void the_clock_is_no_call(void **state)
{
    (void)state;
    assert_false(brink_failed(brink_baton_init(&baton, &seen)));
    uint64_t before = seen_now_ms(NULL);
    assert_true(CALL0(now_ms) >= before);
    assert_true(CALL(cpu_ns, CALL0(cpu_clock)) > 0);
    brink_baton_destroy(&baton);
}

static void write_line(void *context, enum brink_log_level level, const char *line, size_t length)
{
    assert_true(is_free());
    assert_int_equal(level, BRINK_LOG_WARN);
    (void)snprintf(context, 16, "%.*s", (int)length, line);
}

static void descriptors_are_passed_without_giving_it_up(void **state)
{
    (void)state;
    int ends[2];
    int fds[BRINK_RIGHTS_MAX];
    size_t count;
    char byte;
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends), 0);
    assert_false(brink_failed(brink_baton_init(&baton, &seen)));
    assert_int_equal(CALL(send_rights, ends[0], "x", 1, ends, 1), 1);
    assert_int_equal(OPS->recv_rights(NULL, ends[1], &byte, 1, fds, &count), 1);
    assert_int_equal(count, 1);
    assert_int_equal(CALL(close, fds[0]), 0);
    assert_int_equal(CALL(close, ends[0]), 0);
    assert_int_equal(CALL(close, ends[1]), 0);
    brink_baton_destroy(&baton);
}

static void so_does_a_line_of_the_log(void **state)
{
    (void)state;
    char text[16] = "";
    const struct brink_log under = {.write = write_line, .context = text, .level = BRINK_LOG_INFO};
    const struct brink_log none = {.level = BRINK_LOG_INFO};
    assert_false(brink_failed(brink_baton_init(&baton, &seen)));
    struct brink_log log = brink_baton_log(&baton, &none);
    assert_null(log.write);
    log = brink_baton_log(&baton, &under);
    assert_int_equal(log.level, BRINK_LOG_INFO);
    brink_baton_take(&baton);
    log.write(log.context, BRINK_LOG_WARN, "told", 4);
    assert_false(is_free());
    brink_baton_give(&baton);
    assert_string_equal(text, "told");
    brink_baton_destroy(&baton);
}

static void *take_and_give(void *arg)
{
    unsigned *sum = arg;
    for (int i = 0; i < 10000; i++) {
        brink_baton_take(&baton);
        (*sum)++;
        brink_baton_give(&baton);
    }
    return NULL;
}

static void one_thread_holds_it_at_a_time(void **state)
{
    (void)state;
    enum { THREADS = 4 };
    pthread_t threads[THREADS];
    unsigned sum = 0;
    assert_false(brink_failed(brink_baton_init(&baton, &seen)));
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, take_and_give, &sum), 0);
    for (int i = 0; i < THREADS; i++)
        (void)pthread_join(threads[i], NULL);
    assert_int_equal(sum, THREADS * 10000);
    brink_baton_destroy(&baton);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_call_but_a_signal_gives_it_up_and_takes_it_back),
        cmocka_unit_test(a_thread_that_does_not_hold_it_makes_calls_all_the_same),
        cmocka_unit_test(the_clock_is_no_call),
        cmocka_unit_test(descriptors_are_passed_without_giving_it_up),
        cmocka_unit_test(so_does_a_line_of_the_log),
        cmocka_unit_test(one_thread_holds_it_at_a_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
