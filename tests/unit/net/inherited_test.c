/* Sockets that another process listened on: who gets them, and what becomes of the others. */
#include "net/inherited.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/bind.h"

static struct brink_sys_ops ops;
static const struct brink_sys sys = {&ops, NULL};
static struct brink_arena arena;
static struct brink_inherited inherited;
static struct brink_message why;

static int set_up(void **state)
{
    (void)state;
    ops = *brink_sys_linux.ops;
    assert_int_equal(brink_arena_open(&arena).err, 0);
    assert_int_equal(brink_inherited_open(&inherited, &sys, &arena, 8).err, 0);
    return 0;
}

static int take_down(void **state)
{
    (void)state;
    brink_inherited_close(&inherited);
    brink_inherited_close(&inherited);
    assert_int_equal(arena.live_bytes, 0);
    brink_arena_close(&arena);
    return 0;
}

static struct brink_address address_of(const char *text)
{
    struct brink_address address;
    assert_int_equal(brink_address_parse(&address, text, BRINK_ADDRESS_TO_LISTEN, NULL).err, 0);
    return address;
}

static struct brink_inherited_origin origin_of(const char *listener, const char *wanted)
{
    struct brink_inherited_origin origin;
    (void)snprintf(origin.listener, sizeof origin.listener, "%s", listener);
    (void)snprintf(origin.wanted, sizeof origin.wanted, "%s", wanted);
    return origin;
}

/* Listens with `count` sockets, as another process would have, and puts them in. */
static struct brink_address inherit(const char *listener, const char *wanted, size_t count)
{
    int fds[8];
    struct brink_address address = address_of(wanted);
    struct brink_address bound;
    struct brink_inherited_origin origin = origin_of(listener, wanted);
    if (brink_failed(brink_bind(&sys, &address, fds, count, &bound, &why)))
        fail_msg("%s", why.text);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(brink_inherited_add(&inherited, fds[i], &origin).err, 0);
    return bound;
}

static int bind_to(const char *listener, const char *wanted, int *fds, size_t count,
                   struct brink_address *bound)
{
    struct brink_address address = address_of(wanted);
    struct brink_inherited_origin origin = origin_of(listener, wanted);
    return brink_inherited_bind(&inherited, &address, &origin, fds, count, bound, &why).err;
}

static void close_all(const int *fds, size_t count)
{
    for (size_t i = 0; i < count; i++)
        assert_int_equal(close(fds[i]), 0);
}

static void same_address(const struct brink_address *one, const struct brink_address *other)
{
    char text[2][BRINK_ADDRESS_TEXT_MAX];
    assert_string_equal(brink_address_format(one, text[0], sizeof text[0]),
                        brink_address_format(other, text[1], sizeof text[1]));
}

static void who_wants_the_same_gets_them(void **state)
{
    (void)state;
    int fds[2];
    struct brink_address bound;
    struct brink_address port = inherit("front", "127.0.0.1:0", 2);
    (void)inherit("other", "127.0.0.1:0", 2);
    assert_int_equal(bind_to("front", "127.0.0.1:0", fds, 2, &bound), 0);
    same_address(&bound, &port);
    assert_int_not_equal(fds[0], fds[1]);
    assert_int_equal(brink_inherited_more(&inherited, &bound), -1);
    close_all(fds, 2);
    assert_int_equal(bind_to("front", "127.0.0.1:0", fds, 2, &bound), ENOENT);
}

static void an_address_is_enough(void **state)
{
    (void)state;
    int fds[1];
    char text[BRINK_ADDRESS_TEXT_MAX];
    struct brink_address bound;
    struct brink_address port = inherit("front", "127.0.0.1:0", 1);
    assert_int_equal(bind_to("new name", "127.0.0.1:0", fds, 1, &bound), ENOENT);
    (void)brink_address_format(&port, text, sizeof text);
    assert_int_equal(bind_to("new name", text, fds, 1, &bound), 0);
    same_address(&bound, &port);
    close_all(fds, 1);
}

static void where_there_are_fewer_they_are_shared(void **state)
{
    (void)state;
    int fds[5];
    struct brink_address bound;
    struct sockaddr_storage name;
    (void)inherit("front", "127.0.0.1:0", 2);
    assert_int_equal(bind_to("front", "127.0.0.1:0", fds, 5, &bound), 0);
    for (size_t i = 0; i < 5; i++) {
        socklen_t length = sizeof name;
        assert_int_equal(getsockname(fds[i], (struct sockaddr *)&name, &length), 0);
        assert_memory_equal(&name, &bound.sock, length);
        for (size_t k = 0; k < i; k++)
            assert_int_not_equal(fds[i], fds[k]);
    }
    close_all(fds, 5);
}

