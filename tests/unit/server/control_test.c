/* The thread beside the workers, and the tasks that run on it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "server/control.h"
#include "support/counting_source.h"
#include "support/fake_group.h"
#include "support/fake_sys.h"
#include "upstream/health.h"

enum { PATIENCE_MS = 10000 };

static const struct brink_log no_log;

/* A task with a source and a timer, that notes what happens to it. */
struct probe {
    struct brink_control_task task;
    struct brink_loop *loop;
    struct brink_source source;
    struct brink_timer *timer;
    int fails; /* start fails so */
    bool started;
    unsigned stopped; /* its place in the order of stopping */
    bool reclaimed;
    int begun;
    pthread_t fired_on;
    sigset_t blocked;
    char name[16];
    int fired[2]; /* a socket pair: a byte for the test when the timer fires */
};

static unsigned stops;

static void run(struct brink_loop *loop, struct brink_source *source)
{
    brink_loop_want(loop, source, 0);
}

static void reclaim(struct brink_loop *loop, struct brink_source *source)
{
    (void)loop;
    BRINK_CONTAINER_OF(source, struct probe, source)->reclaimed = true;
}

static const struct brink_source_ops source_ops = {run, reclaim, NULL};

static void on_timer(void *arg, uint64_t now_ms)
{
    (void)now_ms;
    struct probe *probe = arg;
    probe->fired_on = pthread_self();
    (void)pthread_sigmask(SIG_SETMASK, NULL, &probe->blocked);
    (void)pthread_getname_np(pthread_self(), probe->name, sizeof probe->name);
    if (write(probe->fired[1], "x", 1) != 1)
        abort(); /* cmocka knows the test's thread only */
}

static brink_result start(struct brink_control_task *task, struct brink_loop *loop)
{
    struct probe *probe = BRINK_CONTAINER_OF(task, struct probe, task);
    if (probe->fails != 0)
        return brink_fail(probe->fails);
    probe->loop = loop;
    probe->source = (struct brink_source){.ops = &source_ops, .want = BRINK_READABLE};
    probe->source.fd = loop->sys->ops->wakeup_create(loop->sys->context);
    brink_result added = brink_loop_add(loop, &probe->source, BRINK_ARM_EDGE);
    assert_int_equal(added.err, 0);
    probe->timer = brink_timer_new(&loop->wheel, on_timer, probe);
    assert_non_null(probe->timer);
    brink_timer_arm(&loop->wheel, probe->timer, loop->now_ms);
    probe->started = true;
    return brink_ok();
}

static void stop(struct brink_control_task *task)
{
    struct probe *probe = BRINK_CONTAINER_OF(task, struct probe, task);
    brink_timer_free(&probe->loop->wheel, probe->timer);
    brink_loop_close_source(probe->loop, &probe->source);
    probe->stopped = ++stops;
}

static void begin(struct brink_control_task *task)
{
    BRINK_CONTAINER_OF(task, struct probe, task)->begun++;
}

static struct fake_sys fake;
static struct counting_source memory;
static struct probe probes[3];
static struct brink_control_task *tasks[3];

static struct brink_control_settings prepare(void)
{
    static const struct brink_memory_source source = {counting_alloc, counting_release};
    memset(probes, 0, sizeof probes);
    memset(&memory, 0, sizeof memory);
    stops = 0;
    fake_sys_init(&fake);
    fake.ops.now_ms = brink_sys_linux.ops->now_ms;
    fake.ops.now_us = brink_sys_linux.ops->now_us;
    for (size_t i = 0; i < 3; i++) {
        probes[i].task = (struct brink_control_task){.start = start, .stop = stop};
        assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, probes[i].fired), 0);
        tasks[i] = &probes[i].task;
    }
    return (struct brink_control_settings){
        .sys = &fake.sys, .log = &no_log, .memory = &source, .memory_context = &memory};
}

static void end(void)
{
    assert_int_equal(fake.opened, 0);
    assert_int_equal(memory.blocks, 0);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(probes[i].started, probes[i].reclaimed);
        (void)close(probes[i].fired[0]);
        (void)close(probes[i].fired[1]);
    }
}

/* As a server does. On failure it is stopped. */
static brink_result start_control(struct brink_control *control,
                                  const struct brink_control_settings *settings, size_t count)
{
    brink_control_init(control, settings);
    brink_result started = brink_control_add(control, tasks, count);
    if (!brink_failed(started)) {
        brink_control_begin(control, tasks, count);
        started = brink_control_run(control);
    }
    if (brink_failed(started))
        brink_control_stop(control);
    return started;
}

static brink_result start_task_of(struct brink_control *control)
{
    brink_result started = brink_control_add(control, tasks, 1);
    return brink_failed(started) ? started : brink_control_run(control);
}

static void wait_for_fire(const struct probe *probe)
{
    char byte;
    struct pollfd poll_fd = {.fd = probe->fired[0], .events = POLLIN};
    assert_int_equal(poll(&poll_fd, 1, PATIENCE_MS), 1);
    assert_int_equal(read(probe->fired[0], &byte, 1), 1);
}

static void tasks_run_on_a_thread_of_their_own(void **state)
{
    (void)state;
    struct brink_control control;
    struct brink_control_settings settings = prepare();
    assert_int_equal(start_control(&control, &settings, 3).err, 0);
    for (size_t i = 0; i < 3; i++)
        wait_for_fire(&probes[i]);
    brink_control_stop(&control);
    for (size_t i = 0; i < 3; i++) {
        assert_false(pthread_equal(probes[i].fired_on, pthread_self()));
        assert_int_equal(probes[i].stopped, 3 - i); /* the last first */
    }
    assert_string_equal(probes[0].name, "brink/control");
    assert_int_equal(sigismember(&probes[0].blocked, SIGTERM), 1);
    assert_int_equal(sigismember(&probes[0].blocked, SIGUSR1), 1);
    sigset_t mine;
    (void)pthread_sigmask(SIG_SETMASK, NULL, &mine);
    assert_int_equal(sigismember(&mine, SIGTERM), 0);
    end();
    brink_control_stop(&control); /* harmless */
}

