/* Reading the configuration anew, in a process that serves it. */
#include "support/served.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/serve/reload.h"
#include "config/host.h"
#include "unit/app/managed.h"

static const char one[] = "workers = 1\n"
                          "listener \"one\" { address = 127.0.0.1:0; service = echo }\n";

struct fixture {
    char path[64];
    struct brink_config *config;
    struct brink_logger logger;
    struct brink_server *server;
    struct brink_sandbox sandbox; /* not in force */
    struct brink_notify notify;
    struct brink_listen_fds fds;
    struct brink_admin_program program;
    struct brink_reload reload;
    struct brink_message why;
    struct managed manager;
    int log[2];
};

static void write_file(const struct fixture *fixture, const char *text)
{
    FILE *file = fopen(fixture->path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static void begin(struct fixture *fixture, const char *text)
{
    memset(fixture, 0, sizeof *fixture);
    (void)snprintf(fixture->path, sizeof fixture->path, "/tmp/brink-reload-%ld", (long)getpid());
    write_file(fixture, text);
    assert_int_equal(
        brink_config_read(&fixture->config, &brink_config_host_system, fixture->path).err, 0);
    assert_int_equal(pipe(fixture->log), 0);
    brink_logger_init(&fixture->logger, fixture->log[1], BRINK_LOG_INFO);
    struct brink_server_options options = fixture->config->server;
    options.log = brink_logger_log(&fixture->logger);
    fixture->server = served_start(&options);
    managed_open(&fixture->manager, true);
    struct brink_notify_environment told = {.socket = fixture->manager.name};
    assert_int_equal(
        brink_notify_init(&fixture->notify, &brink_sys_linux, &told, 1, &fixture->why).err, 0);
    struct brink_reload_settings settings = {.path = fixture->path,
                                             .config = fixture->config,
                                             .server = fixture->server,
                                             .logger = &fixture->logger,
                                             .sandbox = &fixture->sandbox,
                                             .notify = &fixture->notify,
                                             .fds = &fixture->fds,
                                             .program = &fixture->program};
    brink_reload_init(&fixture->reload, &settings);
}

static void end(struct fixture *fixture)
{
    assert_true(served_stop(fixture->server, 1000));
    brink_config_free(fixture->config);
    managed_close(&fixture->manager);
    (void)unlink(fixture->path);
    (void)close(fixture->log[0]);
    (void)close(fixture->log[1]);
}

static const char *logged(struct fixture *fixture)
{
    static char text[16384];
    ssize_t got = read(fixture->log[0], text, sizeof text - 1);
    assert_true(got > 0);
    text[got] = '\0';
    return text;
}

static void is_refused(struct fixture *fixture, const char *text, const char *name)
{
    write_file(fixture, text);
    assert_true(brink_failed(brink_reload_run(&fixture->reload, &fixture->why)));
    if (strstr(fixture->why.text, name) == NULL)
        fail_msg("%s is not named: %s", name, fixture->why.text);
    assert_true(atomic_load(&fixture->program.config_failed));
}

static uint32_t drain_ms(struct fixture *fixture)
{
    struct brink_reload_terms terms;
    brink_reload_terms(&fixture->reload, &terms);
    return terms.stopping.drain.timeout_ms;
}

static void the_file_is_taken_over(void **state)
{
    (void)state;
    static struct fixture fixture;
    char text[512];
    begin(&fixture, one);
    (void)snprintf(text, sizeof text,
                   "%sdrain-timeout = 7s\nlog-level = debug\n"
                   "listener \"two\" { address = 127.0.0.1:0; service = echo }\n",
                   one);
    write_file(&fixture, text);
    assert_int_equal(drain_ms(&fixture), 30000);
    if (brink_failed(brink_reload_run(&fixture.reload, &fixture.why)))
        fail_msg("%s", fixture.why.text);
    struct brink_server_listener_stats stats;
    assert_true(brink_server_listener_stats(fixture.server, 1, &stats));
    assert_string_equal(stats.name, "two");
    assert_int_equal(drain_ms(&fixture), 7000);
    assert_int_equal(brink_logger_log(&fixture.logger).level, BRINK_LOG_DEBUG);
    assert_int_equal(atomic_load(&fixture.program.reloads), 1);
    assert_non_null(strstr(logged(&fixture), "event=reload listeners_added=1"));
    end(&fixture);
}

static void an_operators_level_stays_until_the_file_says_another(void **state)
{
    (void)state;
    static struct fixture fixture;
    begin(&fixture, one);
    brink_logger_set_level(&fixture.logger, BRINK_LOG_ERROR);
    assert_int_equal(brink_reload_run(&fixture.reload, &fixture.why).err, 0);
    assert_int_equal(brink_logger_log(&fixture.logger).level, BRINK_LOG_ERROR);
    end(&fixture);
}

static void what_is_wrong_with_it_is_told(void **state)
{
    (void)state;
    static struct fixture fixture;
    begin(&fixture, one);
    is_refused(&fixture, "listener \"one\" { address = :0; service = echo }\nnonsense = 1\n",
               ":2: ");
    const char *log = logged(&fixture);
    assert_non_null(strstr(log, "event=config-error"));
    assert_non_null(strstr(log, "line=2"));
    assert_non_null(strstr(log, "event=reload-failed"));
    assert_int_equal(unlink(fixture.path), 0);
    assert_true(brink_failed(brink_reload_run(&fixture.reload, &fixture.why)));
    assert_int_equal(atomic_load(&fixture.program.reloads), 0);
    assert_int_equal(atomic_load(&fixture.program.reload_failures), 2);
    struct brink_server_stats stats;
    brink_server_stats(fixture.server, &stats);
    assert_int_equal(stats.max_clients, 4096);
    end(&fixture);
}

static void what_needs_a_restart_is_named(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"admin { address = off }\n", "admin"},
        {"log-file = /tmp/brink-none.log\n", "log-file"},
        {"log-format = json\n", "log-format"},
        {"access-log = off\n", "access-log"},
        {"user = nobody\n", "user"},
        {"sandbox = no\n", "sandbox"},
        {"dispatch = shared\n", "dispatch"},
    };
    static struct fixture fixture;
    char text[512];
    begin(&fixture, one);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        (void)snprintf(text, sizeof text, "%s%s", cases[i][0], one);
        is_refused(&fixture, text, cases[i][1]);
    }
    write_file(&fixture, one);
    assert_int_equal(brink_reload_run(&fixture.reload, &fixture.why).err, 0);
    assert_false(atomic_load(&fixture.program.config_failed));
    end(&fixture);
}

