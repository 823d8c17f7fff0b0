/* Which files and folders a configuration needs. */
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

#include "app/sandbox/paths.h"

static char root[] = "/tmp/brink-paths-XXXXXX";

static const char *in(const char *name)
{
    static char path[2][128];
    static int turn;
    turn = !turn;
    (void)snprintf(path[turn], sizeof path[turn], "%s/%s", root, name);
    return path[turn];
}

/* Its uses; 0 if it is not among them. */
static unsigned uses(const struct brink_paths *paths, const char *name)
{
    for (size_t i = 0; i < paths->count; i++)
        if (strcmp(paths->all[i].name, name) == 0)
            return paths->all[i].uses;
    return 0;
}

static void ok(brink_result result)
{
    assert_int_equal(result.err, 0);
}

static void a_path_stands_once_with_all_its_uses(void **state)
{
    (void)state;
    struct brink_paths paths = {0};
    ok(brink_paths_add(&paths, in("conf"), BRINK_PATH_READ));
    ok(brink_paths_add(&paths, in("run/../conf"), BRINK_PATH_SOCKET));
    ok(brink_paths_add(&paths, in("nothing"), BRINK_PATH_READ));
    assert_int_equal(paths.count, 1);
    assert_int_equal(uses(&paths, in("conf")), BRINK_PATH_READ | BRINK_PATH_SOCKET);
    brink_paths_free(&paths);
    assert_int_equal(paths.count, 0);
}

static void many_are_kept(void **state)
{
    (void)state;
    struct brink_paths paths = {0};
    struct brink_paths more = {0};
    char name[32];
    for (int i = 0; i < 40; i++) {
        (void)snprintf(name, sizeof name, "many-%d", i);
        assert_int_equal(mkdir(in(name), 0700), 0);
        ok(brink_paths_add(&paths, in(name), BRINK_PATH_READ));
        assert_int_equal(rmdir(in(name)), 0);
    }
    assert_int_equal(paths.count, 40);
    assert_int_equal(uses(&paths, in("many-39")), BRINK_PATH_READ);
    ok(brink_paths_add(&more, in("run"), BRINK_PATH_SOCKET));
    ok(brink_paths_join(&paths, &more));
    ok(brink_paths_join(&paths, NULL));
    assert_int_equal(paths.count, 41);
    brink_paths_free(&more);
    brink_paths_free(&paths);
}

static void a_file_may_be_written_anew_also_behind_a_link(void **state)
{
    (void)state;
    struct brink_paths paths = {0};
    ok(brink_paths_add_folder(&paths, in("conf/link"), BRINK_PATH_READ));
    assert_int_equal(uses(&paths, in("conf")), BRINK_PATH_READ);
    assert_int_equal(uses(&paths, in("run")), BRINK_PATH_READ);
    assert_int_equal(paths.count, 2);
    brink_paths_free(&paths);
}

static void a_file_without_a_folder_is_of_this_one(void **state)
{
    (void)state;
    struct brink_paths paths = {0};
    char here[4096];
    assert_non_null(getcwd(here, sizeof here));
    ok(brink_paths_add_folder(&paths, "brink.conf", BRINK_PATH_READ));
    assert_int_equal(uses(&paths, here), BRINK_PATH_READ);
    brink_paths_free(&paths);
}

/* Else all there is could be read. */
static void the_root_folder_is_never_meant(void **state)
{
    (void)state;
    struct brink_paths paths = {0};
    ok(brink_paths_add_folder(&paths, "/etc", BRINK_PATH_READ | BRINK_PATH_CREATE));
    assert_int_equal(uses(&paths, "/etc"), BRINK_PATH_READ);
    assert_int_equal(uses(&paths, "/"), 0);
    brink_paths_free(&paths);
}

static void a_log_is_its_folder_unless_it_is_no_file(void **state)
{
    (void)state;
    struct brink_paths paths = {0};
    ok(brink_paths_add_log(&paths, in("log/brink.log")));
    ok(brink_paths_add_log(&paths, NULL));
    assert_int_equal(uses(&paths, in("log")), BRINK_PATH_WRITE | BRINK_PATH_CREATE);
    assert_int_equal(uses(&paths, in("log/brink.log")), BRINK_PATH_WRITE | BRINK_PATH_OWN);
    brink_paths_free(&paths);
    ok(brink_paths_add_log(&paths, "/dev/null"));
    assert_int_equal(uses(&paths, "/dev/null"), BRINK_PATH_WRITE);
    assert_int_equal(uses(&paths, "/dev"), 0);
    brink_paths_free(&paths);
}

