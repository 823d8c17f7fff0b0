/* Where lines go, and what becomes of those that cannot. */
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
#include <unistd.h>

#include "app/log/output.h"

static void a_full_pipe_drops(void **state)
{
    (void)state;
    int ends[2];
    char line[BRINK_LOG_LINE_SIZE];
    unsigned lines = 0;
    memset(line, 'x', sizeof line);
    assert_int_equal(pipe2(ends, O_NONBLOCK), 0);
    struct brink_log_output output = {.fd = ends[1]};
    while (brink_log_output_put(&output, line, sizeof line))
        assert_true(++lines < 100000);
    assert_true(lines > 0);
    assert_int_equal(output.dropped, 1);
    assert_false(brink_log_output_put(&output, "y\n", 2));
    assert_int_equal(output.dropped, 2);
    assert_int_equal(read(ends[0], line, sizeof line), sizeof line);
    assert_true(brink_log_output_put(&output, "z\n", 2));
    assert_int_equal(output.dropped, 2); /* until somebody tells of them */
    brink_log_output_close(&output);
    assert_int_equal(close(ends[1]), 0); /* it was not the output's */
    (void)close(ends[0]);
}

static void what_cannot_be_written_is_counted(void **state)
{
    (void)state;
    struct brink_log_output output = {.fd = open("/dev/full", O_WRONLY | O_CLOEXEC)};
    assert_true(output.fd >= 0);
    assert_false(brink_log_output_put(&output, "x\n", 2));
    assert_int_equal(output.dropped, 1);
    (void)close(output.fd);
}

static void a_file_is_changed_for_another(void **state)
{
    (void)state;
    char folder[] = "/tmp/brink-output-XXXXXX";
    char path[64];
    char text[16] = "";
    struct brink_log_output output;
    struct brink_message why;
    (void)snprintf(path, sizeof path, "%s/log", mkdtemp(folder));
    assert_int_equal(brink_log_output_open(&output, path, &why).err, 0);
    assert_ptr_equal(output.file, path);
    assert_true(brink_log_output_put(&output, "one\n", 4));
    int fd = open(path, O_RDWR | O_APPEND | O_CLOEXEC);
    int old = brink_log_output_turn(&output, fd);
    assert_int_equal(close(old), 0);
    assert_true(brink_log_output_put(&output, "two\n", 4));
    assert_int_equal(pread(fd, text, sizeof text, 0), 8);
    assert_string_equal(text, "one\ntwo\n");
    brink_log_output_close(&output);
    assert_int_equal(close(fd), -1); /* it was closed */
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(folder), 0);
    assert_int_equal(brink_log_output_open(&output, path, &why).err, ENOENT);
    assert_non_null(strstr(why.text, path));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_full_pipe_drops),
        cmocka_unit_test(what_cannot_be_written_is_counted),
        cmocka_unit_test(a_file_is_changed_for_another),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
