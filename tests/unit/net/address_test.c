/* Each form of an address, each mistake, and the way back to text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>

#include "net/address.h"

static const struct {
    const char *text;
    const char *listens;  /* the same, as it is written */
    const char *connects; /* NULL: refused */
    const char *name;
} forms[] = {
    {"127.0.0.1:53", "127.0.0.1:53", "127.0.0.1:53", ""},
    {"0.0.0.0:1", "0.0.0.0:1", "0.0.0.0:1", ""},
    {":7000", "[::]:7000", "127.0.0.1:7000", ""},
    {"*:7000", "[::]:7000", "127.0.0.1:7000", ""},
    {"[::1]:65535", "[::1]:65535", "[::1]:65535", ""},
    {"1.2.3.4:0", "1.2.3.4:0", NULL, ""},
    {"example.org:80", "0.0.0.0:80", "0.0.0.0:80", "example.org"},
    {"unix:/run/x.sock", "unix:/run/x.sock", "unix:/run/x.sock", ""},
    {"unix:relative", "unix:relative", "unix:relative", ""},
    {"unix:@name", "unix:@name", "unix:@name", ""},
    {"fd:3", "fd:3", NULL, ""},
};

static void expect(size_t i, enum brink_address_use use, const char *wanted)
{
    struct brink_address address;
    struct brink_message why = {""};
    char name[BRINK_HOST_MAX];
    char text[BRINK_ADDRESS_TEXT_MAX];
    brink_result read = brink_address_read(&address, forms[i].text, use, name, &why);
    if (wanted == NULL) {
        assert_int_equal(read.err, EINVAL);
        return;
    }
    if (brink_failed(read))
        fail_msg("%s: %s", forms[i].text, why.text);
    assert_string_equal(brink_address_format(&address, text, sizeof text), wanted);
    assert_string_equal(name, forms[i].name);
}

static void forms_are_read_and_written(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        expect(i, BRINK_ADDRESS_TO_LISTEN, forms[i].listens);
        expect(i, BRINK_ADDRESS_TO_CONNECT, forms[i].connects);
    }
}

static void mistakes_are_explained(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *words;
    } mistakes[] = {
        {"", "lacks a port"},
        {"localhost", "lacks a port"},
        {"host:", "is no port"},
        {"host:http", "is no port"},
        {"host:65536", "is no port"},
        {"host:-1", "is no port"},
        {"::1:80", "in brackets"},
        {"[::1:80", "in brackets"},
        {"[::g]:80", "no IPv6"},
        {"unix:", "names no socket"},
        {"unix:@", "names no socket"},
        {"fd:a b", "is no descriptor"},
        {"fd:", "is no descriptor"},
        {"fd:a:b", "is no descriptor"},
        {"fd:1000001", "is no descriptor"},
    };
    char name[BRINK_HOST_MAX];
    for (size_t i = 0; i < sizeof mistakes / sizeof mistakes[0]; i++) {
        struct brink_address address;
        struct brink_address before;
        struct brink_message why = {""};
        memset(&address, 0x5a, sizeof address);
        before = address;
        assert_int_equal(
            brink_address_read(&address, mistakes[i].text, BRINK_ADDRESS_TO_LISTEN, name, &why).err,
            EINVAL);
        if (strstr(why.text, mistakes[i].words) == NULL)
            fail_msg("\"%s\": %s", mistakes[i].text, why.text);
        assert_memory_equal(&address, &before, sizeof address);
    }
}

static void passed_sockets_have_names(void **state)
{
    (void)state;
    char name[BRINK_HOST_MAX];
    struct brink_address address;
    struct brink_message why;
    assert_int_equal(
        brink_address_read(&address, "fd:web.socket", BRINK_ADDRESS_TO_LISTEN, name, &why).err, 0);
    assert_true(address.kind == BRINK_ADDRESS_FD && address.fd == -1);
    assert_string_equal(name, "web.socket");
    assert_int_equal(
        brink_address_read(&address, "fd:web", BRINK_ADDRESS_TO_CONNECT, name, &why).err, EINVAL);
    assert_non_null(strstr(why.text, "is for listening"));
    assert_int_equal(brink_address_read(&address, "fd:3", BRINK_ADDRESS_TO_LISTEN, name, &why).err,
                     0);
    assert_true(address.fd == 3 && name[0] == '\0');
}

static void long_paths_and_names_are_refused(void **state)
{
    (void)state;
    char text[400];
    char name[BRINK_HOST_MAX];
    struct brink_address address;
    struct brink_message why = {""};
    memset(text, 'x', sizeof text);
    memcpy(text, "unix:", 5);
    text[5 + 108] = '\0';
    assert_true(
        brink_failed(brink_address_read(&address, text, BRINK_ADDRESS_TO_LISTEN, name, &why)));
    assert_non_null(strstr(why.text, "too long by 1 "));
    text[5 + 107] = '\0';
    assert_false(
        brink_failed(brink_address_read(&address, text, BRINK_ADDRESS_TO_LISTEN, name, &why)));
    memset(text, 'x', sizeof text);
    memcpy(text + 300, ":80", 4);
    assert_true(
        brink_failed(brink_address_read(&address, text, BRINK_ADDRESS_TO_LISTEN, name, &why)));
}

static void nothing_and_the_nameless_are_written_too(void **state)
{
    (void)state;
    char text[BRINK_ADDRESS_TEXT_MAX];
    struct brink_address address = {.kind = BRINK_ADDRESS_NONE};
    assert_string_equal(brink_address_format(&address, text, sizeof text), "none");
    address.kind = BRINK_ADDRESS_SOCKET;
    address.sock.any.sa_family = AF_UNIX;
    address.sock.local.sun_path[0] = 'x'; /* beyond the length, which says that there is no name */
    address.length = offsetof(struct sockaddr_un, sun_path);
    assert_string_equal(brink_address_format(&address, text, sizeof text), "unix:");
}

static void what_other_machines_reach_is_not_local(void **state)
{
    (void)state;
    static const char *const local[] = {"127.0.0.1:1", "127.255.0.9:0", "[::1]:1",
                                        "unix:/a",     "unix:@a",       "[::ffff:127.0.0.1]:1"};
    static const char *const other[] = {":1",      "0.0.0.0:1",           "128.0.0.1:1", "[::]:1",
                                        "[::2]:1", "[::ffff:10.0.0.1]:1", "fd:3"};
    char name[BRINK_HOST_MAX];
    struct brink_address address;
    for (size_t i = 0; i < sizeof local / sizeof local[0]; i++) {
        assert_false(brink_failed(
            brink_address_read(&address, local[i], BRINK_ADDRESS_TO_LISTEN, name, NULL)));
        if (!brink_address_is_local(&address))
            fail_msg("%s", local[i]);
    }
    for (size_t i = 0; i < sizeof other / sizeof other[0]; i++) {
        assert_false(brink_failed(
            brink_address_read(&address, other[i], BRINK_ADDRESS_TO_LISTEN, name, NULL)));
        if (brink_address_is_local(&address))
            fail_msg("%s", other[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(forms_are_read_and_written),
        cmocka_unit_test(mistakes_are_explained),
        cmocka_unit_test(nothing_and_the_nameless_are_written_too),
        cmocka_unit_test(what_other_machines_reach_is_not_local),
        cmocka_unit_test(passed_sockets_have_names),
        cmocka_unit_test(long_paths_and_names_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
