/* Where a connection's last line goes, and how it is written. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "written.h"

#define ECHO "listener \"l\" { address = :1; service = echo }\n"

static void by_default_it_is_as_the_other_lines(void **state)
{
    (void)state;
    struct brink_config *config = assert_good(ECHO);
    assert_false(config->access_log.off);
    assert_null(config->access_log.file);
    assert_null(config->access_log.written);
    brink_config_free(config);
}

static void it_goes_to_a_file_or_nowhere(void **state)
{
    (void)state;
    struct brink_config *config = assert_good(ECHO "access-log = off");
    assert_true(config->access_log.off);
    assert_null(config->access_log.file);
    brink_config_free(config);
    config = assert_good(ECHO "access-log = on");
    assert_false(config->access_log.off);
    assert_null(config->access_log.file);
    brink_config_free(config);
    config = assert_good(ECHO "access-log = /var/log/brink/access.log");
    assert_false(config->access_log.off);
    assert_string_equal(config->access_log.file, "/var/log/brink/access.log");
    brink_config_free(config);
}

static void it_has_a_format_of_its_own(void **state)
{
    (void)state;
    struct brink_config *config = assert_good(ECHO "access-format = json");
    assert_string_equal(config->access_log.written, "json");
    assert_int_equal(config->access_log.format, BRINK_LOG_FORMAT_JSON);
    brink_config_free(config);
    config = assert_good(ECHO "log-format = json; access-format = logfmt");
    assert_int_equal(config->access_log.format, BRINK_LOG_FORMAT_LOGFMT);
    brink_config_free(config);
    config = assert_good(ECHO "access-format = \"%{peer} %{code}\"");
    assert_int_equal(config->access_log.format, BRINK_LOG_FORMAT_TEMPLATE);
    assert_int_equal(config->access_log.template.count, 3);
    brink_config_free(config);
}

static void a_dump_is_read_back(void **state)
{
    (void)state;
    static const char *const good[] = {
        "access-log = on\n# access-format =\n",
        "access-log = off\n# access-format =\n",
        "access-log = \"/a b\"\naccess-format = \"json\"\n",
        "access-log = \"/a\"\naccess-format = \"%{time} \\\"%{peer}\\\" 100%%\"\n",
    };
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        char text[256];
        (void)snprintf(text, sizeof text, ECHO "%s", good[i]);
        struct brink_config *config = assert_good(text);
        char *dump = written_dump(config);
        if (strstr(dump, good[i]) == NULL)
            fail_msg("of %s is dumped %s", good[i], dump);
        free(dump);
        brink_config_free(config);
    }
}

static void mistakes_are_told(void **state)
{
    (void)state;
    assert_tells(ECHO "access-log = \"\"", "conf:2: access-log is on, off or a path");
    assert_tells(ECHO "access-format = clf", "conf:2: access-format: \"clf\" has no field");
    assert_tells(ECHO "access-format = \"%{pear}\"", "conf:2: access-format: no field is called");
    assert_tells(ECHO "access-logs = on", "did you mean \"access-log\"?");
    assert_tells(ECHO "access-log = on, off", "conf:2: ");
    assert_tells(ECHO "access-format = a, b", "conf:2: ");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(by_default_it_is_as_the_other_lines),
        cmocka_unit_test(it_goes_to_a_file_or_nowhere),
        cmocka_unit_test(it_has_a_format_of_its_own),
        cmocka_unit_test(a_dump_is_read_back),
        cmocka_unit_test(mistakes_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
