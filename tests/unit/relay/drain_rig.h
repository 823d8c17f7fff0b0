/* relay/drain_rig.h - a client and its server, coupled by a service that is to let them go. */
#ifndef BRINK_TESTS_DRAIN_RIG_H
#define BRINK_TESTS_DRAIN_RIG_H

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <sys/socket.h>

#include "support/rig.h"

#include "relay/drain.h"
#include "relay/echo.h"
#include "relay/pair.h"

enum { DRAIN_MS = 20000 };

static struct rig rig;
static int client;
static int upstream;

static inline void couple(const char *spec)
{
    rig_init(&rig);
    assert_int_equal(brink_spec_parse(&rig.options.spec, spec, 0, NULL).err, 0);
    rig_listen_upstream(&rig);
    rig_start(&rig, &brink_pair_kind);
    client = rig_connect(&rig);
    upstream = rig_accept_upstream(&rig);
    rig_forward(&rig, 1); /* who is connected at the same time is taken for one who came late */
}

static inline void part(void)
{
    (void)close(client);
    (void)close(upstream);
    rig_until_gone(&rig, 1);
    rig_stop(&rig);
}

static inline void drain(enum brink_drain_policy policy)
{
    rig_drain(&rig, policy, DRAIN_MS);
}

static inline void look(void)
{
    for (int i = 0; i < 4; i++)
        rig_drain_look(&rig);
}

/* So much later. */
static inline void look_after(uint64_t ms)
{
    rig_forward(&rig, ms);
    look();
}

static inline bool is_closing(void)
{
    return brink_counter_read(&rig.service.stats.closed[BRINK_REASON_DRAINED]) > 0 ||
           brink_counter_read(&rig.service.stats.sessions) == 0;
}

static inline uint64_t cut(enum brink_side side)
{
    return brink_counter_read(&rig.service.stats.frames_cut[side]);
}

static inline uint64_t drain_cut(void)
{
    return brink_counter_read(&rig.service.stats.drain_cut);
}

static inline void ask(void)
{
    rig_send(&rig, client, "\1\0\0\0q", 5);
    rig_expect(&rig, upstream, "\1\0\0\0q", 5);
}

static inline void answer(void)
{
    rig_send(&rig, upstream, "\1\0\0\0r", 5);
    rig_expect(&rig, client, "\1\0\0\0r", 5);
}

#endif
