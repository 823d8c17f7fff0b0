/* What a manager is told, and when; the clock is the test's. */
#include "support/served.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "app/systemd/manager.h"
#include "unit/app/managed.h"

static struct brink_server *server;
static struct managed managed;

static struct brink_manager begin(const char *watchdog_usec)
{
    struct brink_server_options options = served_options(BRINK_SERVICE_ECHO);
    struct brink_message why;
    struct brink_manager manager = {0};
    managed_open(&managed, true);
    struct brink_notify_environment environment = {managed.name, watchdog_usec, NULL};
    assert_int_equal(
        brink_notify_init(&manager.notify, &brink_sys_linux, &environment, 42, &why).err, 0);
    options.max_clients = 77;
    server = served_start(&options);
    return manager;
}

static void end(void)
{
    managed_close(&managed);
    assert_true(served_stop(server, 10000));
}

static void await_answer(void)
{
    while (!brink_server_answers(server))
        continue;
}

static void readiness_is_told_with_what_is_served(void **state)
{
    (void)state;
    char wanted[128];
    struct brink_manager manager = begin(NULL);
    managed_expect(&managed, "");
    brink_manager_ready(&manager, server, 1000);
    (void)snprintf(wanted, sizeof wanted,
                   "READY=1\nSTATUS=Accepting up to 77 clients, with 1 worker\nMAINPID=%ld",
                   (long)getpid());
    managed_expect(&managed, wanted);
    brink_manager_tick(&manager, server, 100000);
    managed_expect(&managed, ""); /* no watchdog is wanted */
    assert_int_equal(brink_manager_wait_ms(&manager, 100000), BRINK_MANAGER_TICK_MS);
    end();
}

static void the_watchdog_is_fed_at_half_its_time(void **state)
{
    (void)state;
    struct brink_manager manager = begin("3000000");
    brink_manager_ready(&manager, server, 1000);
    (void)managed_read(&managed);
    assert_int_equal(brink_manager_wait_ms(&manager, 1000), 0);
    brink_manager_tick(&manager, server, 1000);
    managed_expect(&managed, "WATCHDOG=1");
    assert_int_equal(brink_manager_wait_ms(&manager, 1000), 1000);
    assert_int_equal(brink_manager_wait_ms(&manager, 1600), 900);
    await_answer();
    brink_manager_tick(&manager, server, 2499);
    managed_expect(&managed, "");
    uint64_t now_ms = 2500;
    const char *told = "";
    for (; *told == '\0'; now_ms += 1500) { /* what await_answer asked may still be on its way */
        brink_manager_tick(&manager, server, now_ms);
        told = managed_read(&managed);
    }
    assert_string_equal(told, "WATCHDOG=1");
    end();
}

static atomic_bool stuck;
static atomic_bool go_on;

static void on_frame(struct brink_stream *stream, const struct brink_frame *frame, void *context)
{
    (void)stream;
    (void)frame;
    (void)context;
    atomic_store(&stuck, true);
    while (!atomic_load(&go_on))
        continue;
}

static void a_worker_that_is_stuck_starves_it(void **state)
{
    (void)state;
    static const struct brink_stream_handler handler = {.on_frame = on_frame};
    struct brink_manager manager = begin("2000000");
    struct brink_server_options options = served_options(BRINK_SERVICE_FRAMES);
    options.handler = &handler;
    struct brink_server *busy = served_start(&options);
    int client = served_connect(busy);
    served_send(client, "\1\0\0\0x", 5);
    while (!atomic_load(&stuck))
        continue;
    brink_manager_tick(&manager, busy, 1000); /* nothing had been asked before */
    managed_expect(&managed, "WATCHDOG=1");
    for (uint64_t now_ms = 2000; now_ms < 20000; now_ms += 1000) {
        brink_manager_tick(&manager, busy, now_ms);
        managed_expect(&managed, "");
    }
    atomic_store(&go_on, true);
    while (!brink_server_answers(busy))
        continue;
    (void)close(client);
    assert_true(served_stop(busy, 10000));
    end();
}

static void the_service_is_handed_over_and_taken_back(void **state)
{
    (void)state;
    char wanted[128];
    struct brink_manager manager = begin("2000000");
    brink_manager_ready(&manager, server, 0);
    (void)managed_read(&managed);
    brink_manager_handed_over(&manager, 77);
    managed_expect(&managed, "MAINPID=77");
    brink_manager_handed_over(&manager, 77);
    brink_manager_tick(&manager, server, 100000);      /* the other feeds the watchdog, */
    brink_manager_stopping(&manager, 3, 2500, 100000); /* and says when the service stops */
    managed_expect(&managed, "");
    assert_int_equal(brink_manager_wait_ms(&manager, 100000), BRINK_MANAGER_TICK_MS);
    brink_manager_taken_back(&manager, 200000);
    (void)snprintf(wanted, sizeof wanted, "MAINPID=%ld\nSTATUS=The new program has ended: going on",
                   (long)getpid());
    managed_expect(&managed, wanted);
    brink_manager_tick(&manager, server, 200000);
    managed_expect(&managed, "WATCHDOG=1");
    end();
}

static void a_drain_pushes_the_stop_timeout_back(void **state)
{
    (void)state;
    struct brink_manager manager = begin(NULL);
    brink_manager_ready(&manager, server, 0);
    (void)managed_read(&managed);
    brink_manager_stopping(&manager, 3, 2500, 10000);
    managed_expect(&managed, "STOPPING=1\nSTATUS=Draining 3 clients, for up to 3 s");
    managed_expect(&managed, "EXTEND_TIMEOUT_USEC=5000000");
    brink_manager_tick(&manager, server, 10999);
    managed_expect(&managed, "");
    brink_manager_tick(&manager, server, 11000);
    managed_expect(&managed, "EXTEND_TIMEOUT_USEC=5000000");
    brink_manager_tick(&manager, server, 12400);
    managed_expect(&managed, "EXTEND_TIMEOUT_USEC=5000000");
    brink_manager_tick(&manager, server, 20000); /* it had its time */
    managed_expect(&managed, "");
    end();
}

static void the_second_time_it_leaves(void **state)
{
    (void)state;
    struct brink_manager manager = begin(NULL);
    brink_manager_ready(&manager, server, 0);
    brink_manager_stopping(&manager, 3, 60000, 1000);
    brink_manager_stopping(&manager, 2, 0, 1500);
    for (int i = 0; i < 3; i++)
        (void)managed_read(&managed);
    managed_expect(&managed, "STATUS=Leaving at once, with 2 clients");
    brink_manager_tick(&manager, server, 9000);
    managed_expect(&managed, "");
    end();
}

static void a_manager_that_is_gone_is_noted(void **state)
{
    (void)state;
    struct brink_manager manager = begin(NULL);
    brink_manager_failed(&manager, "the address is in use");
    managed_expect(&managed, "STATUS=Not started: the address is in use");
    assert_int_equal(manager.error, 0);
    (void)close(managed.fd);
    managed_open(&managed, true); /* another one: end closes it */
    brink_manager_ready(&manager, server, 0);
    assert_int_equal(manager.error, ECONNREFUSED);
    end();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(readiness_is_told_with_what_is_served),
        cmocka_unit_test(the_watchdog_is_fed_at_half_its_time),
        cmocka_unit_test(a_worker_that_is_stuck_starves_it),
        cmocka_unit_test(the_service_is_handed_over_and_taken_back),
        cmocka_unit_test(a_drain_pushes_the_stop_timeout_back),
        cmocka_unit_test(the_second_time_it_leaves),
        cmocka_unit_test(a_manager_that_is_gone_is_noted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
