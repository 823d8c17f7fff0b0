/* What stats.json has; that it is JSON is for a parser, in e2e/admin_test.py. */
#include "unit/app/snapshots.h"

#include <unistd.h>

#include "app/admin/json.h"
#include "unit/app/written.h"

static char *json_of(const struct brink_server *server)
{
    struct written written;
    struct brink_admin_snapshot *snapshot = brink_admin_snapshot_take(server, 1500000000);
    assert_non_null(snapshot);
    snapshot->taken_ns = 3000042000;
    brink_admin_json_write(written_begin(&written), snapshot);
    brink_admin_snapshot_free(snapshot);
    return written_end(&written);
}

static void assert_part(const char *json, const char *part)
{
    if (strstr(json, part) == NULL)
        fail_msg("no %s in\n%s", part, json);
}

static void figures_are_told_by_name(void **state)
{
    (void)state;
    struct relayed relayed = relayed_start();
    int client = served_connect(relayed.relay);
    char part[512];
    char one[128];
    char other[128];
    served_echo(client, "hello");
    char *json = json_of(relayed.relay);
    assert_int_equal(
        strncmp(json, "{\"version\":\"" BRINK_VERSION "\",", 13 + strlen(BRINK_VERSION)), 0);
    assert_part(json, ",\"start_time_seconds\":1.500,\"time_seconds\":3.000042,\"clients\":1,");
    assert_part(json, ",\"stopping\":false,");
    assert_part(json, "{\"name\":\"front\",\"service\":\"relay\",\"upstream\":\"pair\",");
    (void)snprintf(part, sizeof part,
                   "{\"name\":\"mirror\",\"service\":\"echo\",\"upstream\":null,\"addresses\":"
                   "[\"%s\",\"%s\"],\"clients\":0,",
                   brink_server_address(relayed.relay, 1, one, sizeof one),
                   brink_server_address(relayed.relay, 2, other, sizeof other));
    assert_part(json, part);
    assert_part(json, "\"closed\":{\"client-closed\":0,");
    assert_part(json, "\"frames\":{\"client\":1,\"upstream\":1},"
                      "\"bytes\":{\"client\":9,\"upstream\":9},");
    assert_part(json, "{\"name\":\"pair\",\"server_count\":2,\"usable\":1,\"connections\":1,");
    assert_part(json, "\"servers\":[{\"name\":\"good\",\"address\":\"127.0.0.1:");
    assert_part(json, "},{\"name\":\"127.0.0.1:1\",\"address\":\"127.0.0.1:1\",\"state\":\"up\",");
    assert_part(json, "\"frame_size_bytes\":{\"client\":{\"bounds\":[16,64,");
    assert_part(json, "\"counts\":[1,0,0,0,0,0,0,0,0,0,0,0],\"sum\":9,\"p50\":8,");
    assert_part(json, "\"reply_duration_seconds\":{\"bounds\":[0.00005,0.0001,");
    assert_part(json, "\"frames_cut_by_reason\":{\"client\":{\"client-closed\":0,");
    assert_part(json, "\"read_paused_seconds\":{\"client\":0.000000,\"upstream\":0.000000}");
    assert_part(json, "\"pools\":[{\"name\":\"timers\",\"objects\":");
    assert_part(json, ",\n\"config\":null,");
    assert_part(json, "{\"worker\":1,\"cpu_seconds\":0.");
    assert_int_equal(strcmp(json + strlen(json) - 4, "}]}\n"), 0);
    free(json);
    (void)close(client);
    brink_server_stop(relayed.relay, 10000);
    json = json_of(relayed.relay);
    assert_part(json, ",\"stopping\":true,");
    free(json);
    relayed_stop(&relayed);
}

static void what_is_not_there_is_an_empty_list(void **state)
{
    (void)state;
    struct brink_server_options options = served_options(BRINK_SERVICE_ECHO);
    struct brink_server *server = served_start(&options);
    char *json = json_of(server);
    assert_part(json, "\"upstreams\":[],");
    free(json);
    assert_true(served_stop(server, 10000));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(figures_are_told_by_name),
        cmocka_unit_test(what_is_not_there_is_an_empty_list),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
