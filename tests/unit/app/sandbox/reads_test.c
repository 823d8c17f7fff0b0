/* The folders that a configuration is read from. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/sandbox/reads.h"
#include "config/config.h"

static char root[] = "/tmp/brink-reads-XXXXXX";

static const char *in(const char *name)
{
    static char path[2][128];
    static int turn;
    turn = !turn;
    (void)snprintf(path[turn], sizeof path[turn], "%s/%s", root, name);
    return path[turn];
}

static bool has(const struct brink_paths *paths, const char *name)
{
    for (size_t i = 0; i < paths->count; i++)
        if (strcmp(paths->all[i].name, name) == 0)
            return paths->all[i].uses == BRINK_PATH_READ;
    return false;
}

static void write_file(const char *name, const char *text)
{
    int fd = open(in(name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    (void)close(fd);
}

static void what_is_read_is_noted_and_what_is_looked_through(void **state)
{
    (void)state;
    struct brink_paths paths = {0};
    struct brink_config_host host = brink_reads_host(&paths);
    struct brink_config *config;
    write_file("a/brink.conf", "include ../b/one.conf\n"
                               "include \"../c/*.conf\"\n");
    write_file("b/one.conf", "listener \"l\" { address = \"127.0.0.1:${PORT:-0}\"; "
                             "service = echo }\n");
    brink_result result = brink_config_read(&config, &host, in("a/brink.conf"));
    assert_int_equal(result.err, 0);
    assert_int_equal(config->server.listener_count, 1);
    assert_true(has(&paths, in("a")));
    assert_true(has(&paths, in("b")));
    assert_true(has(&paths, in("c"))); /* nothing is there yet */
    assert_int_equal(paths.count, 3);
    brink_config_free(config);
    brink_paths_free(&paths);
}

static void what_is_not_there_is_told_as_ever(void **state)
{
    (void)state;
    struct brink_paths paths = {0};
    struct brink_config_host host = brink_reads_host(&paths);
    struct brink_config *config;
    brink_result result = brink_config_read(&config, &host, in("a/nothing.conf"));
    assert_int_not_equal(result.err, 0);
    assert_int_equal(config->problems.errors, 1);
    brink_config_free(config);
    brink_paths_free(&paths);
}

static const char *const folders[] = {"a", "b", "c"};

static int set_up(void **state)
{
    (void)state;
    assert_non_null(mkdtemp(root));
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(mkdir(in(folders[i]), 0700), 0);
    return 0;
}

static int take_down(void **state)
{
    (void)state;
    (void)unlink(in("a/brink.conf"));
    (void)unlink(in("b/one.conf"));
    for (size_t i = 0; i < 3; i++)
        (void)rmdir(in(folders[i]));
    return rmdir(root);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_read_is_noted_and_what_is_looked_through),
        cmocka_unit_test(what_is_not_there_is_told_as_ever),
    };
    return cmocka_run_group_tests(tests, set_up, take_down);
}
