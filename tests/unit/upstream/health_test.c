/* The checks of a group's servers: when, of whom, and what the group is told. */
#include "support/checked.h"

#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "support/fake_group.h"
#include "unit/event/no_timers.h"
#include "upstream/health.h"

enum { INTERVAL_MS = 1000, LONGEST_MS = 1100 };

static const uint8_t frame[] = {1, 0, 0, 0, '?'};
static struct wire wire;
static struct brink_group group;
static struct brink_spec spec;
static struct brink_health health;
static struct brink_health_settings settings;
static struct brink_address address;
static int listener;
static char log_text[8192];
static unsigned log_lines;

static void write_log(void *context, enum brink_log_level level, const char *line, size_t length)
{
    (void)context;
    (void)level;
    (void)length;
    (void)snprintf(log_text, sizeof log_text, "%s", line);
    log_lines++;
}

static const struct brink_log log_to = {.write = write_log, .level = BRINK_LOG_DEBUG};

static void prepare(void)
{
    checked_open(&wire);
    fake_group_init(&group);
    brink_spec_default(&spec);
    settings =
        (struct brink_health_settings){.group = &group, .spec = &spec, .log = &log_to, .seed = 42};
    listener = checked_listen(&address, 1024);
    log_lines = 0;
}

static void start(void)
{
    assert_int_equal(brink_health_start(&health, &wire.loop, &settings).err, 0);
}

static void stop(void)
{
    brink_health_stop(&health);
    wire_turn(&wire);
    assert_int_equal(fake_group_holds(&group), 0);
    (void)close(listener);
    wire_close(&wire); /* nothing is left of the memory */
}

/* Until the server has so many results. */
static void wait_for(const struct fake_target *target, unsigned passed, unsigned failed)
{
    for (int i = 0; i < 10000 && target->passed + target->failed < passed + failed; i++)
        assert_int_equal(brink_loop_turn(&wire.loop, 1).err, 0);
    assert_int_equal(target->passed, passed);
    assert_int_equal(target->failed, failed);
}

/* A check comes, and is let go. */
static void take_check(void)
{
    int fd = checked_accept(&wire, listener);
    assert_int_equal(checked_next(&wire, fd), 0);
    (void)close(fd);
    checked_forward(&wire, 0);
}

/* The server has read a FIN; a reset that followed shows only in its next call. */
static void expect_reset_after_fin(int fd)
{
    int err = 0;
    socklen_t size = sizeof err;
    assert_int_equal(getsockopt(fd, SOL_SOCKET, SO_ERROR, &err, &size), 0);
    assert_int_equal(err, EPIPE);
    (void)close(fd);
}

static void the_first_check_is_at_once(void **state)
{
    (void)state;
    prepare();
    struct fake_target *server = fake_group_add(&group, &address);
    start();
    take_check();
    assert_int_equal(server->passed, 1);
    assert_true(checked_is_quiet(&wire, listener));
    stop();
}

static void the_next_is_an_interval_later_more_or_less(void **state)
{
    (void)state;
    bool early = false;
    bool late = false;
    prepare();
    struct fake_target *server = fake_group_add(&group, &address);
    start();
    take_check();
    for (unsigned i = 2; i < 42; i++) {
        checked_forward(&wire, INTERVAL_MS - INTERVAL_MS / 10 - 1);
        assert_int_equal(server->passed, i - 1);
        checked_forward(&wire, 1 + INTERVAL_MS / 10 - 1);
        early |= server->passed == i; /* before the interval is over */
        late |= server->passed < i;
        checked_forward(&wire, 1 + INTERVAL_MS / 10);
        wait_for(server, i, 0);
        take_check();
        /* Started anew, as the next interval is counted from a moment that the test knows. */
        brink_health_stop(&health);
        wire_turn(&wire);
        settings.seed += i;
        server->passed = i - 1;
        start();
        wait_for(server, i, 0);
        take_check();
    }
    assert_true(early);
    assert_true(late);
    stop();
}

