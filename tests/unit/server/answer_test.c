/* Who turns answers, idle or not; who is stuck does not, until it goes on. */
#include "support/served.h"

#include <stdatomic.h>
#include <unistd.h>

static atomic_bool stuck;
static atomic_bool go_on;

static void on_frame(struct brink_stream *stream, const struct brink_frame *frame, void *context)
{
    (void)stream;
    (void)frame;
    (void)context;
    atomic_store(&stuck, true);
    while (!atomic_load(&go_on))
        continue;
    atomic_store(&stuck, false);
}

static const struct brink_stream_handler handler = {.on_frame = on_frame};

static void await_answer(struct brink_server *server)
{
    while (!brink_server_answers(server))
        continue;
}

static void idle_workers_answer(void **state)
{
    (void)state;
    struct brink_server_options options = served_options(BRINK_SERVICE_ECHO);
    for (uint32_t dispatch = 0; dispatch < 2; dispatch++) {
        options.workers = 3;
        options.dispatch = (enum brink_server_dispatch)dispatch;
        struct brink_server *server = served_start(&options);
        assert_true(brink_server_answers(server)); /* nothing was asked yet */
        for (int i = 0; i < 100; i++)
            await_answer(server);
        brink_server_stop(server, 1000);
        assert_true(brink_server_wait(server));
        for (int i = 0; i < 3; i++) /* the ended do not count against it */
            assert_true(brink_server_answers(server) || i == 0);
        brink_server_free(server);
    }
}

static void a_worker_that_is_stuck_does_not(void **state)
{
    (void)state;
    struct brink_server_options options = served_options(BRINK_SERVICE_FRAMES);
    options.handler = &handler;
    options.workers = 2;
    atomic_store(&go_on, false);
    struct brink_server *server = served_start(&options);
    int client = served_connect(server);
    served_send(client, "\1\0\0\0x", 5);
    while (!atomic_load(&stuck))
        continue;
    (void)brink_server_answers(server);
    for (int i = 0; i < 1000; i++)
        assert_false(brink_server_answers(server));
    atomic_store(&go_on, true);
    await_answer(server);
    (void)close(client);
    assert_true(served_stop(server, 10000));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(idle_workers_answer),
        cmocka_unit_test(a_worker_that_is_stuck_does_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
