/* What a scrape reads; that Prometheus takes it is for promtool, in e2e/admin_test.py. */
#include "unit/app/snapshots.h"

#include <unistd.h>

#include "app/admin/metrics.h"
#include "unit/app/written.h"

static char *metrics_of(const struct brink_server *server)
{
    struct written written;
    struct brink_admin_snapshot *snapshot = brink_admin_snapshot_take(server, 1500000000);
    assert_non_null(snapshot);
    brink_admin_metrics_write(written_begin(&written), snapshot);
    brink_admin_snapshot_free(snapshot);
    return written_end(&written);
}

static void assert_line(const char *metrics, const char *line)
{
    char whole[256];
    (void)snprintf(whole, sizeof whole, "\n%s\n", line);
    if (strstr(metrics, whole) == NULL)
        fail_msg("no line \"%s\" in\n%s", line, metrics);
}

static void figures_are_told_with_their_labels(void **state)
{
    (void)state;
    struct relayed relayed = relayed_start();
    int client = served_connect(relayed.relay);
    char line[256];
    char address[128];
    served_echo(client, "hello");
    served_echo(client, "");
    char *metrics = metrics_of(relayed.relay);
    assert_line(metrics, "brink_build_info{version=\"" BRINK_VERSION "\"} 1");
    assert_line(metrics, "brink_start_time_seconds 1.500");
    assert_line(metrics, "brink_clients 1");
    assert_line(metrics, "brink_stopping 0");
    assert_line(metrics, "# TYPE brink_listener_accepted_total counter");
    assert_line(metrics, "brink_listener_accepted_total{listener=\"front\"} 1");
    assert_line(metrics, "brink_listener_accepted_total{listener=\"mirror\"} 0");
    assert_line(metrics, "brink_listener_frames_total{listener=\"front\",side=\"client\"} 2");
    assert_line(metrics, "brink_listener_bytes_total{listener=\"front\",side=\"upstream\"} 13");
    assert_line(metrics, "brink_listener_closed_total{listener=\"front\",reason=\"max-age\"} 0");
    assert_null(strstr(metrics, "reason=\"none\""));
    assert_line(metrics, "# TYPE brink_upstream_usable_servers gauge");
    assert_line(metrics, "brink_upstream_usable_servers{upstream=\"pair\"} 1");
    (void)snprintf(line, sizeof line,
                   "brink_server_state{upstream=\"pair\",server=\"good\",address=\"%s\","
                   "state=\"up\"} 1",
                   brink_server_address(relayed.echo, 0, address, sizeof address));
    assert_line(metrics, line);
    assert_line(metrics, "brink_server_max_connections{upstream=\"pair\",server=\"127.0.0.1:1\","
                         "address=\"127.0.0.1:1\"} 5");
    (void)snprintf(line, sizeof line,
                   "brink_listener_info{listener=\"mirror\",address=\"%s\",service=\"echo\","
                   "upstream=\"\"} 1",
                   brink_server_address(relayed.relay, 2, address, sizeof address));
    assert_line(metrics, line);
    assert_line(metrics, "# TYPE brink_worker_cpu_seconds_total counter");
    assert_line(metrics, "# TYPE brink_listener_frame_size_bytes histogram");
    assert_line(metrics, "brink_listener_frame_size_bytes_bucket{listener=\"front\","
                         "side=\"client\",le=\"16\"} 2");
    assert_line(metrics, "brink_listener_frame_size_bytes_bucket{listener=\"front\","
                         "side=\"client\",le=\"+Inf\"} 2");
    assert_line(metrics, "brink_listener_frame_size_bytes_sum{listener=\"front\","
                         "side=\"upstream\"} 13");
    assert_line(metrics, "brink_listener_reply_duration_seconds_count{listener=\"front\"} 2");
    assert_line(metrics, "brink_listener_frames_cut_total{listener=\"front\",side=\"client\","
                         "reason=\"max-age\"} 0");
    assert_line(metrics, "brink_listener_bad_frames_total{listener=\"front\",side=\"upstream\","
                         "error=\"too-large\"} 0");
    assert_line(metrics, "brink_listener_read_paused_seconds_total{listener=\"front\","
                         "side=\"client\"} 0.000000");
    assert_line(metrics, "brink_upstream_frames_total{upstream=\"pair\",side=\"client\"} 2");
    assert_non_null(strstr(metrics, "\nbrink_pool_objects{worker=\"1\",pool=\"timers\"} "));
    assert_null(strstr(metrics, "brink_config_"));
    assert_non_null(strstr(metrics, "\nbrink_worker_turns_total{worker=\"1\"} "));
    free(metrics);
    (void)close(client);
    relayed_stop(&relayed);
}

static void the_configuration_is_told_of(void **state)
{
    (void)state;
    struct brink_server_options options = served_options(BRINK_SERVICE_ECHO);
    struct brink_server *server = served_start(&options);
    struct brink_admin_program program = {.reloads = 3, .config_failed = true};
    struct brink_admin_snapshot *snapshot = brink_admin_snapshot_take(server, 0);
    struct written written;
    brink_admin_program_begin(&program, "/etc/\"x\"");
    atomic_store(&program.config_ns, 5250000000);
    snapshot->program = &program;
    brink_admin_metrics_write(written_begin(&written), snapshot);
    char *metrics = written_end(&written);
    assert_line(metrics, "brink_config_info{path=\"/etc/\\\"x\\\"\"} 1");
    assert_line(metrics, "brink_config_reloads_total 3");
    assert_line(metrics, "brink_config_reload_failures_total 0");
    assert_line(metrics, "brink_config_last_reload_successful 0");
    assert_line(metrics, "brink_config_time_seconds 5.250");
    free(metrics);
    brink_admin_snapshot_free(snapshot);
    assert_true(served_stop(server, 10000));
}

static void what_is_not_there_has_no_metric(void **state)
{
    (void)state;
    struct brink_server_options options = served_options(BRINK_SERVICE_ECHO);
    struct brink_server *server = served_start(&options);
    char *metrics = metrics_of(server);
    assert_null(strstr(metrics, "brink_upstream_"));
    assert_null(strstr(metrics, "brink_server_"));
    assert_line(metrics, "brink_listener_clients{listener=\"\"} 0");
    assert_int_equal(metrics[strlen(metrics) - 1], '\n');
    free(metrics);
    assert_true(served_stop(server, 10000));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(figures_are_told_with_their_labels),
        cmocka_unit_test(the_configuration_is_told_of),
        cmocka_unit_test(what_is_not_there_has_no_metric),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
