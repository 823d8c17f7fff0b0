/* What needs a restart is refused by its name. */
#include "support/reloads.h"

#include <errno.h>
#include <string.h>

#include "server/reload_check.h"

static struct reloads wanted;
static struct brink_server *server;
static int context;

static void on_frame(struct brink_stream *stream, const struct brink_frame *frame, void *arg)
{
    (void)arg;
    (void)stream;
    (void)frame;
}

static const struct brink_stream_handler handler = {.on_frame = on_frame};
static const struct brink_stream_handler other_handler = {.on_frame = on_frame};

static void ignore(void *log_context, enum brink_log_level level, const char *line, size_t length)
{
    (void)log_context;
    (void)level;
    (void)line;
    (void)length;
}

static void begin(void)
{
    reloads_init(&wanted);
    struct brink_listener_options *frames =
        reloads_listener(&wanted, "frames", BRINK_SERVICE_FRAMES, "127.0.0.1:0");
    frames->handler = &handler;
    (void)reloads_listener(&wanted, "echo", BRINK_SERVICE_ECHO, "127.0.0.1:0");
    server = served_start(&wanted.options);
}

static void is_refused(const char *name)
{
    const char *why = reloads_refused(&wanted, server, EINVAL);
    if (strstr(why, name) == NULL)
        fail_msg("%s is not named: %s", name, why);
}

static void each_is_named(void **state)
{
    (void)state;
    begin();
    struct brink_server_options kept = wanted.options;
    wanted.options.workers = 3;
    is_refused("workers");
    wanted.options = kept;
    wanted.options.dispatch = BRINK_DISPATCH_SHARED;
    is_refused("dispatch");
    wanted.options = kept;
    wanted.options.buffer_memory++;
    is_refused("buffer-memory");
    wanted.options = kept;
    wanted.options.log.write = ignore;
    is_refused("log");
    wanted.options = kept;
    wanted.options.log.context = &context;
    is_refused("log");
    wanted.options = kept;
    wanted.options.takeover_fd = 5;
    is_refused("takes over");
    wanted.options = kept;
    wanted.listeners[0].handler = &other_handler;
    is_refused("listener frames");
    wanted.listeners[0].handler = &handler;
    wanted.listeners[0].context = &context;
    is_refused("listener frames");
    wanted.listeners[0].context = NULL;
    reloads_address(&wanted, 1, "fd:0");
    is_refused("fd:0");
    wanted.listeners[1].listen_count = 1;
    reloads_apply(&wanted, server);
    assert_true(served_stop(server, 0));
}

static void what_may_change_may(void **state)
{
    (void)state;
    begin();
    wanted.options.max_clients = 17;
    reloads_apply(&wanted, server);
    struct brink_server_stats stats;
    brink_server_stats(server, &stats);
    assert_int_equal(stats.max_clients, 17);
    struct brink_listener_options *frames =
        reloads_listener(&wanted, "more", BRINK_SERVICE_FRAMES, "127.0.0.1:0");
    frames->handler = &other_handler;
    frames->context = &context;
    reloads_apply(&wanted, server);
    assert_true(served_stop(server, 0));
}

static void the_plain_form_has_no_names(void **state)
{
    (void)state;
    struct brink_server_options plain = served_options(BRINK_SERVICE_ECHO);
    server = served_start(&plain);
    reloads_init(&wanted);
    wanted.options = plain;
    is_refused("restart");
    reloads_init(&wanted);
    wanted.options.workers = 1;
    (void)reloads_listener(&wanted, "echo", BRINK_SERVICE_ECHO, "127.0.0.1:0");
    is_refused("restart");
    assert_true(served_stop(server, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_is_named),
        cmocka_unit_test(what_may_change_may),
        cmocka_unit_test(the_plain_form_has_no_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
