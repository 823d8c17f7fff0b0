/* c-ares on a loop: questions and answers, sockets that come and go, silence. */
#include "support/discovery.h"

#include <errno.h>
#include <unistd.h>

#include "unit/event/no_timers.h"
#include "upstream/dns_channel.h"

struct asker {
    struct discovery discovery;
    struct brink_dns_channel channel;
    unsigned answers;
    unsigned settles;
    int status;
    size_t size;
    size_t tag;
    bool close_when_settled;
    bool closed;
};

static void answered(void *arg, size_t tag, int status, const uint8_t *bytes, size_t size)
{
    struct asker *asker = arg;
    asker->answers++;
    asker->status = status;
    asker->size = size;
    asker->tag = tag;
    if (status == ARES_SUCCESS)
        assert_non_null(bytes);
}

static void settled(void *arg)
{
    struct asker *asker = arg;
    asker->settles++;
    if (asker->close_when_settled && asker->answers > 0 && !asker->closed) {
        brink_dns_channel_close(&asker->channel);
        asker->closed = true;
    }
}

static bool is_answered(struct discovery *discovery)
{
    return BRINK_CONTAINER_OF(discovery, struct asker, discovery)->answers > 0;
}

static bool is_asked(struct discovery *discovery)
{
    return discovery->names.asked > 0;
}

static void start(struct asker *asker)
{
    struct brink_message why = {""};
    memset(asker, 0, sizeof *asker);
    discovery_start(&asker->discovery);
    assert_int_equal(brink_dns_channel_open(&asker->channel, &asker->discovery.loop,
                                            asker->discovery.names.address, settled, asker, &why)
                         .err,
                     0);
}

static void ask(struct asker *asker, const char *name)
{
    brink_dns_channel_ask(&asker->channel, name, BRINK_DNS_A, answered, asker, 77);
    brink_dns_channel_tend(&asker->channel);
}

static void stop(struct asker *asker)
{
    if (!asker->closed)
        brink_dns_channel_close(&asker->channel);
    discovery_stop(&asker->discovery);
}

static void a_question_is_answered(void **state)
{
    (void)state;
    struct asker asker;
    start(&asker);
    names_add_v4(&asker.discovery.names, "h.test", 60, "192.0.2.1");
    ask(&asker, "h.test.");
    discovery_until(&asker.discovery, is_answered);
    assert_int_equal(asker.status, ARES_SUCCESS);
    assert_int_equal(asker.tag, 77);
    assert_true(asker.settles > 0);
    stop(&asker);
}

static void an_unknown_name_is_told(void **state)
{
    (void)state;
    struct asker asker;
    start(&asker);
    ask(&asker, "none.test.");
    discovery_until(&asker.discovery, is_answered);
    assert_int_equal(asker.status, ARES_ENOTFOUND);
    stop(&asker);
}

static void it_may_be_closed_by_who_hears_that_it_settled(void **state)
{
    (void)state;
    struct asker asker;
    start(&asker);
    asker.close_when_settled = true;
    ask(&asker, "none.test.");
    discovery_until(&asker.discovery, is_answered);
    assert_true(asker.closed);
    stop(&asker);
}

static void closing_gives_up_what_is_not_answered(void **state)
{
    (void)state;
    struct asker asker;
    start(&asker);
    asker.discovery.names.silent = true;
    ask(&asker, "h.test.");
    discovery_until(&asker.discovery, is_asked);
    brink_dns_channel_close(&asker.channel);
    asker.closed = true;
    discovery_turn(&asker.discovery);
    assert_int_equal(asker.answers, 0);
    assert_int_equal(brink_counter_read(&asker.discovery.loop.stats.stale_events), 0);
    stop(&asker);
}

static void nobody_there_is_told(void **state)
{
    (void)state;
    struct asker asker;
    start(&asker);
    close(asker.discovery.names.fd);
    asker.discovery.names.fd = -1;
    ask(&asker, "h.test.");
    discovery_until(&asker.discovery, is_answered);
    assert_true(asker.status == ARES_ECONNREFUSED || asker.status == ARES_ETIMEOUT);
    stop(&asker);
}

