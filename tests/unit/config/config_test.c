/* A whole configuration: order, names, defaults, bounds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "written.h"

static void sections_stand_in_any_order(void **state)
{
    (void)state;
    struct brink_config *config =
        assert_good("listener \"a\" { address = :1; upstream = u; frame = f }\n" UPSTREAM(
            "") "frame \"f\" { size = 1 }\n"
                "listener \"b\" { address = :2; service = echo }\n");
    assert_int_equal(config->server.listener_count, 2);
    assert_int_equal(config->server.upstream_count, 1);
    assert_string_equal(config->server.listeners[1].name, "b");
    assert_int_equal(brink_config_listener_place(config, &config->server.listeners[1])->line, 4);
    assert_int_equal(brink_config_upstream_place(config, &config->server.upstreams[0])->line, 2);
    assert_null(config->server.log.write);
    brink_config_free(config);
}

static void defaults_are_the_librarys(void **state)
{
    (void)state;
    struct brink_server_options server;
    struct brink_listener_options listener;
    struct brink_upstream_options upstream;
    struct brink_config *config = assert_good(LISTENER("") UPSTREAM(""));
    brink_server_options_init(&server);
    brink_listener_options_init(&listener);
    brink_upstream_options_init(&upstream);
    assert_int_equal(config->server.max_clients, server.max_clients);
    assert_int_equal(config->server.buffer_memory, server.buffer_memory);
    assert_int_equal(config->server.listeners[0].idle_ms, listener.idle_ms);
    assert_int_equal(config->server.upstreams[0].tries, upstream.tries);
    assert_int_equal(config->server.upstreams[0].eject.base_ms, upstream.eject.base_ms);
    assert_int_equal(config->drain.timeout_ms, 30000);
    assert_int_equal(config->upgrade_ms, 30000);
    brink_config_free(config);
}

static void names_are_needed_and_unique(void **state)
{
    (void)state;
    assert_tells("listener { }", "listener needs a name");
    assert_tells(LISTENER("") LISTENER(""), "conf:2: listener \"l\" stands twice, first at conf:1");
    assert_tells(UPSTREAM("") UPSTREAM(""), "conf:2: upstream \"u\" stands twice");
    assert_tells(
        "upstream \"0123456789012345678901234567890123456789012345678901234567890123\" { }",
        "more than 63 bytes");
}

static void all_mistakes_are_told_at_once(void **state)
{
    (void)state;
    struct brink_config *config = written_config(
        "workrs = 1\nmax-clients = x\nlistener \"l\" {\nadress = :1\n}\nupstream \"u\" {\n}");
    assert_int_equal(config->problems.errors, 4);
    brink_config_free(config);
}

static void nothing_is_no_configuration(void **state)
{
    (void)state;
    assert_tells("", "conf: there is no listener");
    assert_tells("workers = x", "conf: there is no listener");
    struct brink_config *misspelt = written_config("listner \"l\" { }");
    assert_int_equal(misspelt->problems.errors, 1); /* that alone */
    brink_config_free(misspelt);
    struct written written = {NULL, NULL};
    struct brink_config_host host = written_host(&written);
    struct brink_config *config = NULL;
    assert_int_equal(brink_config_read(&config, &host, "gone").err, EINVAL);
    char *told = written_told(&config->problems);
    assert_string_equal(told, "gone: \"gone\" cannot be read: No such file or directory\n");
    free(told);
    brink_config_free(config);
    brink_config_free(NULL);
}

static void sections_have_a_bound(void **state)
{
    (void)state;
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    for (int i = 0; i < BRINK_LISTENERS_MAX + 1; i++)
        (void)fprintf(out, "listener \"%d\" { address = :%d; service = echo }\n", i, i + 1);
    (void)fclose(out);
    assert_tells(text, "conf:65: more than 64 listener sections");
    free(text);
}

/* A file whose reading leaves no more than `left` bytes of memory. */
enum { ROOM = 200000 };
static size_t left;

static brink_result load_and_starve(void *context, const char *path,
                                    struct brink_config_memory *memory, const char **text,
                                    size_t *size)
{
    (void)path;
    *text = context;
    *size = strlen(*text);
    assert_non_null(brink_config_memory_take(memory, ROOM));
    memory->used = ROOM - left;
    memory->total = BRINK_CONFIG_MEMORY_MAX;
    return brink_ok();
}

static void memory_that_ends_is_told(void **state)
{
    (void)state;
    char text[] =
        "frame \"f\" { size = 2; first { size = 3 }; reply { size = 4 } }\n"
        "listener \"l\" { address = :1, :2; upstream = u; frame = f; allow = ::1; deny = ::2\n"
        "goodbye { refused-payload = text:no; drained = hex:00000000 } }\n"
        "upstream \"u\" { file = s; server = a:1, b:1, c:1; server \"d\" { address = d:1 }\n"
        "health { send-payload = hex:00; expect-payload = text:x; mask = hex:ff } }\n";
    struct brink_config_host host = {text, load_and_starve, NULL, written_variable};
    bool succeeded = false;
    for (left = 0; left < ROOM && !succeeded; left += 16) {
        struct brink_config *config = NULL;
        brink_result result = brink_config_read(&config, &host, "/d/conf");
        assert_non_null(config);
        succeeded = !brink_failed(result);
        char *told = written_told(&config->problems);
        if (!succeeded && strstr(told, "memory is left") == NULL)
            fail_msg("with %zu bytes: %s", left, told);
        free(told);
        brink_config_free(config);
    }
    assert_true(succeeded);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sections_stand_in_any_order),
        cmocka_unit_test(defaults_are_the_librarys),
        cmocka_unit_test(names_are_needed_and_unique),
        cmocka_unit_test(all_mistakes_are_told_at_once),
        cmocka_unit_test(nothing_is_no_configuration),
        cmocka_unit_test(sections_have_a_bound),
        cmocka_unit_test(memory_that_ends_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
