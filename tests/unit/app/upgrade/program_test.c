/* Which file this program is, however it was called, and with which words. The test calls itself.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "app/upgrade/program.h"

#define TELL "BRINK_TEST_TELL"

/* What a process that was called in some way makes of it. */
static int tell(char **argv)
{
    struct brink_program program;
    struct brink_message why;
    argv[0] = NULL; /* as main's own may be changed */
    if (brink_failed(brink_program_read(&program, &why)))
        return 1;
    (void)printf("%s", program.path);
    for (char **word = program.argv; *word != NULL; word++)
        (void)printf("|%s", *word);
    brink_program_free(&program);
    return fflush(stdout);
}

static char self[PATH_MAX];
static char folder[] = "/tmp/brink-program-XXXXXX";

struct call {
    const char *in;   /* the folder it is called in; NULL: any */
    const char *path; /* the PATH variable; NULL: as it is */
    const char *words[4];
};

static void call(const struct call *how)
{
    if (how->in != NULL && chdir(how->in) != 0)
        _exit(1);
    if (how->path != NULL)
        (void)setenv("PATH", how->path, 1);
    (void)setenv(TELL, "1", 1);
    (void)execv(self, (char **)(uintptr_t)how->words);
    _exit(1);
}

static void expect(const struct call *how, const char *wanted)
{
    static char told[4 * PATH_MAX];
    int fds[2];
    int status = 0;
    size_t size = 0;
    ssize_t got;
    assert_int_equal(pipe(fds), 0);
    pid_t pid = fork();
    if (pid == 0) {
        (void)dup2(fds[1], STDOUT_FILENO);
        call(how);
    }
    (void)close(fds[1]);
    while ((got = read(fds[0], told + size, sizeof told - 1 - size)) > 0)
        size += (size_t)got;
    told[size] = '\0';
    (void)close(fds[0]);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    assert_string_equal(told, wanted);
}

static void it_is_found_as_it_was_called(void **state)
{
    (void)state;
    char link[64];
    char wanted[3 * PATH_MAX];
    (void)snprintf(link, sizeof link, "%s/linked", folder);
    assert_int_equal(symlink(self, link), 0);

    (void)snprintf(wanted, sizeof wanted, "%s|%s|-c|a b", self, self);
    expect(&(struct call){.words = {self, "-c", "a b"}}, wanted);
    (void)snprintf(wanted, sizeof wanted, "%s|%s|", link, link); /* a link may be turned */
    expect(&(struct call){.words = {link, ""}}, wanted);
    (void)snprintf(wanted, sizeof wanted, "%s/./linked|./linked", folder);
    expect(&(struct call){.in = folder, .words = {"./linked"}}, wanted);
    (void)snprintf(wanted, sizeof wanted, "%s|linked|run", link);
    expect(&(struct call){.path = "/nowhere:/tmp:", .in = folder, .words = {"linked", "run"}},
           wanted);
    expect(&(struct call){.path = folder, .in = "/", .words = {"linked", "run"}}, wanted);
    (void)snprintf(wanted, sizeof wanted, "/%s|linked", link);
    expect(&(struct call){.path = folder + 1, .in = "/", .words = {"linked"}}, wanted);
    (void)unlink(link);
}

static void else_where_its_file_is(void **state)
{
    (void)state;
    char wanted[3 * PATH_MAX];
    const char *names[] = {"nowhere", "/nowhere/brink", "sh", "/bin/sh", ""};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        (void)snprintf(wanted, sizeof wanted, "%s|%s", self, names[i]);
        expect(&(struct call){.words = {names[i]}}, wanted);
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_found_as_it_was_called),
        cmocka_unit_test(else_where_its_file_is),
    };
    (void)argc;
    if (getenv(TELL) != NULL)
        return tell(argv);
    ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
    if (length < 0 || mkdtemp(folder) == NULL)
        return 1;
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    (void)rmdir(folder);
    return failed;
}
