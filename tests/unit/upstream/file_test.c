/* A servers file that is written, replaced, removed, and wrong; in a real folder. */
#include "support/discovery.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "upstream/file.h"

struct fixture {
    struct discovery discovery;
    struct brink_file_source source;
    char folder[64];
    char path[128];
};

static const char *in_folder(const struct fixture *fixture, const char *name)
{
    static char path[2][256];
    static unsigned turn;
    turn ^= 1;
    (void)snprintf(path[turn], sizeof path[turn], "%s/%s", fixture->folder, name);
    return path[turn];
}

static void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, strlen(text), file), strlen(text));
    assert_int_equal(fclose(file), 0);
}

static void open_folder(struct fixture *fixture, const char *name)
{
    memset(fixture, 0, sizeof *fixture);
    (void)snprintf(fixture->folder, sizeof fixture->folder, "/tmp/brink-file-test-XXXXXX");
    assert_non_null(mkdtemp(fixture->folder));
    (void)snprintf(fixture->path, sizeof fixture->path, "%s/%s", fixture->folder, name);
    discovery_start(&fixture->discovery);
}

static void start(struct fixture *fixture)
{
    struct brink_file_settings settings = {.group = &fixture->discovery.group,
                                           .source = 2,
                                           .upstream = "up",
                                           .log = &fixture->discovery.log,
                                           .path = fixture->path};
    brink_file_source_init(&fixture->source, &settings);
    assert_int_equal(brink_file_source_start(&fixture->source, &fixture->discovery.loop).err, 0);
}

static void stop(struct fixture *fixture)
{
    char command[128];
    brink_file_source_stop(&fixture->source);
    brink_file_source_stop(&fixture->source);               /* harmless */
    memset(&fixture->source, 0x5a, sizeof fixture->source); /* its memory may go */
    discovery_stop(&fixture->discovery);
    (void)snprintf(command, sizeof command, "rm -r %s", fixture->folder);
    assert_int_equal(system(command), 0);
}

static void expect(struct fixture *fixture, const char *servers)
{
    discovery_until_servers(&fixture->discovery, servers);
}

static void it_is_read_at_the_start_and_when_it_is_rewritten(void **state)
{
    (void)state;
    struct fixture fixture;
    open_folder(&fixture, "servers");
    write_file(fixture.path, "10.0.0.1:1 weight=5\n10.0.0.2:1 backup\n");
    start(&fixture);
    assert_string_equal(fixture.discovery.group.servers, "10.0.0.1:1*5/0 10.0.0.2:1*1/1 ");
    write_file(fixture.path, "10.0.0.3:1\n");
    expect(&fixture, "10.0.0.3:1*1/0 ");
    discovery_until_logged(&fixture.discovery, "event=servers-file upstream=up", 2);
    stop(&fixture);
}

static void it_may_be_replaced_many_times(void **state)
{
    (void)state;
    struct fixture fixture;
    char text[64];
    char wanted[64];
    open_folder(&fixture, "servers");
    write_file(fixture.path, "10.0.0.1:1");
    start(&fixture);
    for (int i = 2; i < 8; i++) {
        (void)snprintf(text, sizeof text, "10.0.0.%d:1", i);
        (void)snprintf(wanted, sizeof wanted, "10.0.0.%d:1*1/0 ", i);
        write_file(in_folder(&fixture, ".new"), text);
        assert_int_equal(rename(in_folder(&fixture, ".new"), fixture.path), 0);
        expect(&fixture, wanted);
    }
    stop(&fixture);
}

