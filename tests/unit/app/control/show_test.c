/* What brink answers, as people read it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "app/control/show.h"
#include "unit/app/printed.h"

static const char stats[] =
    "{\"version\":\"9.9\",\"start_time_seconds\":1000.5,\"time_seconds\":5.0,\"clients\":2,"
    "\"max_clients\":50,\"workers\":1,\"stopping\":0,\"buffered_bytes\":2048,"
    "\"buffer_memory_bytes\":4096,"
    "\"listeners\":[{\"name\":\"front\",\"service\":\"relay\",\"upstream\":\"pair\","
    "\"addresses\":[\"127.0.0.1:1\",\"[::1]:1\"],\"clients\":2,\"accepted\":7,"
    "\"frames\":{\"client\":11,\"upstream\":12},\"bytes\":{\"client\":1024,\"upstream\":0},"
    "\"frames_cut\":{\"client\":3,\"upstream\":4},\"denied\":5,\"refused\":6,"
    "\"reply_duration_seconds\":{\"p50\":0.001,\"p99\":0.03}},"
    "{\"name\":\"e\",\"service\":\"echo\",\"upstream\":null,\"addresses\":[\"unix:/e\"],"
    "\"accepted\":1,\"frames\":{\"client\":1,\"upstream\":0}}],"
    "\"upstreams\":[{\"name\":\"pair\",\"server_count\":2,\"usable\":1,\"connections\":8,"
    "\"queued\":9,\"connect_failures\":10,\"ejections\":11,"
    "\"servers\":[{\"name\":\"one\",\"address\":\"127.0.0.1:2\",\"state\":\"ejected\","
    "\"state_seconds\":75.2,\"weight\":3,\"tier\":1,\"connections\":8,\"total_connections\":20,"
    "\"frames\":{\"client\":5,\"upstream\":6},"
    "\"connect_failures\":21,\"unanswered\":22,\"resets\":23,\"ejections\":24}]}],"
    "\"workers\":[{\"worker\":0,\"pools\":[{\"name\":\"pairs\",\"objects\":3,"
    "\"bytes\":2048,\"free_bytes\":1024}]},{\"worker\":1,\"pools\":[]}]}";

static char *shown(enum brink_control_view view, const char *json)
{
    struct printed printed;
    json_t *answer = json_loads(json, 0, NULL);
    assert_non_null(answer);
    assert_true(brink_control_show(printed_begin(&printed), view, answer, 1100.5));
    json_decref(answer);
    (void)printed_end(&printed);
    return printed.text;
}

static void assert_shows(enum brink_control_view view, const char *json, const char *text)
{
    char *got = shown(view, json);
    assert_string_equal(got, text);
    free(got);
}

static void the_summary_adds_up(void **state)
{
    (void)state;
    assert_shows(BRINK_CONTROL_SUMMARY, stats,
                 "brink 9.9, serving for 1m40s\n\n"
                 "clients     2 of at most 50, 8 accepted\n"
                 "frames      12 of clients, 12 of upstreams\n"
                 "bytes       1 KiB of clients, 0 B of upstreams\n"
                 "frames cut  3 of clients, 4 of upstreams\n"
                 "turned away 5 denied, 6 refused\n"
                 "buffered    2 KiB of at most 4 KiB\n"
                 "servers     1 of 2 usable, 8 connections\n");
}

static void lists_are_tables(void **state)
{
    (void)state;
    char *text = shown(BRINK_CONTROL_LISTENERS, stats);
    assert_has(text,
               "front     127.0.0.1:1 +1  relay    pair            2         7      11"
               "       12  1 KiB          0 B    3          4       5        6  1.0ms  30ms\n");
    assert_has(text, "e         unix:/e         echo     -               0         1       1");
    free(text);
    text = shown(BRINK_CONTROL_UPSTREAMS, stats);
    assert_has(text, "pair            2       1            8       9        10         11\n");
    free(text);
    text = shown(BRINK_CONTROL_SERVERS, stats);
    assert_has(text, "pair      one     127.0.0.1:2  ejected  1m15s       3     1            8"
                     "      20       5        6        21          22      23         24\n");
    free(text);
    assert_shows(BRINK_CONTROL_POOLS, stats,
                 "WORKER  POOL   OBJECTS  BYTES   FREE\n"
                 "     0  pairs        3  2 KiB  1 KiB\n");
    text = shown(BRINK_CONTROL_WORKERS,
                 "{\"workers\":[{\"worker\":0,\"cpu_seconds\":12.5,\"clients\":1,"
                 "\"frames\":2,\"turns\":3,\"events\":4,\"long_turns\":5,"
                 "\"longest_turn_seconds\":0.017,\"stale_events\":6,\"buffered_bytes\":1024}]}");
    assert_has(text, "     0  12s        1       2      3       4           5    17 ms      6"
                     "     1 KiB\n");
    free(text);
}

static void clients_say_where_they_stand(void **state)
{
    (void)state;
    char *text = shown(
        BRINK_CONTROL_CLIENTS,
        "{\"count\":9,\"clients\":[{\"id\":\"ab0\",\"listener\":\"front\",\"peer\":\"10.0.0.1:5\","
        "\"upstream\":\"pair\",\"server\":\"one\",\"state\":\"open\",\"age_seconds\":61.0,"
        "\"quiet_seconds\":0.5,\"frames\":{\"client\":3,\"upstream\":2},"
        "\"bytes\":{\"client\":1024,\"upstream\":5},\"queued_bytes\":{\"client\":1,"
        "\"upstream\":2},\"missing_bytes\":{\"client\":12,\"upstream\":0},"
        "\"mid_frame\":{\"client\":true,\"upstream\":false}}]}");
    assert_has(text, "ab0     front     10.0.0.1:5  one     open   1m01s   0.5s       3        2"
                     "  1 KiB          5 B     3 B      c12\n");
    assert_has(text, "1 of 9; --limit N shows more\n");
    free(text);
    text = shown(BRINK_CONTROL_CLIENTS,
                 "{\"count\":1,\"clients\":[{\"mid_frame\":{\"client\":true,\"upstream\":true},"
                 "\"missing_bytes\":{\"client\":18446744073709551,\"upstream\":7}}]}");
    assert_has(text, "c1844674407370");
    assert_null(strstr(text, "--limit"));
    free(text);
}

static void errors_read_like_a_log(void **state)
{
    (void)state;
    assert_shows(BRINK_CONTROL_ERRORS,
                 "{\"errors\":[{\"time\":\"T2\",\"level\":\"warn\",\"event\":\"b\",\"n\":2},"
                 "{\"time\":\"T1\",\"level\":\"error\",\"event\":\"a\",\"error\":\"a b\","
                 "\"s\":0.5}]}",
                 "T1 error event=a error=\"a b\" s=0.5\nT2 warn  event=b n=2\n");
    assert_shows(BRINK_CONTROL_ERRORS, "{\"errors\":[]}", "no warning and no error\n");
}

static void another_version_may_answer_anything(void **state)
{
    (void)state;
    static const char odd[] = "{\"listeners\":[7],\"upstreams\":[{\"servers\":[{},3]}],"
                              "\"errors\":[[],{}],\"workers\":[{\"pools\":[{\"a\":[]},7]}]}";
    static const char *const answers[] = {
        "{}", "[]", "{\"listeners\":{},\"upstreams\":7,\"workers\":[[]],\"clients\":[null]}", odd};
    for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++) {
        for (int view = 0; view < BRINK_CONTROL_VIEWS; view++)
            free(shown((enum brink_control_view)view, answers[i]));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_summary_adds_up),
        cmocka_unit_test(lists_are_tables),
        cmocka_unit_test(clients_say_where_they_stand),
        cmocka_unit_test(errors_read_like_a_log),
        cmocka_unit_test(another_version_may_answer_anything),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