static void each_fails_with_its_reason(void **state)
{
    (void)state;
    struct brink_address other;
    prepare();
    (void)close(checked_listen(&other, 8)); /* nobody is there any more */
    group.options.health.send = frame;
    group.options.health.send_size = sizeof frame;
    struct fake_target *good = fake_group_add(&group, &address);
    struct fake_target *bad = fake_group_add(&group, &other);
    start();
    int fd = checked_accept(&wire, listener);
    checked_expect(&wire, fd, frame, sizeof frame);
    checked_send(fd, frame, sizeof frame);
    wait_for(good, 1, 0);
    checked_forward(&wire, 10);
    wait_for(bad, 0, 1);
    assert_string_equal(bad->why, "refused");
    (void)close(fd);
    checked_forward(&wire, LONGEST_MS);
    wait_for(bad, 0, 2);
    fd = checked_accept(&wire, listener);
    checked_forward(&wire, 2000);
    wait_for(good, 1, 1);
    assert_string_equal(good->why, "no answer in 2000 ms");
    (void)close(fd);
    checked_forward(&wire, 0);
    stop();
}

static void the_greeting_is_sent(void **state)
{
    (void)state;
    prepare();
    settings.greeting = (const uint8_t *)"PROXY UNKNOWN\r\n";
    settings.greeting_size = 15;
    (void)fake_group_add(&group, &address);
    start();
    int fd = checked_accept(&wire, listener);
    checked_expect(&wire, fd, "PROXY UNKNOWN\r\n", 15);
    (void)close(fd);
    stop();
}

/* One that does not hang up is cut when the next check is due; one without an answer is waited for.
 */
static void one_check_at_a_time(void **state)
{
    (void)state;
    prepare();
    group.options.health.interval_ms = 100;
    struct fake_target *server = fake_group_add(&group, &address);
    start();
    int first = checked_accept(&wire, listener);
    wait_for(server, 1, 0);
    checked_forward(&wire, 110);
    wait_for(server, 2, 0);
    expect_reset_after_fin(first);
    (void)close(checked_accept(&wire, listener));
    checked_forward(&wire, 0);
    group.options.health.send = frame;
    group.options.health.send_size = sizeof frame;
    checked_forward(&wire, 110);
    first = checked_accept(&wire, listener);
    checked_forward(&wire, 1000);
    assert_true(checked_is_quiet(&wire, listener));
    checked_send(first, frame, sizeof frame);
    wait_for(server, 3, 0);
    (void)close(first);
    (void)close(checked_accept(&wire, listener)); /* the next is overdue */
    stop();
}

static void many_do_not_begin_together(void **state)
{
    (void)state;
    enum { MANY = 100 };
    prepare();
    for (int i = 0; i < MANY; i++)
        (void)fake_group_add(&group, &address);
    start();
    for (int begun = 0; begun < MANY; begun++) {
        checked_forward(&wire, 0);
        (void)close(checked_accept(&wire, listener));
        assert_true(begun % 10 != 0 || checked_is_quiet(&wire, listener));
        checked_forward(&wire, INTERVAL_MS / (MANY + 1));
    }
    stop();
}

static void who_comes_is_checked_and_who_goes_is_not(void **state)
{
    (void)state;
    prepare();
    struct fake_target *first = fake_group_add(&group, &address);
    start();
    take_check();
    assert_int_equal(group.looks, 1);
    struct fake_target *second = fake_group_add(&group, &address);
    fake_group_remove(&group, first);
    checked_forward(&wire, INTERVAL_MS);
    wait_for(second, 1, 0);
    assert_int_equal(first->holds, 0);
    assert_int_equal(second->holds, 1);
    assert_int_equal(group.looks, 2);
    unsigned before = first->passed;
    checked_forward(&wire, 2 * LONGEST_MS);
    wait_for(second, 2, 0);
    assert_int_equal(first->passed, before);
    assert_int_equal(group.looks, 2); /* while nothing changes */
    stop();
}

static void a_group_may_be_left_by_all(void **state)
{
    (void)state;
    prepare();
    struct fake_target *server = fake_group_add(&group, &address);
    start();
    take_check();
    fake_group_remove(&group, server);
    checked_forward(&wire, INTERVAL_MS);
    assert_int_equal(server->holds, 0);
    stop();
}

static void who_goes_while_it_is_checked_is_let_go(void **state)
{
    (void)state;
    prepare();
    group.options.health.send = frame;
    group.options.health.send_size = sizeof frame;
    struct fake_target *gone = fake_group_add(&group, &address);
    start();
    int fd = checked_accept(&wire, listener);
    checked_expect(&wire, fd, frame, sizeof frame);
    fake_group_remove(&group, gone);
    struct fake_target *stays = fake_group_add(&group, &address);
    checked_forward(&wire, INTERVAL_MS);
    assert_int_equal(checked_next(&wire, fd), 0);
    (void)close(fd);
    assert_int_equal(gone->holds, 0);
    assert_int_equal(gone->passed + gone->failed, 0);
    fd = checked_accept(&wire, listener);
    checked_send(fd, frame, sizeof frame);
    wait_for(stays, 1, 0);
    (void)close(fd);
    stop();
}

