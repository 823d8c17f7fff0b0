/* Frames that go to the application: whole, in order, however they come. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sys/socket.h>

#include "support/rig.h"

#include "relay/endpoint.h"

struct seen {
    unsigned opened;
    unsigned frames;
    unsigned closed;
    size_t bytes;
    uint64_t sum;
    size_t header;
    struct brink_close_info info;
    void (*on_frame)(struct brink_stream *stream, const struct brink_frame *frame);
};

static struct rig rig;
static struct seen seen;

static void on_open(struct brink_stream *stream, void *context)
{
    (void)stream;
    ((struct seen *)context)->opened++;
}

static void on_frame(struct brink_stream *stream, const struct brink_frame *frame, void *context)
{
    struct seen *all = context;
    all->frames++;
    all->bytes += frame->size;
    all->header = frame->header;
    for (size_t i = 0; i < frame->size; i++)
        all->sum = all->sum * 31 + frame->bytes[i];
    if (all->on_frame != NULL)
        all->on_frame(stream, frame);
}

static void on_close(struct brink_stream *stream, const struct brink_close_info *info,
                     void *context)
{
    (void)stream;
    struct seen *all = context;
    all->closed++;
    all->info = *info;
}

static const struct brink_stream_handler handler = {on_open, on_frame, NULL, on_close};

static void start(const char *spec)
{
    rig_init(&rig);
    memset(&seen, 0, sizeof seen);
    assert_int_equal(brink_spec_parse(&rig.options.spec, spec, 0, NULL).err, 0);
    rig.options.handler = &handler;
    rig.options.context = &seen;
    rig_start(&rig, &brink_endpoint_kind);
}

static void end(int client)
{
    (void)close(client);
    rig_until_gone(&rig, 1);
    rig_stop(&rig);
    assert_int_equal(seen.opened, 1);
    assert_int_equal(seen.closed, 1);
}

static uint64_t sum_of(const uint8_t *bytes, size_t length)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < length; i++)
        sum = sum * 31 + bytes[i];
    return sum;
}

static void frames_are_the_same_however_split(void **state)
{
    (void)state;
    uint8_t bytes[2000];
    size_t size = rig_frame(bytes, 10, 'a');
    size += rig_frame(bytes + size, 0, 0);
    size += rig_frame(bytes + size, 900, 'b');
    for (size_t step = 1; step < size; step = step * 2 + 1) {
        start("u32le");
        int client = rig_connect(&rig);
        for (size_t at = 0; at < size; at += step)
            rig_send(&rig, client, bytes + at, step < size - at ? step : size - at);
        while (seen.frames < 3)
            rig_turn(&rig);
        assert_int_equal(seen.sum, sum_of(bytes, size));
        assert_int_equal(seen.bytes, size);
        assert_int_equal(seen.header, 4);
        end(client);
        assert_int_equal(seen.info.reason, BRINK_REASON_CLIENT_CLOSED);
    }
}

static void a_large_frame_is_put_together(void **state)
{
    (void)state;
    enum { PAYLOAD = 3 * 1024 * 1024 };
    uint8_t *bytes = malloc(PAYLOAD + 4);
    size_t size = rig_frame(bytes, PAYLOAD, 0);
    for (size_t i = 4; i < size; i++)
        bytes[i] = (uint8_t)(i * 7);
    start("u32le");
    int client = rig_connect(&rig);
    rig_send(&rig, client, bytes, size);
    while (seen.frames < 1)
        rig_turn(&rig);
    assert_int_equal(seen.sum, sum_of(bytes, size));
    assert_int_equal(brink_counter_read(&rig.service.io.buffers->segments.in_use), 0);
    end(client);
    free(bytes);
}

static void a_claim_reserves_nothing(void **state)
{
    (void)state;
    start("u32le");
    int client = rig_connect(&rig);
    rig_send(&rig, client, "\0\0\xff\0xyz", 7); /* 16 MiB less 64 KiB are claimed */
    for (int i = 0; i < 5; i++)
        rig_turn(&rig);
    assert_in_range(brink_counter_read(&rig.service.io.buffers->segments.in_use), 7, 65536);
    end(client);
    assert_int_equal(seen.frames, 0);
    assert_int_equal(seen.info.reason, BRINK_REASON_CLIENT_MID_FRAME);
}

