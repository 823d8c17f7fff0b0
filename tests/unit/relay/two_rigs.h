/* two_rigs.h - two services, as if of two processes, of which one hands its sessions to the other:
 * for the tests of relay/handover.h and relay/adopt.h. */
#ifndef BRINK_TESTS_TWO_RIGS_H
#define BRINK_TESTS_TWO_RIGS_H

#include "support/rig.h"

#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "relay/adopt.h"
#include "relay/echo.h"
#include "relay/handover.h"
#include "relay/pair.h"

static struct rig old;
static struct rig young;

/* Both know the same server; change options in between. */
static inline void rigs_init(void)
{
    rig_init(&old);
    rig_init(&young);
    old.options.name = young.options.name = "front";
    rig_listen_upstream(&old);
    young.upstream_address = old.upstream_address;
}

static inline void rigs_start(const struct brink_service_kind *kind)
{
    rig_start(&old, kind);
    rig_start(&young, kind);
}

static inline void rigs_stop(void)
{
    rig_stop(&young);
    rig_stop(&old);
}

struct taken {
    struct brink_parcel parcel;
    unsigned count;
};

static inline void take_if_ready(struct brink_session *session, const void *arg)
{
    struct taken *taken = (struct taken *)(uintptr_t)arg;
    if (taken->count > 0 || !brink_handover_is_ready(session))
        return;
    brink_handover_take(session, &taken->parcel);
    taken->count++;
}

/* The parcel of one session that is ready; false if there is none. */
static inline bool take_one(struct rig *from, struct brink_parcel *parcel)
{
    struct taken taken = {.count = 0};
    brink_service_each(&from->service, take_if_ready, &taken);
    rig_turn(from); /* in which it is freed */
    if (taken.count == 0)
        return false;
    /* over the wire */
    uint8_t bytes[BRINK_PARCEL_MAX];
    struct brink_tlv_writer writer = {.bytes = bytes, .room = sizeof bytes};
    brink_parcel_encode(&taken.parcel, &writer);
    struct brink_tlv_reader reader = {.bytes = bytes, .size = writer.size};
    assert_int_equal(brink_parcel_decode(parcel, &reader).err, 0);
    parcel->fds[0] = taken.parcel.fds[0];
    parcel->fds[1] = taken.parcel.fds[1];
    return true;
}

static inline void take_over(struct rig *to, const struct brink_parcel *parcel)
{
    struct brink_session *session;
    brink_counter_add(&to->service.stats.sessions, 1);
    assert_int_equal(brink_adopt(&to->service, parcel, &session).err, 0);
    brink_adopt_go_on(session);
    rig_turn(to);
}

/* From the old to the young. */
static inline void hand_over(void)
{
    struct brink_parcel parcel;
    brink_handover_begin(&old.service);
    assert_true(take_one(&old, &parcel));
    take_over(&young, &parcel);
    brink_handover_confirm(&old.service);
}

static inline void close_parcel(const struct brink_parcel *parcel)
{
    for (unsigned i = 0; i < parcel->legs; i++)
        (void)close(parcel->fds[i]);
}

static inline void leave(struct rig *rig, int client, int upstream)
{
    unsigned gone = rig->gone;
    (void)close(client);
    if (upstream >= 0) {
        rig_expect_end(rig, upstream);
        (void)close(upstream);
    }
    rig_until_gone(rig, gone + 1);
}

#endif
