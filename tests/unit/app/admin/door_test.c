/* Who comes is let in, up to the limit, and again once there are descriptors. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <netinet/in.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#include "app/admin/door.h"
#include "support/fake_sys.h"

enum { FAILURES = 3 };

struct house {
    struct brink_admin_door door;
    struct sockaddr_in addresses[2];
    struct fake_sys fake;
    sem_t entered;
    atomic_int last;     /* descriptor of who entered */
    atomic_int refusals; /* so many of the next are not let in */
};

static atomic_int failures; /* so many accepts fail with EMFILE */

static int accept_or_not(void *kernel, int fd, struct sockaddr *address, socklen_t *length)
{
    (void)kernel;
    if (atomic_load(&failures) > 0) {
        (void)atomic_fetch_sub(&failures, 1);
        return -EMFILE;
    }
    return brink_sys_linux.ops->accept(brink_sys_linux.context, fd, address, length);
}

static bool enter(void *context, int fd, const struct sockaddr *peer, socklen_t length)
{
    struct house *house = context;
    assert_int_equal(peer->sa_family, AF_INET);
    assert_int_equal(length, sizeof(struct sockaddr_in));
    if (atomic_load(&house->refusals) > 0) {
        (void)atomic_fetch_sub(&house->refusals, 1);
        (void)close(fd);
        return false;
    }
    atomic_store(&house->last, fd);
    (void)sem_post(&house->entered);
    return true;
}

static void house_open(struct house *house, unsigned most)
{
    memset(house, 0, sizeof *house);
    (void)sem_init(&house->entered, 0, 0);
    fake_sys_init(&house->fake);
    house->fake.ops.accept = accept_or_not;
    house->door.sys = &house->fake.sys;
    house->door.most = most;
    house->door.enter = enter;
    house->door.context = house;
    house->door.count = 2;
    for (size_t i = 0; i < 2; i++) {
        struct sockaddr_in any = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
        socklen_t size = sizeof any;
        int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
        assert_int_equal(bind(fd, (struct sockaddr *)&any, sizeof any), 0);
        assert_int_equal(listen(fd, 8), 0);
        assert_int_equal(getsockname(fd, (struct sockaddr *)&house->addresses[i], &size), 0);
        house->door.fds[i] = fd;
    }
    assert_false(brink_failed(brink_admin_door_start(&house->door)));
}

static int knock(struct house *house, size_t which)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    const struct sockaddr *to = (const struct sockaddr *)&house->addresses[which];
    assert_int_equal(connect(fd, to, sizeof house->addresses[which]), 0);
    return fd;
}

static int await(struct house *house)
{
    (void)sem_wait(&house->entered);
    return atomic_load(&house->last);
}

static void house_close(struct house *house)
{
    brink_admin_door_stop(&house->door);
    brink_admin_door_stop(&house->door); /* harmless */
    brink_admin_door_close(&house->door);
    brink_admin_door_close(&house->door);
    for (size_t i = 0; i < 2; i++)
        (void)close(house->door.fds[i]);
    (void)sem_destroy(&house->entered);
}

static void both_addresses_lead_in(void **state)
{
    (void)state;
    struct house house;
    house_open(&house, 4);
    for (size_t i = 0; i < 2; i++) {
        int client = knock(&house, i);
        int inside = await(&house);
        char byte = 0;
        assert_int_equal(write(client, "x", 1), 1);
        while (read(inside, &byte, 1) < 0 && errno == EAGAIN)
            (void)sched_yield();
        assert_int_equal(byte, 'x');
        (void)close(inside);
        (void)close(client);
        brink_admin_door_left(&house.door);
    }
    house_close(&house);
}

static void at_the_limit_others_wait(void **state)
{
    (void)state;
    struct house house;
    house_open(&house, 1);
    int first = knock(&house, 0);
    int inside = await(&house);
    int second = knock(&house, 1);
    assert_int_equal(sem_trywait(&house.entered), -1);
    assert_int_equal(atomic_load(&house.door.inside), 1);
    (void)close(inside);
    brink_admin_door_left(&house.door);
    (void)close(await(&house));
    (void)close(first);
    (void)close(second);
    house_close(&house);
}

static void once_stopped_it_can_be_opened_again(void **state)
{
    (void)state;
    struct house house;
    house_open(&house, 2);
    int first = knock(&house, 0);
    int inside = await(&house); /* and stays */
    brink_admin_door_stop(&house.door);
    int second = knock(&house, 1);
    assert_int_equal(sem_trywait(&house.entered), -1);
    assert_false(brink_failed(brink_admin_door_resume(&house.door)));
    (void)close(await(&house));
    assert_int_equal(atomic_load(&house.door.inside), 2);
    (void)close(inside);
    (void)close(first);
    (void)close(second);
    house_close(&house);
}

static void without_descriptors_it_tries_again(void **state)
{
    (void)state;
    struct house house;
    atomic_store(&failures, FAILURES);
    house_open(&house, 2);
    int client = knock(&house, 0);
    (void)close(await(&house));
    assert_int_equal(atomic_load(&failures), 0);
    (void)close(client);
    house_close(&house);
}

static void who_is_not_taken_over_is_not_counted(void **state)
{
    (void)state;
    struct house house;
    house_open(&house, 1);
    atomic_store(&house.refusals, 1);
    int refused = knock(&house, 0);
    char byte;
    assert_int_equal(read(refused, &byte, 1), 0);
    int client = knock(&house, 0);
    (void)close(await(&house));
    (void)close(refused);
    (void)close(client);
    house_close(&house);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_addresses_lead_in),
        cmocka_unit_test(at_the_limit_others_wait),
        cmocka_unit_test(once_stopped_it_can_be_opened_again),
        cmocka_unit_test(without_descriptors_it_tries_again),
        cmocka_unit_test(who_is_not_taken_over_is_not_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
