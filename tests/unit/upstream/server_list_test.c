/* The text of a servers file: each form, each mistake, and all mistakes at once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>

#include "upstream/server_list.h"

static struct brink_server_list list;

struct told {
    unsigned count;
    unsigned lines[8];
    char errors[8][320];
};

static void tell(void *arg, unsigned line, const char *error)
{
    struct told *told = arg;
    if (told->count < 8) {
        told->lines[told->count] = line;
        (void)snprintf(told->errors[told->count], sizeof told->errors[0], "%s", error);
    }
    told->count++;
}

static int read_text(const char *text, struct told *told)
{
    *told = (struct told){0};
    return brink_server_list_read(&list, text, strlen(text), tell, told).err;
}

static void expect_entry(size_t i, const char *address, const char *name, unsigned weight,
                         unsigned max_connections, unsigned tier)
{
    char text[BRINK_ADDRESS_TEXT_MAX];
    const struct brink_target_entry *entry = &list.entries[i];
    assert_string_equal(brink_address_format(&entry->address, text, sizeof text), address);
    if (name == NULL)
        assert_null(entry->name);
    else
        assert_string_equal(entry->name, name);
    assert_int_equal(entry->weight, weight);
    assert_int_equal(entry->max_connections, max_connections);
    assert_int_equal(entry->tier, tier);
}

static void each_form_is_read(void **state)
{
    (void)state;
    struct told told;
    assert_int_equal(read_text("# ours\n"
                               "\n"
                               "10.0.0.1:7001 weight=2 max-connections=100 backup name=a # first\n"
                               "\t[::1]:7002\tweight=0  \r\n"
                               "  # caf\xc3\xa9\n"
                               "unix:/run/x#y.sock name=b\n"
                               ":7003",
                               &told),
                     0);
    assert_int_equal(told.count, 0);
    assert_int_equal(list.count, 4);
    expect_entry(0, "10.0.0.1:7001", "a", 2, 100, 1);
    expect_entry(1, "[::1]:7002", NULL, 0, 0, 0);
    expect_entry(2, "unix:/run/x#y.sock", "b", 1, 0, 0);
    expect_entry(3, "127.0.0.1:7003", NULL, 1, 0, 0);
    assert_int_equal(list.lines[3], 7);
}

static void no_servers_are_no_mistake(void **state)
{
    (void)state;
    struct told told;
    assert_int_equal(read_text("", &told), 0);
    assert_int_equal(list.count, 0);
    assert_int_equal(read_text("\n \n#\n", &told), 0);
    assert_int_equal(list.count, 0);
}

static void each_mistake_is_explained(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *words;
    } mistakes[] = {
        {"10.0.0.1", "lacks a port"},
        {"db.test:80", "option dns"},
        {"fd:3", "for listening"},
        {"10.0.0.1:0", "port 0"},
        {"10.0.0.1:1 weight=257", "from 0 to 256"},
        {"10.0.0.1:1 weight=", "from 0 to 256"},
        {"10.0.0.1:1 weight=-1", "from 0 to 256"},
        {"10.0.0.1:1 weight=99999999999999999999", "from 0 to 256"},
        {"10.0.0.1:1 max-connections=4294967296", "from 0 to 4294967295"},
        {"10.0.0.1:1 weigth=1", "did you mean \"weight=\""},
        {"10.0.0.1:1 backupp", "did you mean \"backup\""},
        {"10.0.0.1:1 maxconnections=1", "did you mean \"max-connections=\""},
        {"10.0.0.1:1 name=", "1 to 127"},
        {"10.0.0.1:1 name=a\"b", "no quotes"},
        {"10.0.0.1:1 \x01", "0x01"},
        {"10.0.0.1:1 \x7f", "0x7f"},
        {"\xef\xbb\xbf"
         "10.0.0.1:1",
         "0xef"},
        {"10.0.0.1:1\n10.0.0.1:1", "line 1 already"},
        {"10.0.0.1:1 name=a\n10.0.0.2:1 name=a", "line 1 already"},
    };
    for (size_t i = 0; i < sizeof mistakes / sizeof mistakes[0]; i++) {
        struct told told;
        assert_int_equal(read_text(mistakes[i].text, &told), EINVAL);
        assert_int_equal(told.count, 1);
        if (strstr(told.errors[0], mistakes[i].words) == NULL)
            fail_msg("\"%s\": %s", mistakes[i].text, told.errors[0]);
    }
}

static void all_mistakes_are_told_with_their_lines(void **state)
{
    (void)state;
    struct told told;
    assert_int_equal(read_text("x\n10.0.0.1:1\n10.0.0.2:1 y z\n\n# c\n10.0.0.1:1\n", &told),
                     EINVAL);
    assert_int_equal(told.count, 3);
    assert_int_equal(told.lines[0], 1);
    assert_int_equal(told.lines[1], 3);
    assert_int_equal(told.lines[2], 6);
}

static void long_lines_and_names_are_refused_and_long_comments_are_not(void **state)
{
    (void)state;
    struct told told;
    char text[1024];
    memset(text, 'x', sizeof text);
    text[sizeof text - 1] = '\0';
    assert_int_equal(read_text(text, &told), EINVAL);
    assert_non_null(strstr(told.errors[0], "longer than 511"));
    text[0] = '#';
    assert_int_equal(read_text(text, &told), 0);
    memcpy(text, "10.0.0.1:1 name=", 16);
    text[16 + 128] = '\0';
    assert_int_equal(read_text(text, &told), EINVAL);
    text[16 + 127] = '\0';
    assert_int_equal(read_text(text, &told), 0);
}

static void there_is_room_for_so_many_and_no_more(void **state)
{
    (void)state;
    static char text[(BRINK_UPSTREAM_SERVERS_MAX + 1) * 24];
    struct told told;
    size_t length = 0;
    for (int i = 0; i <= BRINK_UPSTREAM_SERVERS_MAX; i++) {
        if (i == BRINK_UPSTREAM_SERVERS_MAX) {
            assert_int_equal(read_text(text, &told), 0);
            assert_int_equal(list.count, BRINK_UPSTREAM_SERVERS_MAX);
        }
        length += (size_t)snprintf(text + length, sizeof text - length, "10.0.%d.%d:7\n", i / 256,
                                   i % 256);
    }
    assert_int_equal(read_text(text, &told), EINVAL);
    assert_int_equal(told.count, 1);
    assert_int_equal(told.lines[0], BRINK_UPSTREAM_SERVERS_MAX + 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_form_is_read),
        cmocka_unit_test(no_servers_are_no_mistake),
        cmocka_unit_test(each_mistake_is_explained),
        cmocka_unit_test(all_mistakes_are_told_with_their_lines),
        cmocka_unit_test(long_lines_and_names_are_refused_and_long_comments_are_not),
        cmocka_unit_test(there_is_room_for_so_many_and_no_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
