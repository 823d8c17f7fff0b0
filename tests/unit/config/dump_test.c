/* What is written is read as the same, and has every key. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "written.h"

static void assert_same_again(const char *text)
{
    struct brink_config *config = assert_good(text);
    char *first = written_dump(config);
    struct brink_config *again = assert_good(first);
    char *second = written_dump(again);
    assert_string_equal(first, second);
    free(first);
    free(second);
    brink_config_free(config);
    brink_config_free(again);
}

static void a_dump_of_a_dump_is_the_same(void **state)
{
    (void)state;
    assert_same_again(LISTENER("") UPSTREAM(""));
    assert_same_again(
        LISTENER("frame = dns,max=4096; accept-proxy = required; trusted = ::1, 10.0.0.0/8;"
                 "limits { bytes = 3MiB/s; bytes-burst = 5MB; source-bits-v6 = 48 };"
                 "goodbye { refused-payload = text:no }")
            UPSTREAM("server \"a b\" { address = unix:/x; weight = 0; backup = on };"
                     "server { address = h:2; max-connections = 3 };"
                     "dns = h:1; srv = _a._b.c; resolvers = 127.0.0.1:53, [::1]:54; file = \"/a "
                     "\\${X} \\\"b\";"
                     "health { send = hex:000474657374; expect-payload = text:t; mask = hex:7f };"
                     "eject { percent = 10%; time = 1500ms }"));
    assert_same_again("frame \"f\" { offset = 4; size = 2; endian = big; first { size = 2 }; reply "
                      "{ size = 8 } }" LISTENER("frame = f") UPSTREAM("frame = raw"));
    assert_same_again("listener \"e\" { address = fd:3; service = echo; frame = postgres; "
                      "queue-high = 64KiB; queue-low = 1 }");
    assert_same_again("user = brink; group = adm; sandbox = no\n" LISTENER("") UPSTREAM(""));
    assert_same_again("admin { address = unix:/run/x }" LISTENER("") UPSTREAM(""));
    assert_same_again("admin { address = off }" LISTENER("") UPSTREAM(""));
    assert_same_again("admin { address = unix:/a, :9; host = x; allow-remote = yes }" LISTENER("")
                          UPSTREAM(""));
    assert_same_again("admin { address = :9; allow-remote = yes }" LISTENER("") UPSTREAM(""));
    assert_same_again("listener \"e\" { address = fd:3; service = echo; frame = "
                      "ascii=decimal,size=9,delimiter=space }");
}

static void every_key_is_there(void **state)
{
    (void)state;
    static const char *const parts[] = {"\nworkers = 0\n",         "dispatch = sharded",
                                        "log-level = info",        "log-format = logfmt\n",
                                        "# log-file =\n",          "\n# admin { address = }\n",
                                        "# user =\n# group =\n",   "\nsandbox = yes\n",
                                        "    # dns =\n",           "    server {\n",
                                        "        weight = 1\n",    "        interval = 0\n",
                                        "percent = 50%",           "    idle-timeout = 1m\n",
                                        "    frame = \"u32le\"\n", "        source-bits-v6 = 64\n",
                                        "        # refused =\n"};
    struct brink_config *config = assert_good(LISTENER("") UPSTREAM(""));
    char *dumped = written_dump(config);
    char text[8192];
    (void)snprintf(text, sizeof text, "\n%s", dumped);
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        if (strstr(text, parts[i]) == NULL)
            fail_msg("%s is not in\n%s", parts[i], text);
    }
    free(dumped);
    brink_config_free(config);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_dump_of_a_dump_is_the_same),
        cmocka_unit_test(every_key_is_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
