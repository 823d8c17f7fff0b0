/* Reading small files, and watching folders. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sys/files.h"

struct place {
    char folder[64];
    char path[80];
};

static void open_place(struct place *place)
{
    (void)snprintf(place->folder, sizeof place->folder, "/tmp/brink-files-test-XXXXXX");
    assert_non_null(mkdtemp(place->folder));
    (void)snprintf(place->path, sizeof place->path, "%s/file", place->folder);
}

static void close_place(struct place *place)
{
    (void)unlink(place->path);
    assert_int_equal(rmdir(place->folder), 0);
}

static void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static bool is_told(int fd)
{
    struct pollfd poll_fd = {.fd = fd, .events = POLLIN};
    return poll(&poll_fd, 1, 0) == 1;
}

static void a_file_is_read_whole_or_not_at_all(void **state)
{
    (void)state;
    struct place place;
    char buffer[8];
    open_place(&place);
    assert_int_equal(brink_file_read(place.path, buffer, sizeof buffer), -ENOENT);
    write_file(place.path, "12345678");
    assert_int_equal(brink_file_read(place.path, buffer, sizeof buffer), 8);
    assert_memory_equal(buffer, "12345678", 8);
    assert_int_equal(brink_file_read(place.path, buffer, 7), -EFBIG);
    write_file(place.path, "");
    assert_int_equal(brink_file_read(place.path, buffer, sizeof buffer), 0);
    close_place(&place);
}

static void what_is_no_file_is_refused_without_waiting(void **state)
{
    (void)state;
    struct place place;
    char buffer[8];
    open_place(&place);
    assert_int_equal(brink_file_read(place.folder, buffer, sizeof buffer), -EISDIR);
    assert_int_equal(mkfifo(place.path, 0600), 0);
    assert_int_equal(brink_file_read(place.path, buffer, sizeof buffer), -ENOTSUP);
    assert_int_equal(brink_file_read("/dev/zero", buffer, sizeof buffer), -ENOTSUP);
    close_place(&place);
}

static void a_folder_tells_of_what_was_written(void **state)
{
    (void)state;
    struct place place;
    open_place(&place);
    int fd = brink_folder_watch_open();
    assert_true(fd >= 0);
    assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
    assert_true(fcntl(fd, F_GETFL) & O_NONBLOCK);
    assert_int_equal(brink_folder_watch_add(fd, place.path), 0);
    assert_false(is_told(fd));
    FILE *file = fopen(place.path, "w");
    assert_non_null(file);
    assert_true(is_told(fd)); /* there is a file */
    assert_int_equal(brink_folder_watch_clear(fd), 0);
    assert_true(fputs("x", file) >= 0);
    assert_int_equal(fflush(file), 0);
    assert_false(is_told(fd)); /* it is being written */
    assert_int_equal(fclose(file), 0);
    assert_true(is_told(fd));
    assert_int_equal(brink_folder_watch_clear(fd), 0);
    assert_false(is_told(fd));
    assert_int_equal(unlink(place.path), 0);
    assert_true(is_told(fd));
    (void)close(fd);
    close_place(&place);
}

static void a_link_s_end_is_watched_as_well(void **state)
{
    (void)state;
    struct place place, other;
    open_place(&place);
    open_place(&other);
    write_file(other.path, "");
    assert_int_equal(symlink(other.path, place.path), 0);
    int fd = brink_folder_watch_open();
    assert_int_equal(brink_folder_watch_add(fd, place.path), 0);
    write_file(other.path, "x");
    assert_true(is_told(fd));
    (void)close(fd);
    close_place(&place);
    close_place(&other);
}

static void what_cannot_be_watched_is_told(void **state)
{
    (void)state;
    static char longest[5000];
    int fd = brink_folder_watch_open();
    assert_int_equal(brink_folder_watch_add(fd, "/nonexistent/file"), -ENOENT);
    assert_int_equal(brink_folder_watch_add(fd, "/dev/null/file"), -ENOTDIR);
    assert_int_equal(brink_folder_watch_add(fd, "in-the-working-folder"), 0);
    assert_int_equal(brink_folder_watch_add(fd, "/in-the-root"), 0);
    memset(longest, 'x', sizeof longest - 1);
    longest[sizeof longest - 3] = '/';
    assert_int_equal(brink_folder_watch_add(fd, longest), -ENAMETOOLONG);
    (void)close(fd);
    assert_int_equal(brink_folder_watch_clear(fd), -EBADF);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_is_read_whole_or_not_at_all),
        cmocka_unit_test(what_is_no_file_is_refused_without_waiting),
        cmocka_unit_test(a_folder_tells_of_what_was_written),
        cmocka_unit_test(a_link_s_end_is_watched_as_well),
        cmocka_unit_test(what_cannot_be_watched_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
