/* Sessions that come from another process: what is taken up, and what is refused. */
#include "two_rigs.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>

#define FRAME "\2\0\0\0hi"
#define LINE  "PROXY TCP4 192.0.2.1 198.51.100.2 4321 443\r\n"

static int client;
static int upstream;

/* A pair that stands between two frames, and its parcel. */
static struct brink_parcel a_parcel(void)
{
    struct brink_parcel parcel;
    client = rig_connect(&old);
    upstream = rig_accept_upstream(&old);
    rig_send(&old, client, FRAME, 6);
    rig_expect(&old, upstream, FRAME, 6);
    brink_handover_begin(&old.service);
    assert_true(take_one(&old, &parcel));
    brink_handover_confirm(&old.service);
    brink_handover_end(&old.service);
    return parcel;
}

static void end_of(const struct brink_parcel *parcel)
{
    close_parcel(parcel);
    (void)close(client);
    (void)close(upstream);
    rigs_stop();
}

static int refused(const struct brink_parcel *parcel)
{
    struct brink_session *session;
    int err = brink_adopt(&young.service, parcel, &session).err;
    assert_int_not_equal(err, 0);
    rig_turn(&young); /* in which what was begun is freed */
    assert_non_null(brink_adopt_error_text(err));
    return err;
}

static void what_makes_no_sense_is_refused(void **state)
{
    (void)state;
    rigs_init();
    rigs_start(&brink_pair_kind);
    const struct brink_parcel good = a_parcel();
    struct brink_parcel bad = good;
    bad.shape++;
    assert_int_equal(refused(&bad), EPROTOTYPE);
    bad = good;
    bad.legs = 1;
    assert_int_equal(refused(&bad), EPROTOTYPE);
    bad = good;
    bad.fds[1] = -1;
    assert_int_equal(refused(&bad), EBADF);
    bad = good;
    bad.leg[1].position.mode = BRINK_POSITION_RAW;
    assert_int_equal(refused(&bad), EINVAL);
    bad = good;
    (void)snprintf(bad.server, sizeof bad.server, "example.com:1");
    assert_int_equal(refused(&bad), EINVAL);
    (void)snprintf(bad.server, sizeof bad.server, "no address");
    assert_int_equal(refused(&bad), EINVAL);
    take_over(&young, &good); /* nothing has happened to its connections */
    rig_send(&young, client, FRAME, 6);
    rig_expect(&young, upstream, FRAME, 6);
    leave(&young, client, upstream);
    rigs_stop();
}

static void what_is_no_connection_is_refused(void **state)
{
    (void)state;
    rigs_init();
    rigs_start(&brink_pair_kind);
    const struct brink_parcel good = a_parcel();
    struct brink_parcel bad = good;
    FILE *file = tmpfile(); /* which epoll(7) does not take */
    bad.fds[1] = fileno(file);
    assert_int_equal(refused(&bad), EPERM);
    bad.fds[1] = good.fds[1];
    bad.fds[0] = fileno(file);
    assert_int_equal(refused(&bad), EPERM);
    (void)fclose(file);
    assert_int_equal(refused(&bad), EBADF);
    end_of(&good);
}

static void another_kind_of_service_refuses_it(void **state)
{
    (void)state;
    rigs_init();
    rig_start(&old, &brink_pair_kind);
    rig_start(&young, &brink_echo_kind);
    const struct brink_parcel parcel = a_parcel();
    assert_int_equal(refused(&parcel), EPROTOTYPE);
    end_of(&parcel);
}

/* The worker's memory, but for one call. */
static struct {
    const struct brink_memory_source *source;
    unsigned calls;
    unsigned fail_at; /* counted from 1 */
} memory;

static void *alloc(void *context, size_t size, size_t align)
{
    if (++memory.calls == memory.fail_at)
        return NULL;
    return memory.source->alloc(context, size, align);
}

static void release(void *context, void *block, size_t size, size_t align)
{
    memory.source->release(context, block, size, align);
}

