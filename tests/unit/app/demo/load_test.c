/* Clients at work against peers of this process. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>

#include "app/demo/load.h"
#include "unit/app/peer.h"

enum { CLIENTS = 3, ENOUGH = 600 }; /* frames: one of the largest is among the first 512 of each */

/* Lets it run until so many frames have come back, or all clients have given up. */
static void run(struct brink_demo_load *load, struct brink_demo_load_result *result)
{
    do {
        (void)poll(NULL, 0, 1); /* leaves the cores to the threads that are waited for */
        brink_demo_load_progress(load, result);
    } while (result->frames < (uint64_t)ENOUGH * CLIENTS && result->failed < CLIENTS);
    brink_demo_load_finish(load, result);
}

static void test_every_frame_comes_back(void **state)
{
    (void)state;
    static struct brink_demo_load_result result;
    struct peer peer;
    struct brink_spec spec;
    struct brink_demo_load *load;
    brink_spec_default(&spec);
    peer_start(&peer, PEER_ECHOES);
    assert_false(brink_failed(brink_demo_load_start(&load, CLIENTS, &peer.address, &spec.request)));
    run(load, &result);
    peer_stop(&peer);
    assert_true(result.frames >= ENOUGH * CLIENTS);
    assert_true(result.bytes > BRINK_DEMO_LOAD_LARGEST);
    assert_true(result.different == 0);
    assert_int_equal(result.failed, 0);
    assert_true(result.latency.count == result.frames);
    assert_true(result.latency.min_ns > 0);
}

static void test_peer_that_closes_fails_the_clients(void **state)
{
    (void)state;
    static struct brink_demo_load_result result;
    struct peer peer;
    struct brink_spec spec;
    struct brink_demo_load *load;
    brink_spec_default(&spec);
    peer_start(&peer, PEER_CLOSES);
    assert_false(brink_failed(brink_demo_load_start(&load, CLIENTS, &peer.address, &spec.request)));
    run(load, &result);
    peer_stop(&peer);
    assert_int_equal(result.failed, CLIENTS);
    assert_true(brink_failed(result.failure));
    assert_true(result.frames == 0);
}

static void test_changed_bytes_are_counted(void **state)
{
    (void)state;
    static struct brink_demo_load_result result;
    struct peer peer;
    struct brink_spec spec;
    struct brink_demo_load *load;
    brink_spec_default(&spec);
    peer_start(&peer, PEER_DIFFERS);
    assert_false(brink_failed(brink_demo_load_start(&load, CLIENTS, &peer.address, &spec.request)));
    run(load, &result);
    peer_stop(&peer);
    assert_true(result.different > 0);
}

static void test_nobody_there(void **state)
{
    (void)state;
    struct peer peer;
    struct brink_spec spec;
    struct brink_demo_load *load;
    brink_spec_default(&spec);
    peer_start(&peer, PEER_ECHOES);
    peer_stop(&peer);
    assert_int_equal(brink_demo_load_start(&load, CLIENTS, &peer.address, &spec.request).err,
                     ECONNREFUSED);
    assert_null(load);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_frame_comes_back),
        cmocka_unit_test(test_peer_that_closes_fails_the_clients),
        cmocka_unit_test(test_changed_bytes_are_counted),
        cmocka_unit_test(test_nobody_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