static void a_preface_is_not_the_applications_affair(void **state)
{
    (void)state;
    start("u32le,preface=3");
    int client = rig_connect(&rig);
    rig_send(&rig, client, "PR", 2);
    rig_send(&rig, client, "I\1\0\0\0a", 6);
    while (seen.frames < 1)
        rig_turn(&rig);
    assert_int_equal(seen.bytes, 5);
    end(client);
    assert_int_equal(seen.frames, 1);
}

static void *no_memory(void *context, size_t size, size_t align)
{
    (void)context;
    (void)size;
    (void)align;
    return NULL;
}

/* The last bytes of a frame find no room behind the others. */
static void a_frame_that_memory_is_lacking_for_is_not_told(void **state)
{
    (void)state;
    enum { FILLS_THE_FIRST_ROOM = 4096, REST = 10 };
    uint8_t bytes[FILLS_THE_FIRST_ROOM + REST];
    size_t size = rig_frame(bytes, sizeof bytes - 4, 'x');
    start("u32le");
    int client = rig_connect(&rig);
    rig_send(&rig, client, bytes, FILLS_THE_FIRST_ROOM);
    while (brink_counter_read(&rig.service.stats.bytes[BRINK_SIDE_CLIENT]) < FILLS_THE_FIRST_ROOM)
        rig_turn(&rig);
    const struct brink_memory_source *source = rig.arena.source;
    const struct brink_memory_source none = {no_memory, source->release};
    rig.arena.source = &none;
    rig_send(&rig, client, bytes + FILLS_THE_FIRST_ROOM, size - FILLS_THE_FIRST_ROOM);
    rig_expect_error(&rig, client, ECONNRESET);
    rig.arena.source = source;
    end(client);
    assert_int_equal(seen.frames, 0);
    assert_int_equal(seen.info.reason, BRINK_REASON_NO_MEMORY);
    assert_int_equal(seen.info.sys_errno, ENOMEM);
}

static void a_bad_frame_ends_it(void **state)
{
    (void)state;
    start("u32le,max=100");
    int client = rig_connect(&rig);
    rig_send(&rig, client, "\1\0\0\0a\xff", 6);
    rig_send(&rig, client, "\xff\0\0", 3);
    rig_expect_end(&rig, client);
    end(client);
    assert_int_equal(seen.frames, 1);
    assert_int_equal(seen.info.reason, BRINK_REASON_FRAME_TOO_LARGE);
    assert_true(rig_logged(&rig, "header=ffff0000"));
}

static void close_in_frame(struct brink_stream *stream, const struct brink_frame *frame)
{
    (void)frame;
    assert_int_equal(brink_stream_send(stream, "bye", 3).err, 0);
    brink_stream_close(stream);
    brink_stream_close(stream);
    assert_int_equal(brink_stream_send(stream, "more", 4).err, EPIPE);
}

static void closing_within_a_frame_flushes_and_ends(void **state)
{
    (void)state;
    start("u32le");
    seen.on_frame = close_in_frame;
    int client = rig_connect(&rig);
    rig_send(&rig, client, "\1\0\0\0a\1\0\0\0b", 10);
    rig_expect(&rig, client, "\3\0\0\0bye", 7);
    rig_expect_end(&rig, client);
    end(client);
    assert_int_equal(seen.frames, 1);
    assert_int_equal(seen.info.reason, BRINK_REASON_LOCAL_CLOSED);
}

static void abort_in_frame(struct brink_stream *stream, const struct brink_frame *frame)
{
    (void)frame;
    assert_int_equal(brink_stream_send(stream, "bye", 3).err, 0);
    brink_stream_abort(stream);
}

static void aborting_within_a_frame_resets(void **state)
{
    (void)state;
    start("u32le");
    seen.on_frame = abort_in_frame;
    int client = rig_connect(&rig);
    rig_send(&rig, client, "\1\0\0\0a\1\0\0\0b", 10);
    rig_expect_error(&rig, client, ECONNRESET);
    end(client);
    assert_int_equal(seen.frames, 1);
    assert_int_equal(seen.info.reason, BRINK_REASON_LOCAL_CLOSED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frames_are_the_same_however_split),
        cmocka_unit_test(a_large_frame_is_put_together),
        cmocka_unit_test(a_claim_reserves_nothing),
        cmocka_unit_test(a_preface_is_not_the_applications_affair),
        cmocka_unit_test(a_frame_that_memory_is_lacking_for_is_not_told),
        cmocka_unit_test(a_bad_frame_ends_it),
        cmocka_unit_test(closing_within_a_frame_flushes_and_ends),
        cmocka_unit_test(aborting_within_a_frame_resets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
