/* The options are the group's own. */
#include "group_rig.h"

static void everything_is_copied(void **state)
{
    (void)state;
    struct group_rig rig;
    char name[] = "name", dns[] = "dns:1", file[] = "/file";
    uint8_t send[] = {1, 2, 3}, expect[] = {4, 5}, mask[] = {6, 7};
    struct brink_upstream_server server = {.address = "1.2.3.4:5"};
    rig_init(&rig);
    rig.options.name = name;
    rig.options.dns = dns;
    rig.options.file = file;
    rig.options.servers = &server;
    rig.options.server_count = 1;
    rig.options.tries = 7;
    rig.options.health.send = send;
    rig.options.health.send_size = sizeof send;
    rig.options.health.expect = expect;
    rig.options.health.mask = mask;
    rig.options.health.expect_size = sizeof expect;
    rig_open(&rig);
    memset(name, 'x', 4);
    memset(dns, 'x', 4);
    memset(file, 'x', 4);
    memset(send, 9, sizeof send);
    memset(expect, 9, sizeof expect);
    memset(mask, 9, sizeof mask);
    const struct brink_upstream_options *own = brink_group_options(rig.group);
    assert_string_equal(own->name, "name");
    assert_string_equal(own->dns, "dns:1");
    assert_null(own->srv);
    assert_string_equal(own->file, "/file");
    assert_null(own->servers);
    assert_int_equal(own->server_count, 0);
    assert_int_equal(own->tries, 7);
    assert_memory_equal(own->health.send, ((uint8_t[]){1, 2, 3}), 3);
    assert_memory_equal(own->health.expect, ((uint8_t[]){4, 5}), 2);
    assert_memory_equal(own->health.mask, ((uint8_t[]){6, 7}), 2);
    rig_close(&rig);
}

static void what_is_not_there_stays_so(void **state)
{
    (void)state;
    struct group_rig rig;
    rig_init(&rig);
    rig.options.name = NULL;
    rig.options.health.expect_size = 5; /* of nothing */
    rig_open(&rig);
    const struct brink_upstream_options *own = brink_group_options(rig.group);
    assert_string_equal(own->name, "");
    assert_null(own->dns);
    assert_null(own->health.send);
    assert_null(own->health.expect);
    assert_null(own->health.mask);
    rig_close(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everything_is_copied),
        cmocka_unit_test(what_is_not_there_stays_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
