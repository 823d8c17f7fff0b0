/* Log files, and telling the journal from other streams. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/log/file.h"

static char folder[] = "/tmp/brink-log-file-XXXXXX";
static char path[64];

static int make_folder(void **state)
{
    (void)state;
    (void)snprintf(path, sizeof path, "%s/log", mkdtemp(folder));
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    return rmdir(folder);
}

static void a_file_is_made_and_appended_to(void **state)
{
    (void)state;
    struct stat about;
    struct brink_message why;
    for (int i = 1; i <= 2; i++) {
        int fd = -1;
        assert_int_equal(brink_log_file_open(path, &fd, &why).err, 0);
        assert_int_equal(write(fd, "line\n", 5), 5);
        assert_int_equal(fstat(fd, &about), 0);
        assert_int_equal(about.st_size, 5 * i);
        assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
        (void)close(fd);
    }
    assert_int_equal(about.st_mode & 0007, 0);
    (void)unlink(path);
}

static void what_cannot_be_opened_is_told(void **state)
{
    (void)state;
    int fd = -7;
    struct brink_message why;
    assert_int_equal(brink_log_file_open("/nowhere/at/all", &fd, &why).err, ENOENT);
    assert_int_equal(fd, -7);
    assert_non_null(strstr(why.text, "/nowhere/at/all cannot be opened: No such file"));
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_int_equal(brink_log_file_open(path, &fd, &why).err, ENXIO); /* does not wait */
    (void)unlink(path);
}

static void the_journal_is_known_by_its_inode(void **state)
{
    (void)state;
    int ends[2];
    struct stat about;
    char stream[64];
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(fstat(ends[1], &about), 0);
    (void)snprintf(stream, sizeof stream, "%llu:%llu", (unsigned long long)about.st_dev,
                   (unsigned long long)about.st_ino);
    assert_true(brink_log_file_is_journal(ends[1], stream));
    assert_false(brink_log_file_is_journal(ends[1], NULL));
    assert_false(brink_log_file_is_journal(ends[1], ""));
    assert_false(brink_log_file_is_journal(ends[1], "1:2"));
    assert_false(brink_log_file_is_journal(-1, stream));
    (void)strncat(stream, "0", 2);
    assert_false(brink_log_file_is_journal(ends[1], stream));
    (void)close(ends[0]);
    (void)close(ends[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_is_made_and_appended_to),
        cmocka_unit_test(what_cannot_be_opened_is_told),
        cmocka_unit_test(the_journal_is_known_by_its_inode),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
