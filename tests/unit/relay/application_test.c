/* What an application may call on its streams. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sys/socket.h>

#include "support/rig.h"

#include "relay/endpoint.h"

static struct rig rig;
static struct brink_stream *stream;
static unsigned writable;

static void on_open(struct brink_stream *opened, void *context)
{
    (void)context;
    stream = opened;
}

static void on_writable(struct brink_stream *ready, void *context)
{
    (void)context;
    assert_ptr_equal(ready, stream);
    writable++;
}

static void on_close(struct brink_stream *closed, const struct brink_close_info *info,
                     void *context)
{
    (void)info;
    (void)context;
    assert_ptr_equal(closed, stream);
    stream = NULL;
}

static const struct brink_stream_handler handler = {on_open, NULL, on_writable, on_close};

static int start(const char *spec)
{
    rig_init(&rig);
    writable = 0;
    assert_int_equal(brink_spec_parse(&rig.options.spec, spec, 0, NULL).err, 0);
    rig.options.handler = &handler;
    rig_start(&rig, &brink_endpoint_kind);
    int client = rig_connect(&rig);
    assert_non_null(stream);
    return client;
}

static void end(int client)
{
    (void)close(client);
    rig_until_gone(&rig, 1);
    rig_stop(&rig);
    assert_null(stream);
}

static void an_application_may_begin_to_write(void **state)
{
    (void)state;
    int client = start("u32le");
    assert_int_equal(brink_stream_send(stream, "hi", 2).err, 0);
    assert_int_equal(brink_stream_send(stream, NULL, 0).err, 0);
    assert_int_equal(brink_stream_send_raw(stream, "\1\0\0\0x", 5).err, 0);
    assert_int_equal(brink_stream_queued(stream), 15);
    rig_expect(&rig, client, "\2\0\0\0hi\0\0\0\0\1\0\0\0x", 15);
    assert_int_equal(brink_stream_queued(stream), 0);
    end(client);
}

static void a_slow_reader_is_told_of(void **state)
{
    (void)state;
    static uint8_t payload[10000];
    int client = start("u32le");
    unsigned taken = 0;
    brink_result sent = brink_ok();
    while (taken < 100000) {
        sent = brink_stream_send(stream, payload, sizeof payload);
        if (brink_failed(sent))
            break;
        taken++;
        rig_turn(&rig);
    }
    assert_int_equal(sent.err, ENOBUFS);
    assert_int_equal(writable, 0);
    uint8_t got[10004];
    for (unsigned i = 0; i < taken; i++) /* what was taken comes, whole */
        rig_receive(&rig, client, got, sizeof got);
    assert_int_equal(writable, 1);
    assert_int_equal(brink_stream_send(stream, payload, 10).err, 0);
    rig_receive(&rig, client, got, 14);
    end(client);
}

static void a_length_that_the_field_cannot_hold_is_refused(void **state)
{
    (void)state;
    static uint8_t payload[300];
    int client = start("u8");
    assert_int_equal(brink_stream_send(stream, payload, 256).err, EMSGSIZE);
    assert_int_equal(brink_stream_queued(stream), 0);
    assert_int_equal(brink_stream_send(stream, payload, 255).err, 0);
    end(client);
}

static void more_than_can_be_counted_is_refused(void **state)
{
    (void)state;
    int client = start("u32le");
    assert_int_equal(brink_stream_send_raw(stream, "abc", 3).err, 0);
    /* refused for its length alone: there are no such bytes */
    assert_int_equal(brink_stream_send_raw(stream, "", (size_t)UINT32_MAX + 1).err, EMSGSIZE);
    assert_int_equal(brink_stream_queued(stream), 3);
    rig_expect(&rig, client, "abc", 3);
    end(client);
}

/* What a handler leaves out is not called. */
static void a_handler_need_not_ask_for_all(void **state)
{
    (void)state;
    static const struct brink_stream_handler bare = {on_open, NULL, NULL, on_close};
    static uint8_t payload[10000];
    int client = start("u32le");
    rig.options.handler = &bare;
    rig_send(&rig, client, "\1\0\0\0a\0\0\0\0", 9);
    assert_int_equal(brink_counter_read(&rig.service.stats.frames[BRINK_SIDE_CLIENT]), 2);
    unsigned taken = 0;
    while (!brink_failed(brink_stream_send(stream, payload, sizeof payload)) && taken < 100000) {
        taken++;
        rig_turn(&rig);
    }
    uint8_t got[10004];
    for (unsigned i = 0; i < taken; i++)
        rig_receive(&rig, client, got, sizeof got);
    assert_int_equal(writable, 0);
    assert_int_equal(brink_stream_send(stream, payload, 10).err, 0); /* there is room again */
    end(client);
}

static void *fail_alloc(void *context, size_t size, size_t align)
{
    (void)context;
    (void)size;
    (void)align;
    return NULL;
}

static void without_memory_nothing_is_queued(void **state)
{
    (void)state;
    int client = start("u32le");
    const struct brink_memory_source *source = rig.arena.source;
    const struct brink_memory_source none = {fail_alloc, source->release};
    rig.arena.source = &none;
    assert_int_equal(brink_stream_send(stream, "hi", 2).err, ENOMEM);
    assert_int_equal(brink_stream_queued(stream), 0);
    rig.arena.source = source;
    assert_int_equal(brink_stream_send(stream, "hi", 2).err, 0);
    rig_expect(&rig, client, "\2\0\0\0hi", 6);
    end(client);
}

static void a_stream_carries_the_applications_pointer_and_knows_its_peer(void **state)
{
    (void)state;
    int client = start("u32le");
    char text[64];
    assert_null(brink_stream_user(stream));
    brink_stream_set_user(stream, &rig);
    assert_ptr_equal(brink_stream_user(stream), &rig);
    assert_int_equal(strncmp(brink_stream_peer(stream, text, sizeof text), "127.0.0.1:", 10), 0);
    end(client);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_application_may_begin_to_write),
        cmocka_unit_test(a_slow_reader_is_told_of),
        cmocka_unit_test(a_length_that_the_field_cannot_hold_is_refused),
        cmocka_unit_test(more_than_can_be_counted_is_refused),
        cmocka_unit_test(a_handler_need_not_ask_for_all),
        cmocka_unit_test(without_memory_nothing_is_queued),
        cmocka_unit_test(a_stream_carries_the_applications_pointer_and_knows_its_peer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
