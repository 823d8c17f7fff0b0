/* one_check.h - one check of a server that the test plays, and what was told of it. Time goes by
 * when the test says so. */
#ifndef BRINK_TESTS_ONE_CHECK_H
#define BRINK_TESTS_ONE_CHECK_H

#include "support/checked.h"

#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "upstream/check.h"

struct one_check {
    struct wire wire;
    struct brink_spec spec;
    struct brink_health_options options;
    struct brink_check_plan plan;
    struct brink_check check;
    struct brink_address address;
    int listener;
    unsigned results;
    enum brink_check_outcome outcome;
    char why[BRINK_CHECK_WHY_MAX];
    unsigned idles;
    bool gives_up; /* as soon as there is a result */
};

static struct one_check one;

static const uint8_t ping[] = {4, 0, 0, 0, 'p', 'i', 'n', 'g'};
static const uint8_t pong[] = {4, 0, 0, 0, 'p', 'o', 'n', 'g'};

static inline void note_result(struct brink_check *check, enum brink_check_outcome outcome,
                               const char *why)
{
    assert_ptr_equal(check, &one.check);
    one.results++;
    one.outcome = outcome;
    assert_int_equal(why == NULL, outcome == BRINK_CHECK_PASSED);
    (void)snprintf(one.why, sizeof one.why, "%s", why != NULL ? why : "");
    if (one.gives_up)
        brink_check_give_up(check);
}

static inline void note_idle(struct brink_check *check)
{
    assert_true(brink_check_is_idle(check));
    one.idles++;
}

/* Connecting is enough; the listener takes `backlog` and one more. */
static inline void start_backlog(int backlog)
{
    memset(&one, 0, sizeof one);
    checked_open(&one.wire);
    brink_spec_default(&one.spec);
    one.options = (struct brink_health_options){.interval_ms = 5000, .timeout_ms = 2000};
    one.plan = (struct brink_check_plan){
        .options = &one.options, .spec = &one.spec, .on_result = note_result, .on_idle = note_idle};
    one.listener = checked_listen(&one.address, backlog);
    assert_int_equal(brink_check_init(&one.check, &one.wire.loop, &one.plan).err, 0);
}

static inline void start(void)
{
    start_backlog(8);
}

/* A ping is sent, a pong expected. */
static inline void start_asking(void)
{
    start();
    one.options.send = ping;
    one.options.send_size = sizeof ping;
    one.options.expect = pong;
    one.options.expect_size = sizeof pong;
}

static inline void stop(void)
{
    wire_turn(&one.wire);
    assert_int_equal(one.check.source.fd, -1);
    assert_true(brink_check_is_idle(&one.check));
    brink_check_destroy(&one.check);
    (void)close(one.listener);
    wire_close(&one.wire);
}

static inline void begin(void)
{
    brink_check_begin(&one.check, &one.address);
}

static inline int begin_and_accept(void)
{
    begin();
    return checked_accept(&one.wire, one.listener);
}

static inline void expect_result(enum brink_check_outcome outcome, const char *why)
{
    wire_until(&one.wire, &one.results, 1);
    assert_int_equal(one.results, 1);
    assert_string_equal(one.why, why);
    assert_int_equal(one.outcome, outcome);
}

static inline void expect_idle(void)
{
    wire_until(&one.wire, &one.idles, 1);
}

/* There is nothing that it would be run for. */
static inline void expect_sleep(void)
{
    wire_turn(&one.wire);
    assert_true(brink_list_empty(&one.wire.loop.ready));
}

/* The check ends with a FIN, and has gone when the server has ended as well. */
static inline void expect_fin(int fd)
{
    assert_int_equal(checked_next(&one.wire, fd), 0);
    assert_int_equal(one.idles, 0);
    expect_sleep();
    (void)close(fd);
    expect_idle();
}

/* A server that has read the FIN learns of a reset by its next call, as EPIPE. */
static inline void expect_reset_after_fin(int fd)
{
    int err = 0;
    socklen_t size = sizeof err;
    assert_int_equal(getsockopt(fd, SOL_SOCKET, SO_ERROR, &err, &size), 0);
    assert_int_equal(err, EPIPE);
    (void)close(fd);
}

#endif
