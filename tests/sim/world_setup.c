/* What a run is about. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "net/bind.h"
#include "relay/echo.h"
#include "relay/endpoint.h"
#include "relay/pair.h"
#include "sim/oracle.h"
#include "sim/world.h"

/* --- memory --- */

static void *memory_alloc(void *context, size_t size, size_t align)
{
    struct sim_world *world = context;
    void *block = NULL;
    if (sim_fault(&world->kernel.faults, world->tape, SIM_ALLOCATION)) {
        sim_trace(&world->kernel, "allocation of %zu fails", size);
        world->memory.refused++;
        return NULL;
    }
    if (posix_memalign(&block, align < sizeof(void *) ? sizeof(void *) : align, size) != 0)
        abort();
    world->memory.live += size;
    return block;
}

static void memory_release(void *context, void *block, size_t size, size_t align)
{
    (void)align;
    ((struct sim_world *)context)->memory.live -= size;
    free(block);
}

static const struct brink_memory_source memory_source = {memory_alloc, memory_release};

/* --- what is drawn --- */

static void draw_spec(struct sim_world *world)
{
    static const char *const specs[] = {"u32le",
                                        "u16be",
                                        "u8",
                                        "raw",
                                        "varint=leb128",
                                        "offset=3,size=2,endian=big,adjust=-5",
                                        "ascii=decimal,size=6",
                                        "u64le,adjust=64"};
    struct brink_message why;
    const char *text = specs[sim_choose(world->tape, sizeof specs / sizeof specs[0])];
    uint64_t limit = sim_choose(world->tape, 4) == 0 && strcmp(text, "raw") != 0 ? 4096 : 0;
    brink_result parsed = brink_spec_parse(&world->options.spec, text, limit, &why);
    if (brink_failed(parsed) && limit != 0)
        parsed = brink_spec_parse(&world->options.spec, text, 0, &why);
    if (brink_failed(parsed))
        sim_fail(&world->kernel, "the spec %s: %s", text, why.text);
}

/* 0 (none), or a time that is drawn. */
static uint32_t draw_time(struct sim_world *world)
{
    if (sim_choose(world->tape, 3) != 2)
        return 0;
    return sim_between(world->tape, 1, UINT32_C(16) << sim_choose(world->tape, 9));
}

/* Most runs are small, so that many pass in a second; in some there is a crush. */
static void draw_crowd(struct sim_world *world)
{
    world->clients_to_come = sim_between(world->tape, 12, 48);
    world->clients_at_once = sim_between(world->tape, 2, 12);
    world->clients.max = 64;
    world->steps += 400;
}

/* In some runs, threads share a loop: see server/options.c for what they may serve. */
static void draw_threads(struct sim_world *world)
{
    if (!sim_threads_allowed || world->kind.open == brink_endpoint_kind.open ||
        sim_choose(world->tape, 3) != 2)
        return;
    world->threads_wanted = sim_between(world->tape, 1, SIM_THREADS);
    world->worker_count = 1;
    world->options.arming = BRINK_ARM_ONESHOT;
}

/* Rates at which all that is sent in a run passes in time. Who must wait for one may be idle for
 * long, so that is not for runs in which that is an offence. */
static void draw_rates(struct sim_world *world)
{
    struct brink_rates *rates = &world->options.rates;
    if (world->options.idle_ms != 0 || sim_choose(world->tape, 4) != 3)
        return;
    if (sim_choose(world->tape, 2) == 1)
        rates->client_bytes.per_second = sim_between(world->tape, 1 << 14, 1 << 22);
    if (sim_choose(world->tape, 2) == 1)
        rates->client_frames.per_second = sim_between(world->tape, 500, 100000);
    if (sim_choose(world->tape, 3) == 2)
        rates->bytes.per_second = sim_between(world->tape, 1 << 16, 1 << 22);
    if (sim_choose(world->tape, 3) == 2)
        rates->frames.per_second = sim_between(world->tape, 2000, 100000);
    rates->client_bytes.burst = sim_choose(world->tape, 10000);
    rates->client_frames.burst = sim_choose(world->tape, 100);
    rates->bytes.burst = sim_choose(world->tape, 10000);
    rates->frames.burst = sim_choose(world->tape, 100);
    if (rates->bytes.per_second != 0 || rates->frames.per_second != 0)
        rates->paces = &world->paces;
    if (!world->liveness && sim_choose(world->tape, 4) == 3)
        rates->over_rate = BRINK_OVER_RATE_CLOSE;
}

/* Of the listener, besides the workers' own. */
static void draw_gate(struct sim_world *world)
{
    if (sim_choose(world->tape, 6) == 5)
        brink_gate_limit(&world->gate, sim_between(world->tape, 1, 8));
    else
        brink_gate_limit(&world->gate, 0);
    if (sim_choose(world->tape, 6) != 5)
        return;
    world->options.connections.per_second = sim_between(world->tape, 20, 2000);
    world->options.connections.burst = sim_choose(world->tape, 4);
}