static void a_check_goes_on_while_others_come(void **state)
{
    (void)state;
    prepare();
    group.options.health.send = frame;
    group.options.health.send_size = sizeof frame;
    struct fake_target *first = fake_group_add(&group, &address);
    start();
    int fd = checked_accept(&wire, listener);
    (void)fake_group_add(&group, &address);
    checked_forward(&wire, INTERVAL_MS);
    assert_int_equal(first->holds, 1);
    checked_send(fd, frame, sizeof frame);
    wait_for(first, 1, 0);
    (void)close(fd);
    stop();
}

static int no_socket(void *kernel, int domain, int type)
{
    (void)kernel;
    (void)domain;
    (void)type;
    return -EMFILE;
}

static void without_descriptors_it_says_so_rarely_and_tries_again(void **state)
{
    (void)state;
    prepare();
    struct fake_target *server = fake_group_add(&group, &address);
    group.options.health.interval_ms = 60000;
    wire.ops.socket = no_socket;
    start();
    for (int i = 0; i < 5; i++)
        checked_forward(&wire, 1000);
    assert_int_equal(server->passed + server->failed, 0);
    assert_int_equal(log_lines, 1);
    assert_string_equal(log_text, "event=check-skipped upstream=fake server=server1 "
                                  "reason=\"cannot connect: Too many open files\" count=1 "
                                  "retry_ms=1000");
    for (int i = 0; i < 8; i++)
        checked_forward(&wire, 1000);
    assert_int_equal(log_lines, 2);
    assert_non_null(strstr(log_text, " count=10 "));
    wire.ops.socket = brink_sys_linux.ops->socket;
    checked_forward(&wire, 1000);
    wait_for(server, 1, 0);
    stop();
}

static void without_memory_a_server_waits(void **state)
{
    (void)state;
    static struct no_timers none;
    struct brink_memory_source failing;
    prepare();
    struct fake_target *first = fake_group_add(&group, &address);
    start();
    take_check();
    struct fake_target *second = fake_group_add(&group, &address);
    no_timers_begin(&none, &wire.loop, &failing);
    checked_forward(&wire, INTERVAL_MS);
    assert_non_null(strstr(log_text, "server=server2 reason=\"Cannot allocate memory\""));
    assert_int_equal(second->holds, 0);
    brink_timer_free(&wire.loop.wheel, none.taken[--none.count]); /* one is not enough */
    checked_forward(&wire, INTERVAL_MS);
    assert_int_equal(second->holds, 0);
    assert_int_equal(first->holds, 1);
    no_timers_end(&none, &wire.loop);
    checked_forward(&wire, INTERVAL_MS);
    wait_for(second, 1, 0);
    stop();
}

static void without_checks_it_does_not_start(void **state)
{
    (void)state;
    prepare();
    group.options.health.interval_ms = 0;
    assert_false(brink_health_is_wanted(&group.options));
    assert_int_equal(brink_health_start(&health, &wire.loop, &settings).err, EINVAL);
    (void)close(listener);
    wire_close(&wire);
}

static void it_may_stop_before_it_has_looked(void **state)
{
    (void)state;
    prepare();
    (void)fake_group_add(&group, &address);
    start();
    stop();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_check_is_at_once),
        cmocka_unit_test(the_next_is_an_interval_later_more_or_less),
        cmocka_unit_test(each_fails_with_its_reason),
        cmocka_unit_test(the_greeting_is_sent),
        cmocka_unit_test(one_check_at_a_time),
        cmocka_unit_test(many_do_not_begin_together),
        cmocka_unit_test(who_comes_is_checked_and_who_goes_is_not),
        cmocka_unit_test(a_group_may_be_left_by_all),
        cmocka_unit_test(who_goes_while_it_is_checked_is_let_go),
        cmocka_unit_test(a_check_goes_on_while_others_come),
        cmocka_unit_test(without_descriptors_it_says_so_rarely_and_tries_again),
        cmocka_unit_test(without_memory_a_server_waits),
        cmocka_unit_test(without_checks_it_does_not_start),
        cmocka_unit_test(it_may_stop_before_it_has_looked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
