/* Signals come as values, once each; a wait can be ended. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include "app/serve/signals.h"

static void test_signals_are_taken_one_by_one(void **state)
{
    (void)state;
    struct brink_signals signals;
    assert_false(brink_failed(brink_signals_open(&signals, false)));
    assert_int_equal(brink_signals_wait(&signals, 0), 0);
    (void)kill(getpid(), SIGTERM);
    assert_int_equal(brink_signals_wait(&signals, -1), SIGTERM);
    (void)kill(getpid(), SIGINT);
    assert_int_equal(brink_signals_wait(&signals, -1), SIGINT);
    assert_int_equal(brink_signals_wait(&signals, 1), 0);
    brink_signals_close(&signals);
}

static void test_others_are_for_who_serves(void **state)
{
    (void)state;
    struct brink_signals signals;
    assert_false(brink_failed(brink_signals_open(&signals, true)));
    (void)kill(getpid(), SIGUSR1);
    assert_int_equal(brink_signals_wait(&signals, -1), SIGUSR1);
    (void)kill(getpid(), SIGUSR2);
    assert_int_equal(brink_signals_wait(&signals, -1), SIGUSR2);
    (void)kill(getpid(), SIGHUP);
    assert_int_equal(brink_signals_wait(&signals, -1), SIGHUP);
    brink_signals_close(&signals);
}

static void test_descriptor_tells_of_a_signal(void **state)
{
    (void)state;
    struct brink_signals signals;
    assert_false(brink_failed(brink_signals_open(&signals, false)));
    struct pollfd pollfd = {.fd = signals.fd, .events = POLLIN};
    assert_int_equal(poll(&pollfd, 1, 0), 0);
    (void)kill(getpid(), SIGINT);
    assert_int_equal(poll(&pollfd, 1, 10000), 1);
    assert_int_equal(brink_signals_wait(&signals, 0), SIGINT);
    brink_signals_close(&signals);
}

static void *wait_for_ever(void *arg)
{
    return brink_signals_wait(arg, -1) == 0 ? arg : NULL;
}

static void test_wake_ends_a_wait(void **state)
{
    (void)state;
    struct brink_signals signals;
    pthread_t thread;
    void *woken = NULL;
    assert_false(brink_failed(brink_signals_open(&signals, false)));
    assert_int_equal(pthread_create(&thread, NULL, wait_for_ever, &signals), 0);
    brink_signals_wake(&signals);
    (void)pthread_join(thread, &woken);
    assert_ptr_equal(woken, &signals);
    assert_int_equal(brink_signals_wait(&signals, -1), 0); /* and every later one */
    brink_signals_close(&signals);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_signals_are_taken_one_by_one),
        cmocka_unit_test(test_others_are_for_who_serves),
        cmocka_unit_test(test_descriptor_tells_of_a_signal),
        cmocka_unit_test(test_wake_ends_a_wait),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
