/* Sessions of one server that are let go, and those that are just on their way to it. */
#include "support/servers.h"

#include <unistd.h>

#include "relay/drain.h"

static struct rig rig;
static struct servers servers;
static struct brink_target *drained;

static void prepare(bool rehome)
{
    rig_init(&rig);
    servers_init(&servers);
    servers_add(&servers);
    servers_add(&servers);
    rig.upstream.rehome = rehome;
    servers_start(&servers, &rig);
}

static void drain_first(enum brink_drain_policy policy)
{
    char name[BRINK_ADDRESS_TEXT_MAX];
    struct brink_drain_options options;
    brink_drain_options_init(&options);
    options.policy = policy;
    struct brink_drain_terms terms = brink_drain_terms_of(&options, rig.loop.now_ms);
    (void)brink_address_format(&servers.entries[0].address, name, sizeof name);
    drained = brink_group_find(rig.group, name);
    assert_non_null(drained);
    brink_group_set_drained(rig.group, drained, true);
    brink_group_hold_one(rig.group, drained);
    assert_int_equal(brink_drain_target(&rig.service, drained, &terms).err, 0);
    rig_drain_look(&rig);
}

static void end(int client, int upstream, unsigned gone)
{
    (void)close(client);
    (void)close(upstream);
    rig_until_gone(&rig, gone);
    if (drained != NULL)
        brink_group_drop(rig.group, drained);
    drained = NULL;
    rig_stop(&rig);
    servers_close(&servers);
}

static void its_client_is_given_another(void **state)
{
    (void)state;
    prepare(true);
    int client = rig_connect(&rig);
    int first = servers_accept(&servers, &rig, 0);
    servers_exchange(&rig, client, first);
    drain_first(BRINK_DRAIN_POLICY_IDLE);
    rig_expect_end(&rig, first);
    (void)close(first);
    int second = servers_accept(&servers, &rig, 1);
    servers_exchange(&rig, client, second);
    assert_int_equal(brink_counter_read(&rig.service.stats.rehomed), 1);
    end(client, second, 1);
}

static void or_is_closed_once_it_is_idle(void **state)
{
    (void)state;
    prepare(false);
    int client = rig_connect(&rig);
    int first = servers_accept(&servers, &rig, 0);
    rig_send(&rig, client, "\1\0\0\0q", 5);
    rig_expect(&rig, first, "\1\0\0\0q", 5);
    drain_first(BRINK_DRAIN_POLICY_IDLE);
    rig_expect_silence(&rig, client);
    rig_send(&rig, first, "\1\0\0\0r", 5);
    rig_expect(&rig, client, "\1\0\0\0r", 5);
    rig_drain_look(&rig);
    rig_expect_end(&rig, client);
    end(client, first, 1);
    assert_true(rig_logged(&rig, "reason=drained side=upstream"));
}

static void other_servers_keep_theirs(void **state)
{
    (void)state;
    prepare(false);
    int client = rig_connect(&rig);
    int first = servers_accept(&servers, &rig, 0);
    int other = rig_connect(&rig);
    int second = servers_accept(&servers, &rig, 1);
    drain_first(BRINK_DRAIN_POLICY_BOUNDARY);
    rig_expect_end(&rig, client);
    (void)close(client);
    (void)close(first);
    servers_exchange(&rig, other, second);
    end(other, second, 2);
}

static void nobody_is_connected_to_it_any_more(void **state)
{
    (void)state;
    prepare(false);
    drain_first(BRINK_DRAIN_POLICY_IDLE);
    int clients[3];
    int upstreams[3];
    for (int i = 0; i < 3; i++) {
        clients[i] = rig_connect(&rig);
        upstreams[i] = servers_accept(&servers, &rig, 1);
    }
    assert_false(servers_has_one(&servers, 0));
    for (int i = 1; i < 3; i++) {
        (void)close(clients[i]);
        (void)close(upstreams[i]);
    }
    end(clients[0], upstreams[0], 3);
}

static void who_is_on_the_way_to_it_goes_to_another(void **state)
{
    (void)state;
    prepare(false);
    int client = rig_connect(&rig); /* the kernel connects it, but it has not been told */
    drain_first(BRINK_DRAIN_POLICY_IDLE);
    int second = servers_accept(&servers, &rig, 1);
    servers_exchange(&rig, client, second);
    end(client, second, 1);
}

static void who_has_not_left_it_stays(void **state)
{
    (void)state;
    prepare(false);
    int client = rig_connect(&rig);
    int first = servers_accept(&servers, &rig, 0);
    rig_send(&rig, client, "\1\0\0\0q", 5);
    rig_expect(&rig, first, "\1\0\0\0q", 5);
    drain_first(BRINK_DRAIN_POLICY_IDLE);
    rig_send(&rig, client, "\1\0\0\0x", 5);
    rig_expect_silence(&rig, first);
    brink_group_set_drained(rig.group, drained, false);
    brink_drain_end_target(&rig.service, drained);
    rig_expect(&rig, first, "\1\0\0\0x", 5);
    rig_drain_look(&rig);
    rig_send(&rig, first, "\1\0\0\0r", 5);
    rig_expect(&rig, client, "\1\0\0\0r", 5);
    end(client, first, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(its_client_is_given_another),
        cmocka_unit_test(or_is_closed_once_it_is_idle),
        cmocka_unit_test(other_servers_keep_theirs),
        cmocka_unit_test(nobody_is_connected_to_it_any_more),
        cmocka_unit_test(who_is_on_the_way_to_it_goes_to_another),
        cmocka_unit_test(who_has_not_left_it_stays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