static void a_server_needs_its_sockets_and_its_files(void **state)
{
    (void)state;
    char plain[128];
    char socket[128];
    char servers[128];
    struct brink_paths paths = {0};
    const char *const addresses[] = {"127.0.0.1:80", socket, "unix:@abstract", "fd:3"};
    (void)snprintf(plain, sizeof plain, "unix:%s", in("log/socket"));
    (void)snprintf(socket, sizeof socket, "unix:%s", in("run/socket"));
    (void)snprintf(servers, sizeof servers, "%s", in("conf/servers"));
    struct brink_listener_options listener = {.listen = addresses, .listen_count = 4};
    struct brink_upstream_options upstreams[] = {{.name = "a"}, {.name = "b", .file = servers}};
    struct brink_server_options options = {.listeners = &listener,
                                           .listener_count = 1,
                                           .upstreams = upstreams,
                                           .upstream_count = 2,
                                           .listen = {plain},
                                           .listen_count = 1};
    ok(brink_paths_add_server(&paths, &options));
    assert_int_equal(uses(&paths, in("run")), BRINK_PATH_SOCKET);
    assert_int_equal(uses(&paths, in("run/socket")), BRINK_PATH_OWN);
    assert_int_equal(uses(&paths, in("log")), BRINK_PATH_SOCKET);
    assert_int_equal(uses(&paths, in("conf")), BRINK_PATH_READ);
    assert_int_equal(paths.count, 5);
    brink_paths_free(&paths);
}

static void the_system_is_what_names_need(void **state)
{
    (void)state;
    struct brink_paths paths = {0};
    ok(brink_paths_add_system(&paths));
    assert_int_equal(uses(&paths, "/etc"), BRINK_PATH_READ);
    assert_int_equal(uses(&paths, "/dev/null"), BRINK_PATH_READ | BRINK_PATH_WRITE);
    for (size_t i = 0; i < paths.count; i++)
        assert_true(paths.all[i].uses == BRINK_PATH_READ ||
                    strcmp(paths.all[i].name, "/dev/null") == 0);
    brink_paths_free(&paths);
}

static void what_is_not_covered_is_named(void **state)
{
    (void)state;
    struct brink_paths allowed = {0};
    struct brink_paths wanted = {0};
    struct brink_message why;
    ok(brink_paths_add(&allowed, in("conf"), BRINK_PATH_READ));
    ok(brink_paths_add(&allowed, in("log"), BRINK_PATH_WRITE | BRINK_PATH_CREATE));
    ok(brink_paths_add(&wanted, in("conf/link"), BRINK_PATH_READ)); /* is run/socket */
    assert_false(brink_paths_cover(&allowed, &wanted, &why));
    assert_non_null(strstr(why.text, "run/socket needs a restart or an upgrade"));
    assert_non_null(strstr(why.text, "lets brink read only"));
    ok(brink_paths_add(&allowed, in("run"), BRINK_PATH_READ));
    assert_true(brink_paths_cover(&allowed, &wanted, &why));
    ok(brink_paths_add(&wanted, in("run"), BRINK_PATH_SOCKET));
    assert_false(brink_paths_cover(&allowed, &wanted, &why));
    assert_non_null(strstr(why.text, "lets brink make sockets only"));
    ok(brink_paths_add(&allowed, in("run"), BRINK_PATH_SOCKET));
    ok(brink_paths_add(&wanted, in("conf"), BRINK_PATH_WRITE | BRINK_PATH_CREATE));
    assert_false(brink_paths_cover(&allowed, &wanted, &why));
    assert_non_null(strstr(why.text, "lets brink write only"));
    ok(brink_paths_add(&allowed, "/", BRINK_PATH_WRITE | BRINK_PATH_CREATE));
    assert_true(brink_paths_cover(&allowed, &wanted, &why));
    brink_paths_free(&allowed);
    brink_paths_free(&wanted);
}

/* "/etc/brink2" is not below "/etc/brink". */
static void a_name_that_begins_alike_is_not_below(void **state)
{
    (void)state;
    struct brink_paths allowed = {0};
    struct brink_paths wanted = {0};
    struct brink_message why;
    ok(brink_paths_add(&allowed, in("conf"), BRINK_PATH_READ));
    ok(brink_paths_add(&wanted, in("conf2"), BRINK_PATH_READ));
    assert_false(brink_paths_cover(&allowed, &wanted, &why));
    brink_paths_free(&allowed);
    brink_paths_free(&wanted);
}

static const char *const folders[] = {"conf", "conf2", "log", "run"};
static const char *const files[] = {"conf/servers", "log/brink.log", "log/socket", "run/socket"};

static int set_up(void **state)
{
    (void)state;
    assert_non_null(mkdtemp(root));
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(mkdir(in(folders[i]), 0700), 0);
    for (size_t i = 0; i < 4; i++)
        (void)close(open(in(files[i]), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
    return symlink("../run/socket", in("conf/link"));
}

static int take_down(void **state)
{
    (void)state;
    (void)unlink(in("conf/link"));
    for (size_t i = 0; i < 4; i++)
        (void)unlink(in(files[i]));
    for (size_t i = 0; i < 4; i++)
        (void)rmdir(in(folders[i]));
    return rmdir(root);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_path_stands_once_with_all_its_uses),
        cmocka_unit_test(many_are_kept),
        cmocka_unit_test(a_file_may_be_written_anew_also_behind_a_link),
        cmocka_unit_test(a_file_without_a_folder_is_of_this_one),
        cmocka_unit_test(the_root_folder_is_never_meant),
        cmocka_unit_test(a_log_is_its_folder_unless_it_is_no_file),
        cmocka_unit_test(a_server_needs_its_sockets_and_its_files),
        cmocka_unit_test(the_system_is_what_names_need),
        cmocka_unit_test(what_is_not_covered_is_named),
        cmocka_unit_test(a_name_that_begins_alike_is_not_below),
    };
    return cmocka_run_group_tests(tests, set_up, take_down);
}
