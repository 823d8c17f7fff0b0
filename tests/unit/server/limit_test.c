/* How many clients the open files allow. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>

#include "server/limit.h"

static int limit_to_tell;
static int next_descriptor;

static int tell_limit(void *kernel)
{
    (void)kernel;
    return limit_to_tell;
}

static int tell_descriptor(void *kernel)
{
    (void)kernel;
    return next_descriptor;
}

static int close_nothing(void *kernel, int fd)
{
    (void)kernel;
    (void)fd;
    return 0;
}

static const struct brink_sys_ops ops = {
    .raise_file_limit = tell_limit, .spare_open = tell_descriptor, .close = close_nothing};
static const struct brink_sys sys = {&ops, NULL};

static void what_is_free_is_shared_out(void **state)
{
    (void)state;
    uint32_t clients;
    uint32_t files;
    limit_to_tell = 64;
    next_descriptor = 12;
    assert_int_equal(brink_limit_clients(&sys, 1, &clients, &files).err, 0);
    assert_true(clients > 0 && clients < 64 - 12);
    assert_int_equal(files, 64);
    uint32_t pairs;
    assert_int_equal(brink_limit_clients(&sys, 2, &pairs, &files).err, 0);
    assert_int_equal(pairs, clients / 2);
}

static void too_few_is_an_error(void **state)
{
    (void)state;
    uint32_t clients;
    uint32_t files;
    limit_to_tell = 16;
    next_descriptor = 15;
    assert_int_equal(brink_limit_clients(&sys, 1, &clients, &files).err, EMFILE);
    next_descriptor = -EMFILE;
    assert_int_equal(brink_limit_clients(&sys, 1, &clients, &files).err, EMFILE);
    limit_to_tell = -EPERM;
    assert_int_equal(brink_limit_clients(&sys, 1, &clients, &files).err, EPERM);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_free_is_shared_out),
        cmocka_unit_test(too_few_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