/* As Kubernetes does: servers -> ..data/servers, ..data -> ..one, which is exchanged for ..two. */
static void links_of_its_folder_may_be_turned_round(void **state)
{
    (void)state;
    struct fixture fixture;
    open_folder(&fixture, "servers");
    for (int i = 1; i <= 2; i++) {
        char text[32];
        const char *folder = i == 1 ? "..one" : "..two";
        assert_int_equal(mkdir(in_folder(&fixture, folder), 0700), 0);
        (void)snprintf(text, sizeof text, "10.0.0.%d:1", i);
        write_file(in_folder(&fixture, i == 1 ? "..one/servers" : "..two/servers"), text);
    }
    assert_int_equal(symlink("..one", in_folder(&fixture, "..data")), 0);
    assert_int_equal(symlink("..data/servers", fixture.path), 0);
    start(&fixture);
    assert_string_equal(fixture.discovery.group.servers, "10.0.0.1:1*1/0 ");
    assert_int_equal(symlink("..two", in_folder(&fixture, "..tmp")), 0);
    assert_int_equal(rename(in_folder(&fixture, "..tmp"), in_folder(&fixture, "..data")), 0);
    expect(&fixture, "10.0.0.2:1*1/0 ");
    write_file(in_folder(&fixture, "..two/servers"), "10.0.0.3:1"); /* where the link leads to */
    expect(&fixture, "10.0.0.3:1*1/0 ");
    stop(&fixture);
}

static void one_that_goes_leaves_the_servers_and_may_come_back(void **state)
{
    (void)state;
    struct fixture fixture;
    open_folder(&fixture, "servers");
    write_file(fixture.path, "10.0.0.1:1");
    start(&fixture);
    assert_int_equal(unlink(fixture.path), 0);
    discovery_until_logged(&fixture.discovery, "event=servers-file-unread", 1);
    discovery_forward(&fixture.discovery, 5000);
    discovery_turn(&fixture.discovery);
    assert_int_equal(discovery_logged(&fixture.discovery, "event=servers-file-unread"), 1);
    assert_string_equal(fixture.discovery.group.servers, "10.0.0.1:1*1/0 ");
    write_file(fixture.path, "10.0.0.2:1");
    expect(&fixture, "10.0.0.2:1*1/0 ");
    stop(&fixture);
}

static void one_that_is_not_there_yet_is_waited_for_and_so_is_its_folder(void **state)
{
    (void)state;
    struct fixture fixture;
    open_folder(&fixture, "later/servers");
    start(&fixture);
    discovery_until_logged(&fixture.discovery, "event=servers-file-unwatched", 1);
    assert_int_equal(fixture.discovery.group.updates, 0);
    assert_int_equal(mkdir(in_folder(&fixture, "later"), 0700), 0);
    write_file(fixture.path, "10.0.0.1:1");
    discovery_forward(&fixture.discovery, BRINK_FILE_SOURCE_RETRY_MS);
    expect(&fixture, "10.0.0.1:1*1/0 ");
    write_file(fixture.path, "10.0.0.2:1");
    expect(&fixture, "10.0.0.2:1*1/0 ");
    stop(&fixture);
}

static void a_path_with_blanks_is_quoted(void **state)
{
    (void)state;
    struct fixture fixture;
    char wanted[256];
    open_folder(&fixture, "my servers");
    write_file(fixture.path, "10.0.0.1:1");
    start(&fixture);
    (void)snprintf(wanted, sizeof wanted, "event=servers-file upstream=up file=\"%s\" servers=1",
                   fixture.path);
    assert_int_equal(discovery_logged(&fixture.discovery, wanted), 1);
    stop(&fixture);
}

static void a_bad_one_changes_nothing_and_each_mistake_is_logged(void **state)
{
    (void)state;
    struct fixture fixture;
    char wanted[256];
    open_folder(&fixture, "servers");
    write_file(fixture.path, "10.0.0.1:1");
    start(&fixture);
    write_file(fixture.path, "10.0.0.2:1\ndb.test:1\n10.0.0.3:1 weight=x\n");
    discovery_until_logged(&fixture.discovery, "event=servers-file-refused", 1);
    (void)snprintf(wanted, sizeof wanted,
                   "event=servers-file-bad upstream=up file=%s:2 error=\"\\\"db.", fixture.path);
    assert_int_equal(discovery_logged(&fixture.discovery, wanted), 1);
    (void)snprintf(wanted, sizeof wanted, "file=%s:3 error=\"weight=x", fixture.path);
    assert_int_equal(discovery_logged(&fixture.discovery, wanted), 1);
    assert_int_equal(fixture.discovery.group.updates, 1);
    write_file(in_folder(&fixture, "other"), "x"); /* is looked at, but told of no more */
    discovery_forward(&fixture.discovery, 1000);
    discovery_turn(&fixture.discovery);
    assert_int_equal(discovery_logged(&fixture.discovery, "event=servers-file-refused"), 1);
    write_file(fixture.path, "10.0.0.2:1");
    expect(&fixture, "10.0.0.2:1*1/0 ");
    stop(&fixture);
}

