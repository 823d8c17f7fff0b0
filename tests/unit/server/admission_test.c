/* Who is let in: places of a listener and of the server, and the rate of new clients, over workers
 * that run. */
#include "support/served.h"

#include <poll.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/bind.h"
#include "relay/echo.h"
#include "server/worker.h"

enum { WORKERS = 3, SERVICES = 2, WAIT_MS = 10000 };

static struct brink_worker workers[WORKERS];
static struct brink_member members[WORKERS];
static struct brink_clients clients;
static struct brink_gate gates[SERVICES];
static struct brink_service_options services[SERVICES];
static struct brink_address bound[SERVICES];
static struct brink_rate rate; /* of new clients of the first */

static void listen_for(uint32_t service)
{
    int fds[WORKERS];
    struct brink_address address;
    struct brink_message why;
    assert_int_equal(
        brink_address_parse(&address, "127.0.0.1:0", BRINK_ADDRESS_TO_LISTEN, &why).err, 0);
    assert_int_equal(
        brink_bind(&brink_sys_linux, &address, fds, WORKERS, &bound[service], &why).err, 0);
    for (unsigned i = 0; i < WORKERS; i++) {
        brink_result opened;
        struct brink_branch *branch = brink_worker_first_branch(&workers[i]);
        for (uint32_t k = 0; k < service; k++)
            branch = brink_worker_next_branch(branch);
        struct brink_entrance *entrance = brink_entrance_open(&workers[i], fds[i], branch, &opened);
        assert_non_null(entrance);
        brink_entrance_begin(entrance);
        assert_int_equal(brink_counter_read(&entrance->rate_pauses), 0);
        assert_int_equal(brink_counter_read(&entrance->listener.pauses), 0);
    }
}

/* Two listeners that serve echo; set up the limits first. */
static void start(void)
{
    struct brink_worker_settings settings = {
        .sys = &brink_sys_linux,
        .clients = &clients,
        .peers = workers,
        .peer_count = WORKERS,
        .member_count = 1,
        .budget = 1 << 20,
    };
    for (unsigned i = 0; i < SERVICES; i++) {
        services[i] =
            (struct brink_service_options){.kind = &brink_echo_kind,
                                           .high_bytes = 2,
                                           .low_bytes = 1,
                                           .connections = i == 0 ? rate : (struct brink_rate){0}};
        brink_spec_default(&services[i].spec);
    }
    for (unsigned i = 0; i < WORKERS; i++) {
        settings.members = &members[i];
        assert_int_equal(brink_worker_init(&workers[i], i, &settings).err, 0);
        for (unsigned k = 0; k < SERVICES; k++)
            assert_non_null(brink_branch_open(&workers[i], &services[k], &gates[k]));
    }
    for (uint32_t i = 0; i < SERVICES; i++)
        listen_for(i);
    for (unsigned i = 0; i < WORKERS; i++)
        assert_int_equal(brink_worker_start(&workers[i]).err, 0);
}

static void stop(void)
{
    for (unsigned i = 0; i < WORKERS; i++)
        brink_worker_stop(&workers[i], 0);
    for (unsigned i = 0; i < WORKERS; i++)
        brink_worker_join(&workers[i]);
    for (unsigned i = 0; i < WORKERS; i++)
        brink_worker_destroy(&workers[i]);
    assert_int_equal(atomic_load(&clients.count), 0);
    assert_int_equal(atomic_load(&gates[0].clients.count), 0);
}

static void set_limits(uint32_t of_server, uint32_t of_listener)
{
    memset(gates, 0, sizeof gates);
    memset(&clients, 0, sizeof clients);
    clients.max = of_server;
    brink_gate_limit(&gates[0], of_listener);
    brink_gate_limit(&gates[1], 0);
    rate = (struct brink_rate){0};
}

/* One who has sent a frame, and waits for it to come back. */
static int connect_to(uint32_t service)
{
    const struct sockaddr *address = &bound[service].sock.any;
    struct timeval patience = {.tv_sec = WAIT_MS / 1000};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience), 0);
    assert_int_equal(connect(fd, address, bound[service].length), 0);
    served_send(fd, "\1\0\0\0x", 5);
    return fd;
}