static void each_allocation_that_fails_leaves_it_untouched(void **state)
{
    (void)state;
    static const struct brink_memory_source failing = {alloc, release};
    rigs_init();
    old.options.accept_proxy = young.options.accept_proxy = BRINK_PROXY_ACCEPT_REQUIRED;
    rigs_start(&brink_pair_kind);
    client = rig_connect(&old);
    rig_send(&old, client, LINE FRAME, sizeof LINE - 1 + 6);
    upstream = rig_accept_upstream(&old);
    rig_expect(&old, upstream, FRAME, 6);
    struct brink_parcel parcel;
    brink_handover_begin(&old.service);
    assert_true(take_one(&old, &parcel));
    brink_handover_confirm(&old.service);
    memory.source = young.arena.source;
    young.arena.source = &failing;
    struct brink_session *session;
    int err;
    unsigned failures = 0;
    for (;;) {
        memory.calls = 0;
        memory.fail_at = failures + 1;
        err = brink_adopt(&young.service, &parcel, &session).err;
        if (err == 0)
            break;
        assert_int_equal(err, ENOMEM);
        failures++;
        rig_turn(&young);
    }
    young.arena.source = memory.source;
    assert_true(failures >= 2);
    brink_counter_add(&young.service.stats.sessions, 1);
    brink_adopt_go_on(session);
    rig_send(&young, client, FRAME, 6);
    rig_expect(&young, upstream, FRAME, 6);
    leave(&young, client, upstream);
    rigs_stop();
}

static int refused_ctls; /* epoll_ctl calls that go well first; negative: all do */

static int refuse_ctl(void *kernel, int epoll_fd, int operation, int fd, struct epoll_event *event)
{
    (void)kernel;
    if (operation == EPOLL_CTL_ADD && refused_ctls-- == 0)
        return -ENOSPC;
    return brink_sys_linux.ops->epoll_ctl(NULL, epoll_fd, operation, fd, event);
}

static void a_connection_that_cannot_be_watched_is_left_untouched(void **state)
{
    (void)state;
    rigs_init();
    rigs_start(&brink_pair_kind);
    const struct brink_parcel parcel = a_parcel();
    young.ops.epoll_ctl = refuse_ctl;
    for (int i = 0; i < 2; i++) {
        refused_ctls = i;
        assert_int_equal(refused(&parcel), ENOSPC);
    }
    refused_ctls = -1;
    take_over(&young, &parcel);
    rig_send(&young, client, FRAME, 6);
    rig_expect(&young, upstream, FRAME, 6);
    leave(&young, client, upstream);
    rigs_stop();
}

static void it_is_given_up_untouched(void **state)
{
    (void)state;
    rigs_init();
    rigs_start(&brink_pair_kind);
    const struct brink_parcel parcel = a_parcel();
    struct brink_session *session;
    assert_int_equal(send(client, FRAME, 6, 0), 6);
    assert_int_equal(brink_adopt(&young.service, &parcel, &session).err, 0);
    rig_expect_silence(&young, upstream); /* it stands still */
    brink_adopt_give_up(session);
    rig_turn(&young);
    assert_int_equal(young.gone, 0);
    assert_false(rig_logged(&young, "event=close"));
    brink_counter_add(&old.service.stats.sessions, 1);
    assert_int_equal(brink_adopt(&old.service, &parcel, &session).err, 0);
    brink_adopt_go_on(session);
    brink_handover_end(&old.service);
    rig_expect(&old, upstream, FRAME, 6);
    leave(&old, client, upstream);
    rigs_stop();
}

static void a_server_that_is_not_known_is_kept_where_that_is_wished(void **state)
{
    (void)state;
    rigs_init();
    young.upstream_address.sock.v4.sin_port ^= 0xffff;
    young.upstream.when_down = BRINK_WHEN_DOWN_KEEP;
    rigs_start(&brink_pair_kind);
    const struct brink_parcel parcel = a_parcel();
    take_over(&young, &parcel);
    rig_send(&young, upstream, FRAME, 6);
    rig_expect(&young, client, FRAME, 6);
    leave(&young, client, upstream);
    assert_true(rig_logged(&young, parcel.server));
    rigs_stop();
}

static void its_deadlines_count_from_its_beginning(void **state)
{
    (void)state;
    rigs_init();
    young.options.max_age_ms = 10000;
    rig_stop_clock(&old);
    rig_stop_clock(&young);
    rigs_start(&brink_pair_kind);
    struct brink_parcel parcel = a_parcel();
    assert_true(parcel.age_ms < 1000);
    parcel.age_ms = 10001;
    take_over(&young, &parcel);
    rig_send(&young, upstream, FRAME, 6);
    rig_expect(&young, client, FRAME, 6);
    rig_forward(&young, 11);
    rig_expect_end(&young, client);
    rig_expect_end(&young, upstream);
    (void)close(client);
    (void)close(upstream);
    rig_until_gone(&young, 1);
    assert_int_equal(brink_counter_read(&young.service.stats.closed[BRINK_REASON_MAX_AGE]), 1);
    rigs_stop();
}

static void an_age_beyond_all_time_does_no_harm(void **state)
{
    (void)state;
    rigs_init();
    rigs_start(&brink_pair_kind);
    struct brink_parcel parcel = a_parcel();
    parcel.age_ms = parcel.connected_ms = parcel.frames_before = UINT64_MAX;
    parcel.leg[0].quiet_ms = UINT64_MAX;
    take_over(&young, &parcel);
    rig_send(&young, client, FRAME, 6);
    rig_expect(&young, upstream, FRAME, 6);
    leave(&young, client, upstream);
    rigs_stop();
}