static void no_list_at_all_does_not_fill_the_log(void **state)
{
    (void)state;
    struct fixture fixture;
    open_folder(&fixture, "servers");
    FILE *file = fopen(fixture.path, "w");
    assert_non_null(file);
    for (int i = 0; i < 1000; i++)
        assert_true(fputs("?\n", file) >= 0);
    assert_int_equal(fclose(file), 0);
    start(&fixture);
    assert_int_equal(discovery_logged(&fixture.discovery, "event=servers-file-bad"),
                     BRINK_FILE_SOURCE_ERRORS_MAX);
    assert_int_equal(discovery_logged(&fixture.discovery, " errors=1000 "), 1);
    stop(&fixture);
}

static void an_empty_one_means_no_servers(void **state)
{
    (void)state;
    struct fixture fixture;
    open_folder(&fixture, "servers");
    write_file(fixture.path, "10.0.0.1:1");
    start(&fixture);
    write_file(in_folder(&fixture, "new"), "# none\n");
    assert_int_equal(rename(in_folder(&fixture, "new"), fixture.path), 0);
    expect(&fixture, "");
    assert_int_equal(discovery_logged(&fixture.discovery, " servers=0"), 1);
    stop(&fixture);
}

static void a_group_without_room_is_tried_again(void **state)
{
    (void)state;
    struct fixture fixture;
    open_folder(&fixture, "servers");
    write_file(fixture.path, "10.0.0.1:1");
    fixture.discovery.group.fail_with = ENOSPC;
    start(&fixture);
    assert_int_equal(discovery_logged(&fixture.discovery, "event=servers-file-refused"), 1);
    fixture.discovery.group.fail_with = 0;
    discovery_forward(&fixture.discovery, BRINK_FILE_SOURCE_RETRY_MS);
    expect(&fixture, "10.0.0.1:1*1/0 ");
    stop(&fixture);
}

/* Whichever allocation fails: nothing leaks, and the file is read when there is memory again. */
static void memory_that_fails_is_no_end(void **state)
{
    (void)state;
    bool failed = true;
    for (size_t k = 1; failed; k++) {
        struct fixture fixture;
        open_folder(&fixture, "servers");
        write_file(fixture.path, "10.0.0.1:1");
        struct brink_file_settings settings = {.group = &fixture.discovery.group,
                                               .upstream = "up",
                                               .log = &fixture.discovery.log,
                                               .path = fixture.path};
        brink_file_source_init(&fixture.source, &settings);
        size_t fail_at = fixture.discovery.memory.calls + k;
        fixture.discovery.memory.fail_at = fail_at;
        brink_result started = brink_file_source_start(&fixture.source, &fixture.discovery.loop);
        if (!brink_failed(started)) {
            discovery_forward(&fixture.discovery, BRINK_FILE_SOURCE_RETRY_MS);
            expect(&fixture, "10.0.0.1:1*1/0 ");
            write_file(fixture.path, "10.0.0.2:1");
            expect(&fixture, "10.0.0.2:1*1/0 ");
        }
        failed = fixture.discovery.memory.calls >= fail_at;
        stop(&fixture);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_read_at_the_start_and_when_it_is_rewritten),
        cmocka_unit_test(it_may_be_replaced_many_times),
        cmocka_unit_test(links_of_its_folder_may_be_turned_round),
        cmocka_unit_test(one_that_goes_leaves_the_servers_and_may_come_back),
        cmocka_unit_test(one_that_is_not_there_yet_is_waited_for_and_so_is_its_folder),
        cmocka_unit_test(a_path_with_blanks_is_quoted),
        cmocka_unit_test(a_bad_one_changes_nothing_and_each_mistake_is_logged),
        cmocka_unit_test(no_list_at_all_does_not_fill_the_log),
        cmocka_unit_test(an_empty_one_means_no_servers),
        cmocka_unit_test(a_group_without_room_is_tried_again),
        cmocka_unit_test(memory_that_fails_is_no_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
