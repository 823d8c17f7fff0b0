/* Messages with descriptors: whole, or not at all. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sys/pass.h"

static bool is_open(int fd)
{
    return fcntl(fd, F_GETFD) >= 0;
}

static int lowest_free(void)
{
    int fd = dup(0);
    assert_true(fd >= 0);
    (void)close(fd);
    return fd;
}

static void messages_stay_apart(void **state)
{
    (void)state;
    int ends[2];
    char text[16];
    size_t none = 0;
    assert_int_equal(brink_pass_pair(ends), 0);
    assert_int_equal(brink_pass_send(ends[0], "one", 3, NULL, 0), 0);
    assert_int_equal(brink_pass_send(ends[0], "three", 5, NULL, 0), 0);
    assert_int_equal(brink_pass_receive(ends[1], text, sizeof text, NULL, &none), 3);
    assert_int_equal(brink_pass_receive(ends[1], text, sizeof text, NULL, &none), 5);
    assert_memory_equal(text, "three", 5);
    (void)close(ends[0]);
    assert_int_equal(brink_pass_receive(ends[1], text, sizeof text, NULL, &none), 0);
    assert_int_equal(brink_pass_send(ends[1], "x", 1, NULL, 0), -EPIPE);
    (void)close(ends[1]);
}

static void descriptors_come_with_a_message(void **state)
{
    (void)state;
    int ends[2];
    int pipes[2];
    int came[4];
    size_t count = 4;
    char text[16];
    assert_int_equal(brink_pass_pair(ends), 0);
    assert_int_equal(pipe(pipes), 0);
    assert_int_equal(brink_pass_send(ends[0], "two", 3, pipes, 2), 0);
    assert_int_equal(brink_pass_receive(ends[1], text, sizeof text, came, &count), 3);
    assert_int_equal(count, 2);
    assert_true((fcntl(came[0], F_GETFD) & FD_CLOEXEC) != 0);
    assert_int_equal(write(came[1], "through", 7), 7);
    assert_int_equal(read(pipes[0], text, sizeof text), 7);
    for (int i = 0; i < 2; i++) {
        assert_true(is_open(pipes[i])); /* they stay ours */
        (void)close(came[i]);
        (void)close(pipes[i]);
        (void)close(ends[i]);
    }
}

static void what_has_no_room_leaves_nothing_open(void **state)
{
    (void)state;
    int ends[2];
    int twice[] = {0, 0};
    int came[2];
    char text[4];
    assert_int_equal(brink_pass_pair(ends), 0);
    int before = lowest_free();
    size_t room = 1;
    assert_int_equal(brink_pass_send(ends[0], "x", 1, twice, 2), 0);
    assert_int_equal(brink_pass_receive(ends[1], text, sizeof text, came, &room), -EMSGSIZE);
    assert_int_equal(room, 0);
    room = 2;
    assert_int_equal(brink_pass_send(ends[0], "too long", 8, twice, 2), 0);
    assert_int_equal(brink_pass_receive(ends[1], text, sizeof text, came, &room), -EMSGSIZE);
    assert_int_equal(room, 0);
    assert_int_equal(lowest_free(), before);
    assert_int_equal(brink_pass_send(ends[0], "x", 1, twice, BRINK_PASS_MOST + 1), -EMSGSIZE);
    (void)close(ends[0]);
    (void)close(ends[1]);
}

static void what_has_gone_is_an_error_value(void **state)
{
    (void)state;
    char text[4];
    size_t none = 0;
    assert_int_equal(brink_pass_receive(-1, text, sizeof text, NULL, &none), -EBADF);
    assert_int_equal(brink_pass_send(-1, "x", 1, NULL, 0), -EBADF);
}

static void all_from_a_number_on_are_closed(void **state)
{
    (void)state;
    int status = 0;
    pid_t pid = fork();
    if (pid == 0) {
        bool good = dup2(0, 20) == 20 && dup2(0, 21) == 21 && dup2(0, 90) == 90;
        brink_pass_close_from(21);
        _exit(good && is_open(20) && !is_open(21) && !is_open(90) ? 0 : 1);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages_stay_apart),
        cmocka_unit_test(descriptors_come_with_a_message),
        cmocka_unit_test(what_has_no_room_leaves_nothing_open),
        cmocka_unit_test(what_has_gone_is_an_error_value),
        cmocka_unit_test(all_from_a_number_on_are_closed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
