/* The sandbox as a whole, in a child: what it says of itself, with kernels that have it and not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <seccomp.h>
#include <stdlib.h>

#include "app/sandbox/sandbox.h"
#include "unit/app/sandbox/confined.h"

static char told[4096];

/* What it logs. */
static void tell(const struct brink_sandbox *sandbox)
{
    struct brink_logger logger;
    int fds[2];
    MUST(pipe(fds) == 0);
    brink_logger_init(&logger, fds[1], BRINK_LOG_INFO);
    brink_sandbox_log(sandbox, &logger);
    ssize_t got = read(fds[0], told, sizeof told - 1);
    MUST(got > 0);
    told[got] = '\0';
    brink_logger_close(&logger);
}

static void enter(struct brink_sandbox *sandbox, const struct brink_sandbox_options *options)
{
    struct brink_message why = {""};
    MUST(!brink_failed(brink_sandbox_open(sandbox, options, &why)));
    MUST(!brink_failed(brink_sandbox_enter(sandbox, &why)));
    tell(sandbox);
}

static bool reads(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd >= 0)
        (void)close(fd);
    return fd >= 0;
}

static bool executes(void)
{
    static char *const none[] = {NULL};
    return execve("/nowhere", none, none) == -1 && errno == ENOENT;
}

static int all_of_it(void)
{
    struct brink_sandbox sandbox = {0};
    struct brink_paths wanted = {0};
    struct brink_message why = {""};
    enter(&sandbox, &(struct brink_sandbox_options){0});
    if (!sandbox.seccomp || sandbox.landlock == 0) {
        MUST(strstr(told, "=no") != NULL);
        return CONFINED_LACKS;
    }
    MUST(strstr(told, "event=sandbox seccomp=yes landlock=") != NULL);
    MUST(strstr(told, "level=warn") == NULL);
    MUST(!reads("/usr/bin/env") && reads("/etc/passwd") && !executes());
    MUST(!brink_failed(brink_paths_add(&wanted, "/etc/passwd", BRINK_PATH_READ)));
    MUST(brink_sandbox_allows(&sandbox, &wanted, &why));
    MUST(!brink_failed(brink_paths_add(&wanted, "/usr/bin/env", BRINK_PATH_READ)));
    MUST(!brink_sandbox_allows(&sandbox, &wanted, &why));
    MUST(strstr(why.text, "needs a restart or an upgrade") != NULL);
    brink_paths_free(&wanted);
    brink_sandbox_close(&sandbox);
    return 0;
}

static void files_and_calls_are_denied(void **state)
{
    (void)state;
    assert_confined(all_of_it);
}

static int none_of_it(void)
{
    struct brink_sandbox sandbox = {0};
    struct brink_paths wanted = {0};
    struct brink_message why = {""};
    enter(&sandbox, &(struct brink_sandbox_options){.off = true});
    MUST(strstr(told, "event=sandbox seccomp=no landlock=no user=") != NULL);
    MUST(strstr(told, " reason=no-sandbox") != NULL && strstr(told, "level=warn") == NULL);
    MUST(reads("/usr/bin/env") && executes());
    MUST(!brink_failed(brink_paths_add(&wanted, "/usr/bin/env", BRINK_PATH_READ)));
    MUST(brink_sandbox_allows(&sandbox, &wanted, &why));
    MUST(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1);
    brink_paths_free(&wanted);
    brink_sandbox_close(&sandbox);
    return 0;
}

static void turned_off_it_denies_nothing(void **state)
{
    (void)state;
    assert_int_equal(confined(none_of_it), 0);
}

/* As a kernel before 5.13, built without filters. */
static void lack(void)
{
    static const int calls[] = {SCMP_SYS(landlock_create_ruleset), SCMP_SYS(seccomp)};
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
    MUST(filter != NULL);
    for (int i = 0; i < 2; i++)
        MUST(seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), calls[i], 0) == 0);
    const struct scmp_arg_cmp another = {.op = SCMP_CMP_EQ, .datum_a = PR_SET_SECCOMP};
    MUST(seccomp_rule_add(filter, SCMP_ACT_ERRNO(EINVAL), SCMP_SYS(prctl), 1, another) == 0);
    int refused = seccomp_load(filter);
    seccomp_release(filter);
    if (refused != 0)
        _exit(CONFINED_LACKS);
}

static int without_either(void)
{
    struct brink_sandbox sandbox = {0};
    lack();
    enter(&sandbox, &(struct brink_sandbox_options){0});
    if (strstr(told, "reason=instrumented-build") != NULL)
        return CONFINED_LACKS;
    MUST(!sandbox.seccomp && sandbox.landlock == 0);
    MUST(strstr(told, "level=info event=sandbox seccomp=no landlock=no ") != NULL);
    MUST(strstr(told, "level=warn event=sandbox-incomplete lacks=seccomp reason=") != NULL);
    MUST(strstr(told, "level=warn event=sandbox-incomplete lacks=landlock reason=") != NULL);
    brink_sandbox_close(&sandbox);
    return 0;
}

static void a_kernel_that_lacks_it_is_no_failure(void **state)
{
    (void)state;
    assert_confined(without_either);
}

static int root_stays(void)
{
    struct brink_sandbox sandbox = {0};
    enter(&sandbox, &(struct brink_sandbox_options){.warns = true});
    MUST(strstr(told, " user=root") != NULL);
    MUST(strstr(told, "level=warn event=root-stays advice=\"write user = NAME") != NULL);
    brink_sandbox_close(&sandbox);
    return 0;
}

static int root_goes(void)
{
    struct brink_sandbox sandbox = {0};
    enter(&sandbox, &(struct brink_sandbox_options){.user = "nobody", .warns = true});
    MUST(strstr(told, " user=nobody") != NULL && strstr(told, "root-stays") == NULL);
    MUST(getuid() != 0);
    brink_sandbox_close(&sandbox);
    return 0;
}

static void root_that_stays_is_told(void **state)
{
    (void)state;
    if (geteuid() != 0)
        skip();
    assert_int_equal(confined(root_stays), 0);
    assert_int_equal(confined(root_goes), 0);
}

static void a_user_that_is_not_there_is_a_failure(void **state)
{
    (void)state;
    struct brink_sandbox sandbox = {0};
    struct brink_message why;
    struct brink_sandbox_options options = {.off = true, .user = "no-such-user"};
    assert_int_equal(brink_sandbox_open(&sandbox, &options, &why).err, ENOENT);
    brink_sandbox_close(&sandbox);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_and_calls_are_denied),
        cmocka_unit_test(turned_off_it_denies_nothing),
        cmocka_unit_test(a_kernel_that_lacks_it_is_no_failure),
        cmocka_unit_test(root_that_stays_is_told),
        cmocka_unit_test(a_user_that_is_not_there_is_a_failure),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
