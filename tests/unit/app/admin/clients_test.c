/* Clients as JSON. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "app/admin/clients.h"
#include "unit/app/actions.h"
#include "unit/app/written.h"

static char *write_clients(size_t count, size_t most)
{
    struct written written;
    (void)noted_actions();
    noted.clients = count;
    FILE *out = written_begin(&written);
    assert_false(
        brink_failed(brink_admin_clients_write(out, noted_each_client, NULL, "front", most)));
    return written_end(&written);
}

static void each_is_an_object(void **state)
{
    (void)state;
    char *text = write_clients(2, 10);
    assert_string_equal(
        text, "{\"clients\":[\n"
              "{\"id\":\"ab0\",\"listener\":\"front\",\"peer\":\"192.0.2.7:4711\","
              "\"upstream\":\"pair\",\"server\":\"\\\"one\\\"\",\"server_address\":"
              "\"127.0.0.1:1\",\"state\":\"open\",\"worker\":3,\"age_seconds\":61.001,"
              "\"quiet_seconds\":0.007,\"frames\":{\"client\":3,\"upstream\":4},"
              "\"bytes\":{\"client\":1,\"upstream\":2},"
              "\"queued_bytes\":{\"client\":5,\"upstream\":6},"
              "\"missing_bytes\":{\"client\":7,\"upstream\":8},"
              "\"mid_frame\":{\"client\":true,\"upstream\":false}},\n"
              "{\"id\":\"ab1\",\"listener\":\"front\",\"peer\":\"192.0.2.7:4711\","
              "\"upstream\":null,\"server\":null,\"server_address\":null,\"state\":\"leaving\","
              "\"worker\":3,\"age_seconds\":61.001,\"quiet_seconds\":0.007,"
              "\"frames\":{\"client\":3,\"upstream\":4},\"bytes\":{\"client\":1,\"upstream\":2},"
              "\"queued_bytes\":{\"client\":5,\"upstream\":6},"
              "\"missing_bytes\":{\"client\":7,\"upstream\":8},"
              "\"mid_frame\":{\"client\":true,\"upstream\":false}}],\"count\":2}\n");
    free(text);
}

static void there_may_be_none_or_too_many(void **state)
{
    (void)state;
    char *text = write_clients(0, 10);
    assert_string_equal(text, "{\"clients\":[],\"count\":0}\n");
    free(text);
    text = write_clients(9, 1);
    assert_non_null(strstr(text, "ab0"));
    assert_null(strstr(text, "ab1"));
    assert_non_null(strstr(text, "\"count\":9}"));
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_is_an_object),
        cmocka_unit_test(there_may_be_none_or_too_many),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
