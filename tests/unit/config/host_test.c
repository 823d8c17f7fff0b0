/* Real files: their bytes, patterns, and why one cannot be read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sys/stat.h>

#include "config/host.h"

static const struct brink_config_host *const host = &brink_config_host_system;

static void write_file(const char *path, const char *text, size_t times)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    while (times-- > 0)
        assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static void a_file_is_read_whole(void **state)
{
    (void)state;
    char folder[] = "/tmp/brink-config-XXXXXX";
    char path[64];
    char pattern[64];
    struct brink_config_memory memory = {0};
    const char *text;
    size_t size;
    const char *const *paths;
    size_t count;
    assert_non_null(mkdtemp(folder));
    (void)snprintf(path, sizeof path, "%s/a.conf", folder);
    (void)snprintf(pattern, sizeof pattern, "%s/*.conf", folder);
    write_file(path, "0123456789", 10000);
    assert_false(brink_failed(host->load(NULL, path, &memory, &text, &size)));
    assert_int_equal(size, 100000);
    assert_memory_equal(text + 99990, "0123456789", 10);
    assert_false(brink_failed(host->match(NULL, pattern, &memory, &paths, &count)));
    assert_int_equal(count, 1);
    assert_string_equal(paths[0], path);
    write_file(path, "0123456789abcdef", BRINK_CONFIG_FILE_MAX / 16 + 1);
    assert_int_equal(host->load(NULL, path, &memory, &text, &size).err, EFBIG);
    assert_int_equal(unlink(path), 0);
    assert_false(brink_failed(host->match(NULL, pattern, &memory, &paths, &count)));
    assert_int_equal(count, 0);
    assert_int_equal(host->load(NULL, path, &memory, &text, &size).err, ENOENT);
    assert_int_equal(host->load(NULL, folder, &memory, &text, &size).err, EISDIR);
    assert_int_equal(rmdir(folder), 0);
    brink_config_memory_free(&memory);
}

static void a_fifo_is_not_waited_for(void **state)
{
    (void)state;
    char folder[] = "/tmp/brink-config-XXXXXX";
    char path[64];
    struct brink_config_memory memory = {0};
    const char *text;
    size_t size;
    assert_non_null(mkdtemp(folder));
    (void)snprintf(path, sizeof path, "%s/fifo", folder);
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_int_equal(host->load(NULL, path, &memory, &text, &size).err, EOPNOTSUPP);
    int ends[2];
    assert_int_equal(pipe(ends), 0); /* as a shell passes one */
    assert_int_equal(write(ends[1], "text", 4), 4);
    assert_int_equal(close(ends[1]), 0);
    char passed[64];
    (void)snprintf(passed, sizeof passed, "/dev/fd/%d", ends[0]);
    assert_int_equal(host->load(NULL, passed, &memory, &text, &size).err, 0);
    assert_int_equal(size, 4);
    (void)close(ends[0]);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(folder), 0);
    brink_config_memory_free(&memory);
}

static void variables_are_the_environment(void **state)
{
    (void)state;
    assert_int_equal(setenv("BRINK_TEST_VARIABLE", "there", 1), 0);
    assert_string_equal(host->variable(NULL, "BRINK_TEST_VARIABLE"), "there");
    assert_null(host->variable(NULL, "BRINK_TEST_NO_SUCH_VARIABLE"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_is_read_whole),
        cmocka_unit_test(a_fifo_is_not_waited_for),
        cmocka_unit_test(variables_are_the_environment),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
