/* Where HTTP is listened for, and where it is not. */
#include "unit/app/told.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/un.h>

static void an_address_in_use_is_told(void **state)
{
    (void)state;
    struct told told;
    told_start(&told, "127.0.0.1:0");
    char address[BRINK_ADDRESS_TEXT_MAX];
    struct brink_admin other;
    struct brink_message why = {""};
    const char *text = brink_admin_address(&told.admin, 0, address, sizeof address);
    struct brink_admin_options options = {.addresses = &text, .count = 1};
    assert_int_equal(brink_admin_open(&other, &options, &why).err, EADDRINUSE);
    assert_non_null(strstr(why.text, "admin: cannot listen on 127.0.0.1:"));
    assert_non_null(strstr(why.text, "another program listens there"));
    assert_false(other.open);
    brink_admin_close(&other);
    told_stop(&told);
}

static void where_others_reach_it_must_be_allowed(void **state)
{
    (void)state;
    struct brink_admin admin;
    struct brink_message why = {""};
    const char *text = "0.0.0.0:0";
    struct brink_admin_options options = {.addresses = &text, .count = 1};
    assert_int_equal(brink_admin_open(&admin, &options, &why).err, EINVAL);
    assert_non_null(strstr(why.text, "admin: other machines reach 0.0.0.0:"));
    assert_false(admin.open);
    options.allow_remote = true;
    assert_false(brink_failed(brink_admin_open(&admin, &options, &why)));
    assert_true(admin.open);
    brink_admin_close(&admin);
}

static int next_descriptor(void)
{
    int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    (void)close(fd);
    return fd;
}

static void descriptors_are_set_aside_until_it_starts(void **state)
{
    (void)state;
    char path[] = "/tmp/brink-admin-XXXXXX";
    char address[64];
    struct brink_admin admin;
    struct brink_message why = {""};
    assert_non_null(mkdtemp(path));
    (void)snprintf(address, sizeof address, "unix:%s/s", path);
    const char *text = address;
    struct brink_admin_options options = {.addresses = &text, .count = 1};
    struct stat file;
    int before = next_descriptor();
    assert_false(brink_failed(brink_admin_open(&admin, &options, &why)));
    assert_int_equal(stat(address + 5, &file), 0);
    assert_int_equal(file.st_mode & 0777, 0660); /* for its user and group alone */
    assert_true(next_descriptor() >= before + 1 + BRINK_ADMIN_DESCRIPTORS);
    brink_admin_close(&admin);
    assert_int_equal(next_descriptor(), before);
    assert_int_equal(access(address + 5, F_OK), -1); /* its socket is gone, too */
    brink_admin_close(&admin);                       /* harmless */
    assert_int_equal(rmdir(path), 0);
}

static void without_an_address_there_is_none(void **state)
{
    (void)state;
    struct brink_admin admin;
    struct brink_message why = {""};
    struct brink_admin_options options = {.count = 0};
    int before = next_descriptor();
    assert_false(brink_failed(brink_admin_open(&admin, &options, &why)));
    assert_false(admin.open);
    assert_false(brink_failed(brink_admin_start(&admin, NULL, NULL, &why)));
    assert_int_equal(next_descriptor(), before);
    brink_admin_close(&admin);
}

static void all_of_its_addresses_lead_there(void **state)
{
    (void)state;
    static const char *const addresses[] = {"unix:@brink-test/one", "127.0.0.1:0", "[::1]:0"};
    static const char request[] = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n"
                                  "Connection: close\r\n\r\n";
    struct brink_admin_options options = {.addresses = addresses, .count = 3};
    struct told told;
    char text[BRINK_ADDRESS_TEXT_MAX];
    told_start_with(&told, &options);
    assert_string_equal(brink_admin_address(&told.admin, 0, text, sizeof text), addresses[0]);
    for (size_t i = 0; i < 3; i++) {
        char *answer = told_ask(told_connect(&told.admin, i), request);
        assert_non_null(strstr(answer, "\r\n\r\nhealthy\n"));
        free(answer);
    }
    told_stop(&told);
}

/* As a new process would open it; answers with the old one's figures. */
static void inherit(struct brink_admin *heir, struct told *told)
{
    char text[16];
    const char *address = text;
    struct brink_admin_options options = {.addresses = &address, .count = 1, .inherited = true};
    struct brink_admin_actions actions = noted_actions();
    struct brink_message why;
    (void)snprintf(text, sizeof text, "fd:%d", dup(told->admin.listeners[0].fd));
    assert_false(brink_failed(brink_admin_open(heir, &options, &why)));
    assert_false(brink_failed(brink_admin_start(heir, told->server, &actions, &why)));
}