/* Waits for one of them that has its frame back, and takes it. */
static size_t next_served(const int *fds, size_t count)
{
    struct pollfd poll_fds[64];
    assert_true(count <= 64);
    for (size_t i = 0; i < count; i++)
        poll_fds[i] = (struct pollfd){.fd = fds[i], .events = POLLIN};
    assert_true(poll(poll_fds, count, WAIT_MS) > 0);
    size_t at = 0;
    while (poll_fds[at].revents == 0)
        at++;
    served_expect(fds[at], "\1\0\0\0x", 5);
    return at;
}

/* Everyone is served in the end, as others leave. */
static void serve_all(int *fds, size_t left)
{
    while (left > 0) {
        size_t served = next_served(fds, left);
        assert_true(atomic_load(&clients.count) <= clients.max);
        assert_true(atomic_load(&gates[0].clients.count) <= gates[0].clients.max);
        (void)close(fds[served]);
        fds[served] = fds[--left];
    }
}

static void a_listeners_places_are_its_own(void **state)
{
    (void)state;
    enum { ALL = 30 };
    int fds[ALL];
    set_limits(100, 2);
    start();
    for (unsigned i = 0; i < ALL; i++)
        fds[i] = connect_to(0);
    for (unsigned i = 0; i < 5; i++) { /* the other listener's are none of theirs */
        int other = connect_to(1);
        served_expect(other, "\1\0\0\0x", 5);
        (void)close(other);
    }
    serve_all(fds, ALL);
    stop();
}

static void the_servers_places_count_too(void **state)
{
    (void)state;
    enum { ALL = 40 };
    static const uint32_t limits[][2] = {{2, 3}, {3, 2}, {2, 2}, {1, 1}};
    for (size_t run = 0; run < sizeof limits / sizeof limits[0]; run++) {
        int fds[ALL];
        set_limits(limits[run][0], limits[run][1]);
        start();
        for (unsigned i = 0; i < ALL; i++)
            fds[i] = connect_to(i % SERVICES);
        serve_all(fds, ALL);
        stop();
    }
}

static uint64_t all_turns(void)
{
    uint64_t turns = 0;
    for (unsigned i = 0; i < WORKERS; i++)
        turns += brink_counter_read(&workers[i].loop.stats.turns);
    return turns;
}

/* Workers that find no place do not tell each other of it for ever. */
static void who_waits_for_a_place_costs_nothing(void **state)
{
    (void)state;
    enum { ALL = 12, TIMES = 200 };
    int fds[ALL];
    set_limits(1, 2);
    start();
    int first = connect_to(0);
    served_expect(first, "\1\0\0\0x", 5);
    for (unsigned i = 0; i < ALL; i++)
        fds[i] = connect_to(0);
    uint64_t before = all_turns();
    for (unsigned i = 0; i < TIMES; i++)
        served_echo(first, "still in");
    assert_in_range(all_turns() - before, 0, 10 * TIMES);
    (void)close(first);
    serve_all(fds, ALL);
    stop();
}

static uint64_t now_ms(void)
{
    return brink_sys_linux.ops->now_ms(NULL);
}

/* All that can be said of a clock that is everybody's: they do not come too early. */
static void new_clients_come_at_their_rate(void **state)
{
    (void)state;
    enum { ALL = 20, BURST = 4, RATE = 100 };
    int fds[ALL];
    uint64_t pauses = 0;
    set_limits(100, 0);
    rate = (struct brink_rate){.per_second = RATE, .burst = BURST};
    start();
    uint64_t begun_ms = now_ms();
    for (unsigned i = 0; i < ALL; i++)
        fds[i] = connect_to(0);
    int other = connect_to(1); /* which has no rate */
    served_expect(other, "\1\0\0\0x", 5);
    (void)close(other);
    serve_all(fds, ALL);
    /* each worker may let one in whose token another has just taken */
    assert_true(now_ms() - begun_ms + 1 >= (ALL - BURST - WORKERS) * 1000 / RATE);
    for (unsigned i = 0; i < WORKERS; i++)
        for (struct brink_link *link = workers[i].entrances.next; link != &workers[i].entrances;
             link = link->next)
            pauses += brink_counter_read(
                &BRINK_CONTAINER_OF(link, struct brink_entrance, link)->rate_pauses);
    assert_in_range(pauses, 1, 10 * ALL * WORKERS);
    stop();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_listeners_places_are_its_own),
        cmocka_unit_test(the_servers_places_count_too),
        cmocka_unit_test(who_waits_for_a_place_costs_nothing),
        cmocka_unit_test(new_clients_come_at_their_rate),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
