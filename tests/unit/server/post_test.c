/* Sending from other threads, and what becomes of ids whose stream has gone. */
#include "support/served.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

static _Atomic(uint64_t) last_opened;
static atomic_uint closed;

static void on_open(struct brink_stream *stream, void *context)
{
    (void)context;
    assert_ptr_equal(brink_stream_user(stream), NULL);
    atomic_store(&last_opened, brink_stream_get_id(stream).value);
}

static void on_close(struct brink_stream *stream, const struct brink_close_info *info,
                     void *context)
{
    (void)stream;
    (void)info;
    (void)context;
    (void)atomic_fetch_add(&closed, 1);
}

static const struct brink_stream_handler handler = {.on_open = on_open, .on_close = on_close};

static struct brink_server *start(uint32_t workers)
{
    struct brink_server_options options = served_options(BRINK_SERVICE_FRAMES);
    options.handler = &handler;
    options.workers = workers;
    atomic_store(&last_opened, 0);
    atomic_store(&closed, 0);
    return served_start(&options);
}

static brink_stream_id id_of_last(void)
{
    while (atomic_load(&last_opened) == 0)
        continue;
    return (brink_stream_id){atomic_load(&last_opened)};
}

enum { THREADS = 4, EACH = 500 };

struct sender {
    pthread_t thread;
    struct brink_server *server;
    brink_stream_id id;
    uint8_t name;
};

static void *send_many(void *arg)
{
    struct sender *sender = arg;
    for (unsigned i = 0; i < EACH; i++) {
        uint8_t payload[3] = {sender->name, (uint8_t)(i >> 8), (uint8_t)i};
        if (brink_failed(brink_server_send(sender->server, sender->id, payload, sizeof payload)))
            return sender;
    }
    return NULL;
}

static void all_that_threads_send_arrives_in_each_ones_order(void **state)
{
    (void)state;
    struct brink_server *server = start(2);
    int client = served_connect(server);
    struct sender senders[THREADS];
    for (uint8_t i = 0; i < THREADS; i++) {
        senders[i] = (struct sender){.server = server, .id = id_of_last(), .name = i};
        assert_int_equal(pthread_create(&senders[i].thread, NULL, send_many, &senders[i]), 0);
    }
    unsigned next[THREADS] = {0};
    for (int i = 0; i < THREADS * EACH; i++) {
        uint8_t frame[7];
        size_t have = 0;
        while (have < sizeof frame) {
            ssize_t n = read(client, frame + have, sizeof frame - have);
            assert_true(n > 0);
            have += (size_t)n;
        }
        assert_int_equal(frame[0], 3);
        assert_true(frame[4] < THREADS);
        assert_int_equal(next[frame[4]]++, frame[5] << 8 | frame[6]);
    }
    for (int i = 0; i < THREADS; i++) {
        void *failed;
        assert_int_equal(pthread_join(senders[i].thread, &failed), 0);
        assert_null(failed);
    }
    (void)close(client);
    assert_true(served_stop(server, 10000));
}

struct question {
    atomic_bool asked;
    brink_stream_id id;
    struct brink_stream *found;
};

static void ask(struct brink_server *server, void *arg)
{
    struct question *question = arg;
    question->found = brink_server_find(server, question->id);
    atomic_store(&question->asked, true);
}

static struct brink_stream *find(struct brink_server *server, brink_stream_id id)
{
    struct question question = {.id = id};
    assert_int_equal(brink_server_post(server, id, ask, &question).err, 0);
    while (!atomic_load(&question.asked))
        continue;
    return question.found;
}

static void an_id_never_comes_to_mean_another_stream(void **state)
{
    (void)state;
    struct brink_server *server = start(1);
    int first = served_connect(server);
    brink_stream_id old = id_of_last();
    assert_non_null(find(server, old));
    (void)close(first);
    while (atomic_load(&closed) == 0)
        continue;
    atomic_store(&last_opened, 0);
    int second = served_connect(server);
    assert_int_not_equal(id_of_last().value, old.value);
    assert_null(find(server, old));
    assert_int_equal(brink_server_send(server, old, "lost", 4).err, 0);
    assert_int_equal(brink_server_send(server, id_of_last(), "for you", 7).err, 0);
    served_expect(second, "\7\0\0\0for you", 11);
    struct brink_server_stats stats;
    brink_server_stats(server, &stats);
    assert_int_equal(stats.posts_dropped, 1);
    (void)close(second);
    assert_true(served_stop(server, 10000));
}

static void an_id_that_cannot_be_is_refused(void **state)
{
    (void)state;
    struct brink_server *server = start(1);
    brink_stream_id none = {0};
    brink_stream_id other_worker = {UINT64_C(1) << 32 | UINT64_C(9) << 24};
    assert_int_equal(brink_server_send(server, none, "x", 1).err, ESRCH);
    assert_int_equal(brink_server_post(server, none, ask, NULL).err, ESRCH);
    assert_int_equal(brink_server_send(server, other_worker, "x", 1).err, ESRCH);
    assert_null(brink_server_find(server, none));
    assert_true(served_stop(server, 10000));
}

static void after_the_end_nothing_is_taken(void **state)
{
    (void)state;
    struct brink_server *server = start(1);
    int client = served_connect(server);
    brink_stream_id id = id_of_last();
    brink_server_stop(server, 10000);
    served_expect_end(client);
    (void)close(client);
    assert_true(brink_server_wait(server));
    assert_int_equal(brink_server_send(server, id, "x", 1).err, EPIPE);
    assert_int_equal(brink_server_post(server, id, ask, NULL).err, EPIPE);
    brink_server_free(server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_that_threads_send_arrives_in_each_ones_order),
        cmocka_unit_test(an_id_never_comes_to_mean_another_stream),
        cmocka_unit_test(an_id_that_cannot_be_is_refused),
        cmocka_unit_test(after_the_end_nothing_is_taken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