static void where_there_are_more_each_is_to_be_had(void **state)
{
    (void)state;
    int fds[4];
    struct brink_address bound;
    (void)inherit("front", "127.0.0.1:0", 4);
    assert_int_equal(bind_to("front", "127.0.0.1:0", fds, 2, &bound), 0);
    fds[2] = brink_inherited_more(&inherited, &bound);
    fds[3] = brink_inherited_more(&inherited, &bound);
    assert_true(fds[2] >= 0 && fds[3] >= 0 && fds[2] != fds[3]);
    assert_int_equal(brink_inherited_more(&inherited, &bound), -1);
    close_all(fds, 4);
}

static int duplicates_left;

static int few_duplicates(void *kernel, int fd)
{
    return duplicates_left-- > 0 ? brink_sys_linux.ops->duplicate(kernel, fd) : -EMFILE;
}

static void what_cannot_be_shared_is_left_as_it_was(void **state)
{
    (void)state;
    int fds[4];
    struct brink_address bound;
    (void)inherit("front", "127.0.0.1:0", 1);
    ops.duplicate = few_duplicates;
    for (int left = 0; left < 3; left++) {
        duplicates_left = left;
        assert_int_equal(bind_to("front", "127.0.0.1:0", fds, 4, &bound), EMFILE);
        assert_non_null(strstr(why.text, "127.0.0.1:"));
    }
    duplicates_left = 3;
    assert_int_equal(bind_to("front", "127.0.0.1:0", fds, 4, &bound), 0);
    close_all(fds, 4);
}

static void what_does_not_listen_is_closed(void **state)
{
    (void)state;
    struct brink_inherited_origin origin = origin_of("front", ":0");
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(brink_inherited_add(&inherited, fd, &origin).err, EINVAL);
    assert_int_equal(fcntl(fd, F_GETFD), -1);
    fd = open("/dev/null", O_RDONLY);
    assert_int_equal(brink_inherited_add(&inherited, fd, &origin).err, EINVAL);
    assert_int_equal(fcntl(fd, F_GETFD), -1);
}

static void there_is_room_for_so_many(void **state)
{
    (void)state;
    struct brink_inherited other;
    struct brink_inherited_origin origin = origin_of("front", ":0");
    (void)inherit("front", "127.0.0.1:0", 8);
    int fd = open("/dev/null", O_RDONLY);
    assert_int_equal(brink_inherited_add(&inherited, fd, &origin).err, ENOSPC);
    assert_int_equal(fcntl(fd, F_GETFD), -1);
    assert_int_equal(brink_inherited_open(&other, &sys, &arena, BRINK_INHERITED_MAX + 1).err,
                     E2BIG);
    assert_int_equal(brink_inherited_open(&other, &sys, &arena, 0).err, 0);
    brink_inherited_close(&other);
}

static void what_nobody_wants_is_closed_and_its_file_removed(void **state)
{
    (void)state;
    int fds[1];
    struct brink_address bound;
    char kept[64];
    char left[64];
    (void)snprintf(kept, sizeof kept, "unix:/tmp/brink-inherited-%d-a", getpid());
    (void)snprintf(left, sizeof left, "unix:/tmp/brink-inherited-%d-b", getpid());
    (void)inherit("front", kept, 1);
    (void)inherit("front", left, 1);
    int unwanted = inherited.all[1].fd;
    assert_int_equal(bind_to("front", kept, fds, 1, &bound), 0);
    brink_inherited_drop(&inherited);
    assert_int_equal(fcntl(unwanted, F_GETFD), -1);
    assert_int_equal(access(left + 5, F_OK), 0); /* the other process may still need it */
    brink_inherited_unbind(&inherited);
    assert_int_equal(access(left + 5, F_OK), -1);
    assert_int_equal(access(kept + 5, F_OK), 0);
    brink_unbind(&sys, &bound);
    close_all(fds, 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, take_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(who_wants_the_same_gets_them),
        TEST(an_address_is_enough),
        TEST(where_there_are_fewer_they_are_shared),
        TEST(where_there_are_more_each_is_to_be_had),
        TEST(what_cannot_be_shared_is_left_as_it_was),
        TEST(what_does_not_listen_is_closed),
        TEST(there_is_room_for_so_many),
        TEST(what_nobody_wants_is_closed_and_its_file_removed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