static void stopped_at_once_all_is_given_back(void **state)
{
    (void)state;
    struct brink_control control;
    struct brink_control_settings settings = prepare();
    assert_int_equal(start_control(&control, &settings, 3).err, 0);
    brink_control_stop(&control);
    end();
}

static void without_tasks_there_is_no_thread(void **state)
{
    (void)state;
    struct brink_control control;
    struct brink_control_settings settings = prepare();
    assert_int_equal(start_control(&control, &settings, 0).err, 0);
    assert_int_equal(fake.creations, 0);
    assert_int_equal(memory.calls, 0);
    brink_control_stop(&control);
    end();
}

static void a_task_that_fails_takes_the_others_down(void **state)
{
    (void)state;
    struct brink_control control;
    struct brink_control_settings settings = prepare();
    probes[2].fails = EMFILE;
    assert_int_equal(start_control(&control, &settings, 3).err, EMFILE);
    assert_int_equal(probes[1].stopped, 1);
    assert_int_equal(probes[0].stopped, 2);
    assert_int_equal(probes[2].stopped, 0);
    end();
}

static void without_descriptors_or_memory_nothing_is_held(void **state)
{
    (void)state;
    struct brink_control control;
    for (unsigned k = 1; k <= 3; k++) { /* the poller, the wakeup, and its watch */
        struct brink_control_settings settings = prepare();
        fake.fail_creation = k;
        assert_int_equal(start_control(&control, &settings, 3).err, EMFILE);
        end();
    }
    struct brink_control_settings settings = prepare();
    memory.fail_at = 1;
    assert_int_equal(start_control(&control, &settings, 3).err, ENOMEM);
    end();
}

static void a_loop_that_cannot_wait_goes_on(void **state)
{
    (void)state;
    struct brink_control control;
    struct brink_control_settings settings = prepare();
    fake.wait_errno = EINVAL; /* once */
    assert_int_equal(start_control(&control, &settings, 3).err, 0);
    wait_for_fire(&probes[0]);
    brink_control_stop(&control);
    end();
}

/* A task that has been started does nothing that others see until it begins; others come and go
 * while the thread runs. */
static void tasks_come_and_go(void **state)
{
    (void)state;
    struct brink_control control;
    struct brink_control_settings settings = prepare();
    assert_int_equal(start_control(&control, &settings, 1).err, 0);
    wait_for_fire(&probes[0]);
    for (size_t i = 1; i < 3; i++)
        probes[i].task.begin = begin;
    assert_int_equal(brink_control_add(&control, &tasks[1], 2).err, 0);
    assert_true(probes[2].started);
    assert_int_equal(probes[1].begun + probes[2].begun, 0);
    brink_control_begin(&control, &tasks[1], 2);
    assert_int_equal(probes[1].begun + probes[2].begun, 2);
    for (size_t i = 1; i < 3; i++) {
        wait_for_fire(&probes[i]);
        assert_false(pthread_equal(probes[i].fired_on, pthread_self()));
    }
    brink_control_remove(&control, tasks, 2);
    assert_true(probes[0].reclaimed && probes[1].reclaimed && !probes[2].reclaimed);
    brink_control_stop(&control);
    end();
}

static void one_that_fails_later_leaves_the_others_alone(void **state)
{
    (void)state;
    struct brink_control control;
    struct brink_control_settings settings = prepare();
    assert_int_equal(start_control(&control, &settings, 1).err, 0);
    probes[2].fails = ENOMEM;
    assert_int_equal(brink_control_add(&control, &tasks[1], 2).err, ENOMEM);
    assert_true(probes[1].reclaimed);
    assert_false(probes[0].reclaimed);
    wait_for_fire(&probes[0]);
    brink_control_stop(&control);
    end();
}

/* The first task may come after all else, and the thread with it. */
static void a_thread_may_begin_late(void **state)
{
    (void)state;
    struct brink_control control;
    struct brink_control_settings settings = prepare();
    assert_int_equal(start_control(&control, &settings, 0).err, 0);
    assert_int_equal(start_task_of(&control).err, 0);
    wait_for_fire(&probes[0]);
    brink_control_remove(&control, tasks, 1);
    assert_true(probes[0].reclaimed);
    probes[0] = (struct probe){.task = {.start = start, .stop = stop},
                               .fired = {probes[0].fired[0], probes[0].fired[1]}};
    assert_int_equal(start_task_of(&control).err, 0);
    wait_for_fire(&probes[0]);
    brink_control_stop(&control);
    end();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tasks_run_on_a_thread_of_their_own),
        cmocka_unit_test(stopped_at_once_all_is_given_back),
        cmocka_unit_test(without_tasks_there_is_no_thread),
        cmocka_unit_test(a_task_that_fails_takes_the_others_down),
        cmocka_unit_test(without_descriptors_or_memory_nothing_is_held),
        cmocka_unit_test(a_loop_that_cannot_wait_goes_on),
        cmocka_unit_test(tasks_come_and_go),
        cmocka_unit_test(one_that_fails_later_leaves_the_others_alone),
        cmocka_unit_test(a_thread_may_begin_late),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