static void it_goes_from_one_process_to_the_next_and_back(void **state)
{
    (void)state;
    char address[64];
    struct told told;
    struct brink_admin heir;
    struct brink_message why;
    char bound[BRINK_ADDRESS_TEXT_MAX];
    (void)snprintf(address, sizeof address, "unix:/tmp/brink-heir-%ld", (long)getpid());
    told_start(&told, address);
    inherit(&heir, &told);
    assert_string_equal(brink_admin_address(&heir, 0, bound, sizeof bound), address);
    brink_admin_pass_on(&told.admin);
    assert_answers(&heir, "GET", "/healthz", "200 OK", "healthy"); /* the heir: no other is left */
    brink_admin_close(&heir);
    assert_int_equal(access(address + 5, F_OK), 0); /* it was not the heir's yet */
    assert_false(brink_failed(brink_admin_take_back(&told.admin, &why)));
    assert_answers(&told.admin, "GET", "/healthz", "200 OK", "healthy");
    inherit(&heir, &told);
    brink_admin_own(&heir);
    brink_admin_pass_on(&told.admin);
    told_stop(&told);
    assert_int_equal(access(address + 5, F_OK), 0); /* it is the heir's */
    brink_admin_close(&heir);
    assert_int_equal(access(address + 5, F_OK), -1);
}

static void if_one_cannot_be_had_none_is_open(void **state)
{
    (void)state;
    static const char *const addresses[] = {"127.0.0.1:0", "unix:/nowhere/at/all"};
    struct brink_admin_options options = {.addresses = addresses, .count = 2};
    struct brink_admin admin;
    struct brink_message why = {""};
    int before = next_descriptor();
    assert_int_equal(brink_admin_open(&admin, &options, &why).err, ENOENT);
    assert_non_null(strstr(why.text, "admin: cannot listen on unix:/nowhere/at/all"));
    assert_false(admin.open);
    assert_int_equal(next_descriptor(), before);
}

/* A file that a process left behind is replaced, one whose process lives is not. */
static void a_stale_socket_is_replaced(void **state)
{
    (void)state;
    char folder[] = "/tmp/brink-stale-XXXXXX";
    struct sockaddr_un local = {.sun_family = AF_UNIX};
    char address[64];
    const char *text = address;
    struct brink_admin_options options = {.addresses = &text, .count = 1};
    struct brink_admin admin;
    struct brink_admin other;
    struct brink_message why = {""};
    assert_non_null(mkdtemp(folder));
    (void)snprintf(local.sun_path, sizeof local.sun_path, "%s/s", folder);
    (void)snprintf(address, sizeof address, "unix:%s/s", folder);
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&local, sizeof local), 0);
    (void)close(fd);
    assert_false(brink_failed(brink_admin_open(&admin, &options, &why)));
    assert_int_equal(brink_admin_open(&other, &options, &why).err, EADDRINUSE);
    brink_admin_close(&admin);
    assert_int_equal(rmdir(folder), 0);
}

static void at_the_limit_visitors_wait_and_none_is_turned_away(void **state)
{
    (void)state;
    int idle[BRINK_ADMIN_CONNECTIONS];
    struct told told;
    told_start(&told, "127.0.0.1:0");
    for (int i = 0; i < BRINK_ADMIN_CONNECTIONS; i++)
        idle[i] = told_connect(&told.admin, 0);
    int late = told_connect(&told.admin, 0);
    (void)close(idle[3]);
    char *answer = told_ask(late, "GET /healthz HTTP/1.1\r\nHost: localhost\r\n"
                                  "Connection: close\r\n\r\n");
    assert_non_null(strstr(answer, "healthy"));
    free(answer);
    for (int i = 0; i < BRINK_ADMIN_CONNECTIONS; i++) {
        if (i != 3)
            (void)close(idle[i]);
    }
    told_stop(&told);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_address_in_use_is_told),
        cmocka_unit_test(where_others_reach_it_must_be_allowed),
        cmocka_unit_test(descriptors_are_set_aside_until_it_starts),
        cmocka_unit_test(without_an_address_there_is_none),
        cmocka_unit_test(all_of_its_addresses_lead_there),
        cmocka_unit_test(it_goes_from_one_process_to_the_next_and_back),
        cmocka_unit_test(if_one_cannot_be_had_none_is_open),
        cmocka_unit_test(a_stale_socket_is_replaced),
        cmocka_unit_test(at_the_limit_visitors_wait_and_none_is_turned_away),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