/* sd_notify(3) */
static void the_manager_is_told(void **state)
{
    (void)state;
    static struct fixture fixture;
    begin(&fixture, one);
    assert_int_equal(brink_reload_run(&fixture.reload, &fixture.why).err, 0);
    const char *told = managed_read(&fixture.manager);
    assert_ptr_equal(strstr(told, "RELOADING=1\nMONOTONIC_USEC="), told);
    told = managed_read(&fixture.manager);
    assert_ptr_equal(strstr(told, "READY=1\nSTATUS=Accepting"), told);
    is_refused(&fixture, "", "");
    (void)managed_read(&fixture.manager);
    assert_non_null(strstr(managed_read(&fixture.manager), "READY=1\nSTATUS=As before"));
    end(&fixture);
}

static void without_a_file_there_is_nothing_to_read(void **state)
{
    (void)state;
    static struct fixture fixture;
    begin(&fixture, one);
    fixture.reload.settings.path = "-";
    assert_int_equal(brink_reload_run(&fixture.reload, &fixture.why).err, ENOENT);
    assert_non_null(strstr(fixture.why.text, "standard input"));
    fixture.reload.settings.path = NULL;
    assert_int_equal(brink_reload_run(&fixture.reload, &fixture.why).err, ENOENT);
    managed_expect(&fixture.manager, "");
    end(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_file_is_taken_over),
        cmocka_unit_test(an_operators_level_stays_until_the_file_says_another),
        cmocka_unit_test(what_is_wrong_with_it_is_told),
        cmocka_unit_test(what_needs_a_restart_is_named),
        cmocka_unit_test(the_manager_is_told),
        cmocka_unit_test(without_a_file_there_is_nothing_to_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
