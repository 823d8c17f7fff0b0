/* What clients find out about their server: that it answers, resets, or does not answer. */
#include <string.h>
#include <unistd.h>

#include <sys/socket.h>

#include "support/servers.h"

static struct rig rig;
static struct servers servers;
static int client;
static int upstream;

static struct brink_target_figures figures;

static void see(void *context, const struct brink_target *target,
                const struct brink_target_figures *its)
{
    (void)context;
    (void)target;
    figures = *its;
}

static void look(void)
{
    brink_group_each(rig.group, see, NULL);
}

static void couple_more(uint32_t reply_ms, const char *spec)
{
    servers_init(&servers);
    servers_add(&servers);
    rig.upstream.eject.reply_ms = reply_ms;
    rig.upstream.eject.resets = 2;
    rig.upstream.eject.max_percent = 100;
    assert_int_equal(brink_spec_parse(&rig.options.spec, spec, 0, NULL).err, 0);
    servers_start(&servers, &rig);
    client = rig_connect(&rig);
    upstream = servers_accept(&servers, &rig, 0);
}

static void couple(uint32_t reply_ms, const char *spec)
{
    rig_init(&rig);
    couple_more(reply_ms, spec);
}

static void part(void)
{
    (void)close(client);
    (void)close(upstream);
    rig_forward(&rig, 2000);
    rig_until_gone(&rig, 1);
    rig_stop(&rig);
    servers_close(&servers);
}

/* So that each look of the timer happens. */
static void pass(unsigned ms)
{
    for (unsigned passed = 0; passed < ms; passed += 50)
        rig_forward(&rig, 50);
    look();
}

static void a_request_without_reply_is_held_against_the_server(void **state)
{
    (void)state;
    couple(500, "u32le");
    rig_send(&rig, client, "\1\0\0\0a", 5);
    rig_expect(&rig, upstream, "\1\0\0\0a", 5);
    pass(450);
    assert_int_equal(figures.unanswered, 0);
    pass(700); /* found out between once and twice that */
    assert_int_equal(figures.unanswered, 1);
    part();
}

/* It is looked at for other deadlines as well, which neither puts it off nor counts it twice. */
static void other_deadlines_change_nothing_of_that(void **state)
{
    (void)state;
    rig_init(&rig);
    rig.options.frame_ms = 150; /* there is none in part: it only looks */
    couple_more(500, "u32le");
    rig_send(&rig, client, "\1\0\0\0a", 5);
    rig_expect(&rig, upstream, "\1\0\0\0a", 5);
    pass(450);
    assert_int_equal(figures.unanswered, 0);
    pass(450); /* a look at 150, and 500 more */
    assert_int_equal(figures.unanswered, 1);
    part();
}

static void a_server_that_answers_is_a_good_one(void **state)
{
    (void)state;
    couple(500, "u32le");
    for (int i = 0; i < 10; i++) {
        servers_exchange(&rig, client, upstream);
        pass(400);
    }
    pass(3000); /* nothing is owed */
    assert_int_equal(figures.unanswered, 0);
    part();
}

/* A long reply, slowly, is one. */
static void a_reply_in_part_is_an_answer(void **state)
{
    (void)state;
    couple(500, "u32le");
    rig_send(&rig, client, "\1\0\0\0a", 5);
    rig_expect(&rig, upstream, "\1\0\0\0a", 5);
    rig_send(&rig, upstream, "\144\0\0\0", 4);
    for (int i = 0; i < 10; i++) {
        rig_send(&rig, upstream, "x", 1);
        pass(300);
    }
    assert_int_equal(figures.unanswered, 0);
    part();
}

static void raw_bytes_have_no_replies(void **state)
{
    (void)state;
    couple(500, "raw");
    rig_send(&rig, client, "question", 8);
    rig_expect(&rig, upstream, "question", 8);
    pass(3000);
    assert_int_equal(figures.unanswered, 0);
    part();
}

/* The client takes nothing, so nothing more is read of the server: it cannot answer. */
static void slow_client(bool scarce)
{
    enum { SIZE = 16 * 1024 * 1024 };
    static uint8_t big[SIZE];
    int small = 4096;
    couple(500, "u32le,max=20000000");
    assert_int_equal(setsockopt(client, SOL_SOCKET, SO_RCVBUF, &small, sizeof small), 0);
    rig_send(&rig, client, "\0\0\0\0\0\0\0\0", 8);
    rig_expect(&rig, upstream, "\0\0\0\0\0\0\0\0", 8);
    struct brink_segments *segments = &rig.buffers.segments;
    if (scarce) /* as if others held all of it */
        brink_counter_add(&segments->in_use, segments->budget);
    size_t size = rig_frame(big, SIZE - 4, 'x');
    size_t sent = 0;
    for (int refused = 0; refused < 50;) {
        ssize_t n = send(upstream, big + sent, size - sent, MSG_DONTWAIT);
        refused = n > 0 ? 0 : refused + 1;
        sent += n > 0 ? (size_t)n : 0;
        rig_turn(&rig);
    }
    assert_true(sent < size);
    pass(3000);
    assert_int_equal(figures.unanswered, 0);
    if (scarce)
        brink_counter_subtract(&segments->in_use, segments->budget);
    part();
}

static void a_slow_client_is_not_held_against_the_server(void **state)
{
    (void)state;
    slow_client(false);
    slow_client(true);
}

static void resets_are_counted_and_answers_forgive(void **state)
{
    (void)state;
    couple(0, "u32le");
    rig_reset(upstream);
    rig_expect_end(&rig, client);
    look();
    assert_int_equal(figures.resets, 1);
    assert_int_equal(figures.state, BRINK_TARGET_UP);
    (void)close(client);
    rig_until_gone(&rig, 1);
    client = rig_connect(&rig); /* one that is answered, so that it is not the second in a row */
    upstream = servers_accept(&servers, &rig, 0);
    servers_exchange(&rig, client, upstream);
    rig_reset(upstream);
    rig_expect_end(&rig, client);
    (void)close(client);
    rig_until_gone(&rig, 2);
    look();
    assert_int_equal(figures.state, BRINK_TARGET_UP);
    client = rig_connect(&rig);
    upstream = servers_accept(&servers, &rig, 0);
    rig_reset(upstream);
    rig_expect_end(&rig, client);
    look();
    assert_int_equal(figures.resets, 3);
    assert_int_equal(figures.state, BRINK_TARGET_EJECTED);
    (void)close(client);
    rig_until_gone(&rig, 3);
    rig_stop(&rig);
    servers_close(&servers);
}

static void a_clients_reset_is_not_the_servers(void **state)
{
    (void)state;
    couple(0, "u32le");
    rig_reset(client);
    rig_expect_end(&rig, upstream);
    look();
    assert_int_equal(figures.resets, 0);
    client = -1;
    part();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_request_without_reply_is_held_against_the_server),
        cmocka_unit_test(other_deadlines_change_nothing_of_that),
        cmocka_unit_test(a_server_that_answers_is_a_good_one),
        cmocka_unit_test(a_reply_in_part_is_an_answer),
        cmocka_unit_test(raw_bytes_have_no_replies),
        cmocka_unit_test(a_slow_client_is_not_held_against_the_server),
        cmocka_unit_test(resets_are_counted_and_answers_forgive),
        cmocka_unit_test(a_clients_reset_is_not_the_servers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
