/* Whose PROXY headers are believed. */
#include "unit/relay/greeted.h"

static void trust(const char *prefix)
{
    static const char *texts[1];
    static struct brink_arena arena;
    texts[0] = prefix;
    assert_int_equal(brink_arena_open(&arena).err, 0);
    assert_int_equal(brink_prefix_list_open(&rig.options.trusted, &arena, texts, 1, NULL).err, 0);
}

static void forget(void)
{
    struct brink_arena *arena = rig.options.trusted.arena;
    brink_prefix_list_close(&rig.options.trusted);
    brink_arena_close(arena);
}

static void only_who_is_trusted_is_believed(void **state)
{
    (void)state;
    prepare(BRINK_PROXY_ACCEPT_REQUIRED);
    trust("127.0.0.0/8");
    int client = connect_and_send(LINE FRAME, sizeof LINE - 1 + 6);
    int upstream = rig_accept_upstream(&rig);
    rig_expect(&rig, upstream, FRAME, 6);
    leave(client, upstream);
    assert_true(rig_logged(&rig, "peer=192.0.2.1:4321"));
    rig_stop(&rig);
    forget();
}

static void the_others_are_who_they_are(void **state)
{
    (void)state;
    prepare(BRINK_PROXY_ACCEPT_REQUIRED);
    trust("10.0.0.0/8");
    int client = connect_and_send(FRAME, 6);
    int upstream = rig_accept_upstream(&rig);
    rig_expect(&rig, upstream, FRAME, 6);
    leave(client, upstream);
    assert_false(rig_logged(&rig, "peer=192.0.2.1"));
    rig_stop(&rig);
    forget();
    prepare(BRINK_PROXY_ACCEPT_OPTIONAL); /* what they say of themselves is no frame */
    trust("10.0.0.0/8");
    client = connect_and_send(LINE FRAME, sizeof LINE - 1 + 6);
    upstream = rig_accept_upstream(&rig);
    rig_expect_end(&rig, upstream);
    (void)close(upstream);
    fails(client, BRINK_REASON_FRAME_TOO_LARGE);
    assert_false(rig_logged(&rig, "peer=192.0.2.1"));
    forget();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_who_is_trusted_is_believed),
        cmocka_unit_test(the_others_are_who_they_are),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