static void a_socket_that_cannot_be_watched_ends_the_questions(void **state)
{
    (void)state;
    struct asker asker;
    start(&asker);
    asker.discovery.fail_duplicates = 1;
    ask(&asker, "h.test.");
    assert_int_equal(asker.channel.watch_error, EMFILE);
    discovery_until(&asker.discovery, is_answered);
    assert_int_equal(asker.status, ARES_ECANCELLED);
    stop(&asker);
}

static int no_watch(void *kernel, int epoll_fd, int operation, int fd, struct epoll_event *event)
{
    (void)kernel;
    if (operation == EPOLL_CTL_ADD)
        return -ENOSPC;
    return brink_sys_linux.ops->epoll_ctl(NULL, epoll_fd, operation, fd, event);
}

static void a_socket_that_the_kernel_does_not_watch_ends_them_too(void **state)
{
    (void)state;
    struct asker asker;
    start(&asker);
    asker.discovery.ops.epoll_ctl = no_watch;
    ask(&asker, "h.test.");
    discovery_until(&asker.discovery, is_answered);
    assert_int_equal(asker.status, ARES_ECANCELLED);
    assert_int_equal(asker.channel.watch_error, ENOSPC);
    stop(&asker);
}

static void without_a_timer_it_does_not_open(void **state)
{
    (void)state;
    static struct no_timers none;
    struct brink_memory_source failing;
    struct discovery discovery;
    struct brink_dns_channel channel;
    struct brink_message why = {""};
    discovery_start(&discovery);
    no_timers_begin(&none, &discovery.loop, &failing);
    assert_int_equal(
        brink_dns_channel_open(&channel, &discovery.loop, NULL, settled, NULL, &why).err, ENOMEM);
    assert_string_equal(why.text, strerror(ENOMEM));
    no_timers_end(&none, &discovery.loop);
    discovery_stop(&discovery);
}

static void without_memory_a_question_fails(void **state)
{
    (void)state;
    struct asker asker;
    start(&asker);
    asker.discovery.memory.fail_at = asker.discovery.memory.calls + 1;
    ask(&asker, "h.test.");
    assert_int_equal(asker.answers, 1);
    assert_int_equal(asker.status, ARES_ENOMEM);
    stop(&asker);
}

static void resolvers_that_are_none_are_refused(void **state)
{
    (void)state;
    struct discovery discovery;
    struct brink_dns_channel channel;
    struct brink_message why = {""};
    discovery_start(&discovery);
    assert_int_equal(
        brink_dns_channel_open(&channel, &discovery.loop, "no address", settled, NULL, &why).err,
        EINVAL);
    assert_non_null(strstr(why.text, "no DNS servers"));
    discovery_stop(&discovery);
}

static void the_hosts_file_knows_this_machine(void **state)
{
    (void)state;
    struct asker asker;
    struct brink_dns_record records[4];
    start(&asker);
    assert_int_equal(
        brink_dns_channel_hosts_file(&asker.channel, "none.invalid", BRINK_DNS_A, records, 4), 0);
    size_t count =
        brink_dns_channel_hosts_file(&asker.channel, "localhost", BRINK_DNS_A, records, 4);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(records[i].bytes[0], 127);
    stop(&asker);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_question_is_answered),
        cmocka_unit_test(an_unknown_name_is_told),
        cmocka_unit_test(it_may_be_closed_by_who_hears_that_it_settled),
        cmocka_unit_test(closing_gives_up_what_is_not_answered),
        cmocka_unit_test(nobody_there_is_told),
        cmocka_unit_test(a_socket_that_cannot_be_watched_ends_the_questions),
        cmocka_unit_test(a_socket_that_the_kernel_does_not_watch_ends_them_too),
        cmocka_unit_test(without_a_timer_it_does_not_open),
        cmocka_unit_test(without_memory_a_question_fails),
        cmocka_unit_test(resolvers_that_are_none_are_refused),
        cmocka_unit_test(the_hosts_file_knows_this_machine),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