/* What its client's header said is told to the next server, too. */
static void a_header_is_repeated_when_it_changes_its_server(void **state)
{
    (void)state;
    struct brink_parcel parcel;
    rigs_init();
    old.options.accept_proxy = BRINK_PROXY_ACCEPT_REQUIRED;
    old.upstream.send_proxy = young.upstream.send_proxy = BRINK_PROXY_SEND_V1;
    young.upstream.rehome = true;
    rigs_start(&brink_pair_kind);
    client = rig_connect(&old);
    rig_send(&old, client, LINE FRAME, sizeof LINE - 1 + 6);
    upstream = rig_accept_upstream(&old);
    rig_expect(&old, upstream, LINE FRAME, sizeof LINE - 1 + 6);
    rig_send(&old, upstream, FRAME, 6);
    rig_expect(&old, client, FRAME, 6);
    brink_handover_begin(&old.service);
    assert_true(take_one(&old, &parcel));
    assert_true(parcel.greeted);
    take_over(&young, &parcel);
    brink_handover_confirm(&old.service);
    young.upstream_listener = old.upstream_listener;
    (void)close(upstream);
    upstream = rig_accept_upstream(&young);
    young.upstream_listener = -1;
    rig_expect(&young, upstream, LINE, sizeof LINE - 1);
    rig_send(&young, client, FRAME, 6);
    rig_expect(&young, upstream, FRAME, 6);
    leave(&young, client, upstream);
    rigs_stop();
}

static void see(void *context, const struct brink_target *target,
                const struct brink_target_figures *figures)
{
    (void)target;
    *(struct brink_target_figures *)context = *figures;
}

static void what_it_carries_is_its_servers(void **state)
{
    (void)state;
    struct brink_target_figures figures;
    rigs_init();
    rigs_start(&brink_pair_kind);
    const struct brink_parcel parcel = a_parcel();
    take_over(&young, &parcel);
    rig_send(&young, upstream, FRAME, 6);
    rig_expect(&young, client, FRAME, 6);
    brink_group_each(young.group, see, &figures);
    assert_int_equal(figures.frames[BRINK_SIDE_UPSTREAM], 1);
    assert_int_equal(figures.bytes[BRINK_SIDE_UPSTREAM], 6);
    assert_int_equal(figures.frames[BRINK_SIDE_CLIENT], 0);
    leave(&young, client, upstream);
    rigs_stop();
}

static void no_limit_refuses_it_but_it_is_counted(void **state)
{
    (void)state;
    static struct brink_sources sources;
    const struct brink_siphash_key key = {1, 2};
    assert_int_equal(brink_sources_init(&sources, &key).err, 0);
    rigs_init();
    young.options.sources = &sources;
    young.options.max_per_source = 1;
    young.options.source_bits_v4 = 32;
    rigs_start(&brink_pair_kind);
    const struct brink_parcel first = a_parcel();
    struct brink_prefix source = brink_prefix_of(&first.peer, 32, 128);
    int clients[] = {client, 0};
    int upstreams[] = {upstream, 0};
    take_over(&young, &first);
    const struct brink_parcel second = a_parcel();
    take_over(&young, &second);
    clients[1] = client;
    upstreams[1] = upstream;
    assert_int_equal(brink_sources_clients(&sources, &source), 2);
    for (int i = 0; i < 2; i++)
        leave(&young, clients[i], upstreams[i]);
    assert_int_equal(brink_sources_clients(&sources, &source), 0);
    rigs_stop();
    brink_sources_destroy(&sources);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_makes_no_sense_is_refused),
        cmocka_unit_test(what_is_no_connection_is_refused),
        cmocka_unit_test(another_kind_of_service_refuses_it),
        cmocka_unit_test(each_allocation_that_fails_leaves_it_untouched),
        cmocka_unit_test(a_connection_that_cannot_be_watched_is_left_untouched),
        cmocka_unit_test(it_is_given_up_untouched),
        cmocka_unit_test(a_server_that_is_not_known_is_kept_where_that_is_wished),
        cmocka_unit_test(its_deadlines_count_from_its_beginning),
        cmocka_unit_test(an_age_beyond_all_time_does_no_harm),
        cmocka_unit_test(a_header_is_repeated_when_it_changes_its_server),
        cmocka_unit_test(what_it_carries_is_its_servers),
        cmocka_unit_test(no_limit_refuses_it_but_it_is_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
