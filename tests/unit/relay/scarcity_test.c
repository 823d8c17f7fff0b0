/* When memory is scarce, or the peer gone for whom some was kept. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sys/socket.h>

#include "support/rig.h"

#include "relay/echo.h"
#include "relay/endpoint.h"

enum { BIG = 100000 };

static struct rig rig;
static uint8_t big[BIG + 4];

/* As if others held all of the budget. */
static void spend(void)
{
    brink_counter_add(&rig.service.io.buffers->segments.in_use,
                      rig.service.io.buffers->segments.budget);
}

static void free_up(void)
{
    brink_counter_subtract(&rig.service.io.buffers->segments.in_use,
                           rig.service.io.buffers->segments.budget);
    brink_buffers_freed(&rig.buffers);
}

/* Sends until neither the service nor the kernel takes more; returns how much. */
static size_t send_without_reading(int client)
{
    size_t sent = 0;
    for (int stuck = 0; stuck < 20;) {
        size_t at = sent % sizeof big;
        ssize_t n = send(client, big + at, sizeof big - at, MSG_DONTWAIT | MSG_NOSIGNAL);
        stuck = n > 0 ? 0 : stuck + 1;
        sent += n > 0 ? (size_t)n : 0;
        rig_turn(&rig);
    }
    return sent;
}

static void who_reads_goes_on_though_the_budget_is_spent(void **state)
{
    (void)state;
    rig_init(&rig);
    rig_start(&rig, &brink_echo_kind);
    int client = rig_connect(&rig);
    int silent = rig_connect(&rig);
    spend();
    (void)send_without_reading(silent);
    uint64_t own = brink_counter_read(&rig.service.io.buffers->segments.in_use) -
                   rig.service.io.buffers->segments.budget;
    assert_true(own <= 4 * BRINK_SEGMENT_SIZE); /* who does not read is stopped soon */
    rig_send(&rig, client, big, sizeof big);
    rig_expect(&rig, client, big, sizeof big);
    (void)close(client);
    rig_reset(silent);
    rig_until_gone(&rig, 2);
    free_up();
    rig_stop(&rig);
}

static unsigned whole;

static void on_frame(struct brink_stream *stream, const struct brink_frame *frame, void *context)
{
    (void)stream;
    (void)context;
    whole += frame->size == sizeof big && memcmp(frame->bytes, big, sizeof big) == 0;
}

static const struct brink_stream_handler handler = {.on_frame = on_frame};

/* Those who hold a part of a frame do not wait for each other for ever. */
static void large_frames_are_put_together_one_after_the_other(void **state)
{
    (void)state;
    rig_init(&rig);
    rig.options.handler = &handler;
    rig_start(&rig, &brink_endpoint_kind);
    whole = 0;
    int first = rig_connect(&rig);
    int second = rig_connect(&rig);
    spend();
    assert_int_equal(send(first, big, BIG / 2, 0), BIG / 2);
    for (int i = 0; i < 20; i++)
        rig_turn(&rig);
    assert_int_equal(send(second, big, sizeof big, 0), sizeof big);
    for (int i = 0; i < 20; i++)
        rig_turn(&rig);
    assert_int_equal(whole, 0);
    assert_int_equal(send(first, big + BIG / 2, sizeof big - BIG / 2, 0), sizeof big - BIG / 2);
    for (int i = 0; i < 1000 && whole < 2; i++)
        rig_turn(&rig);
    assert_int_equal(whole, 2);
    (void)close(first);
    (void)close(second);
    rig_until_gone(&rig, 2);
    free_up();
    rig_stop(&rig);
}

static void *no_memory(void *context, size_t size, size_t align)
{
    (void)context;
    (void)size;
    (void)align;
    return NULL;
}

static ssize_t ten_bytes(void *kernel, int fd, const void *data, size_t size)
{
    return brink_sys_linux.ops->send(kernel, fd, data, size < 10 ? size : 10);
}

/* The flow has counted the bytes by the time that there is no place for them. */
static void a_frame_that_memory_was_lacking_for_is_not_passed_off_as_whole(void **state)
{
    (void)state;
    static const struct brink_memory_source none = {no_memory, NULL};
    uint8_t frame[104];
    size_t size = rig_frame(frame, 100, 'x');
    rig_init(&rig);
    rig.ops.send = ten_bytes;
    rig_start(&rig, &brink_echo_kind);
    int client = rig_connect(&rig);
    const struct brink_memory_source *source = rig.arena.source;
    rig.arena.source = &none;
    rig_send(&rig, client, frame, size);
    rig.arena.source = source;
    rig_expect(&rig, client, frame, 10);
    rig_expect_error(&rig, client, ECONNRESET);
    rig_until_gone(&rig, 1);
    assert_true(rig_logged(&rig, "reason=no-memory"));
    (void)close(client);
    rig_stop(&rig);
}

/* It is not read from, as its queue is full: only the failing write tells that it has gone. */
static void a_client_that_stops_reading_and_resets_is_gone(void **state)
{
    (void)state;
    rig_init(&rig);
    rig_start(&rig, &brink_echo_kind);
    int client = rig_connect(&rig);
    (void)send_without_reading(client);
    rig_reset(client);
    rig_until_gone(&rig, 1);
    assert_int_equal(brink_counter_read(&rig.service.io.buffers->segments.in_use), 0);
    rig_stop(&rig);
}

int main(void)
{
    (void)rig_frame(big, BIG, 0);
    for (size_t i = 4; i < sizeof big; i++)
        big[i] = (uint8_t)(i * 7 + i / 256);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_reads_goes_on_though_the_budget_is_spent),
        cmocka_unit_test(large_frames_are_put_together_one_after_the_other),
        cmocka_unit_test(a_frame_that_memory_was_lacking_for_is_not_passed_off_as_whole),
        cmocka_unit_test(a_client_that_stops_reading_and_resets_is_gone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