static void draw_options(struct sim_world *world)
{
    static const struct brink_service_kind *const kinds[] = {&brink_echo_kind, &brink_pair_kind,
                                                             &brink_endpoint_kind};
    struct sim_tape *tape = world->tape;
    struct brink_service_options *options = &world->options;
    world->kind = *kinds[sim_choose(tape, 3)];
    draw_spec(world);
    if (brink_spec_raw(&options->spec) && world->kind.open == brink_endpoint_kind.open)
        brink_spec_default(&options->spec);
    options->arming = (enum brink_arming)sim_choose(tape, 2);
    options->idle_ms = draw_time(world);
    options->frame_ms = draw_time(world);
    world->connect_ms = sim_between(tape, 1, 5000);
    options->handler = &sim_world_app;
    options->context = world;
    options->log = (struct brink_log){sim_oracle_log, &world->kernel, BRINK_LOG_DEBUG, NULL};
    world->high_bytes = (size_t)1 << sim_between(tape, 8, 17);
    world->low_bytes = world->high_bytes >> sim_between(tape, 1, 4);
    world->budget = world->high_bytes << sim_choose(tape, 7);
    if (sim_choose(tape, 2) == 0 && world->kind.open != brink_endpoint_kind.open) {
        world->high_bytes = 1; /* nothing is read ahead */
        world->low_bytes = 0;
    }
    world->kernel.send_room_max = (size_t)1 << sim_between(tape, 7, 17);
    world->kernel.local = sim_choose(tape, 8) == 7;
    world->worker_count = world->kernel.local ? 1 : sim_between(tape, 1, SIM_WORKERS);
    world->listeners = world->kernel.local ? 1 : sim_between(tape, 1, 2);
    world->clients_to_come = sim_between(tape, 1, UINT32_C(2) << sim_choose(tape, 5));
    world->clients_at_once = 1;
    world->manner = (enum sim_manner)sim_choose(tape, 3);
    world->clients.max = sim_choose(tape, 2) ? sim_between(tape, 1, 8) : 64;
    world->liveness = sim_choose(tape, 2) == 0;
    world->steps = sim_between(tape, 20, UINT32_C(40) << sim_choose(tape, 6));
    if (sim_chance(tape, 24))
        draw_crowd(world);
    draw_threads(world);
    draw_rates(world);
    draw_gate(world);
    sim_faults_draw(&world->kernel.faults, tape);
    if (sim_chance(tape, 32))
        world->kernel.fd_limit = (int)sim_between(tape, 16, 40);
}

/* --- setting up --- */

static bool open_workers(struct sim_world *world)
{
    world->options.kind = &world->kind;
    world->options.high_bytes = world->high_bytes;
    world->options.low_bytes = world->low_bytes;
    struct brink_worker_settings settings = {
        .sys = &world->kernel.sys,
        .log = &world->options.log,
        .clients = &world->clients,
        .peers = world->workers,
        .peer_count = world->worker_count,
        .member_count = world->threads_wanted > 0 ? world->threads_wanted : 1,
        .shared = world->threads_wanted > 0,
        .budget = world->budget,
        .memory = &memory_source,
        .memory_context = world,
    };
    for (unsigned i = 0; i < world->worker_count; i++) {
        settings.members = &world->members[i];
        if (brink_failed(brink_worker_init(&world->workers[i], i, &settings))) {
            world->worker_count = i;
            return false;
        }
        if (brink_branch_open(&world->workers[i], &world->options, &world->gate) == NULL) {
            world->worker_count = i + 1;
            return false;
        }
    }
    return true;
}

static bool listen_on(struct sim_world *world)
{
    struct brink_address address;
    struct brink_address bound;
    struct brink_message why;
    int fds[SIM_WORKERS];
    const char *text = world->kernel.local ? "unix:@listener" : "127.0.0.1:8";
    if (brink_failed(brink_address_parse(&address, text, BRINK_ADDRESS_TO_LISTEN, &why)))
        sim_fail(&world->kernel, "the listener's address: %s", why.text);
    if (brink_failed(
            brink_bind(&world->kernel.sys, &address, fds, world->worker_count, &bound, &why)))
        return false;
    for (unsigned i = 0; i < world->worker_count; i++) {
        brink_result opened;
        struct brink_worker *worker = &world->workers[i];
        struct brink_entrance *entrance =
            brink_entrance_open(worker, fds[i], brink_worker_first_branch(worker), &opened);
        if (entrance != NULL) {
            brink_entrance_begin(entrance);
            continue;
        }
        for (unsigned left = i; left < world->worker_count; left++)
            (void)world->kernel.sys.ops->close(&world->kernel, fds[left]);
        return false;
    }
    return true;
}

/* As brink_server_start does, but for the threads. */
static void start_threads(struct sim_world *world)
{
    struct brink_worker *worker = &world->workers[0];
    struct brink_log log = world->options.log;
    world->options.log = brink_baton_log(&worker->baton, &log);
    sim_threads_start(&world->threads, world->threads_wanted, &world->kernel, worker);
}

bool sim_world_open(struct sim_world *world)
{
    draw_options(world);
    if (world->kind.legs == 2) {
        sim_servers_draw(world);
        sim_servers_open(world);
    }
    /* A failing start is worth a few runs, not most. */
    world->kernel.faults.on = sim_choose(world->tape, 16) == 15;
    bool open = open_workers(world);
    for (unsigned i = 0; i < world->listeners && open; i++)
        open = listen_on(world);
    if (!open)
        sim_world_close(world);
    else if (world->threads_wanted > 0)
        start_threads(world);
    world->kernel.faults.on = true;
    return open;
}

void sim_world_close(struct sim_world *world)
{
    for (unsigned i = 0; i < world->worker_count; i++)
        brink_worker_destroy(&world->workers[i]);
    sim_servers_close(world);
    for (unsigned i = 0; i < world->peer_count; i++)
        sim_peer_free(&world->peers[i]);
    if (world->memory.live != 0)
        sim_fail(&world->kernel, "%zu bytes of memory are left over", world->memory.live);
    if (world->kernel.fds_open != 0)
        sim_fail(&world->kernel, "%d descriptors are left open", world->kernel.fds_open);
}
