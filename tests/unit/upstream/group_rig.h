/* group_rig.h - a group to try things on: servers from texts, lines of its log, memory that is
 * counted. */
#ifndef BRINK_TESTS_GROUP_RIG_H
#define BRINK_TESTS_GROUP_RIG_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the above first */
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "support/counting_source.h"
#include "upstream/group_inner.h"

enum { RIG_SERVERS = 32, RIG_LOG = 8192 };

struct group_rig {
    struct brink_upstream_options options;
    struct counting_source memory;
    struct brink_group *group;
    uint64_t now_ms;
    char log[RIG_LOG];                              /* lines, each with its newline */
    struct brink_target_entry entries[RIG_SERVERS]; /* of source 0 */
    size_t count;
};

static inline void rig_log(void *context, enum brink_log_level level, const char *line,
                           size_t length)
{
    struct group_rig *rig = context;
    size_t used = strlen(rig->log);
    (void)level;
    assert_int_equal(strlen(line), length);
    (void)snprintf(rig->log + used, sizeof rig->log - used, "%s\n", line);
}

static inline struct brink_address rig_address(unsigned port)
{
    char text[32];
    char name[BRINK_HOST_MAX];
    struct brink_address address;
    (void)snprintf(text, sizeof text, "10.0.0.1:%u", port);
    assert_int_equal(brink_address_read(&address, text, BRINK_ADDRESS_TO_CONNECT, name, NULL).err,
                     0);
    return address;
}

static inline void rig_init(struct group_rig *rig)
{
    memset(rig, 0, sizeof *rig);
    brink_upstream_options_init(&rig->options);
    rig->options.name = "u";
    rig->now_ms = 1000000;
}

/* Appends a server without limit; it is port 1 for the first, and so on. */
static inline struct brink_target_entry *rig_add(struct group_rig *rig, uint32_t weight)
{
    struct brink_target_entry *entry = &rig->entries[rig->count++];
    *entry = (struct brink_target_entry){.weight = weight};
    entry->address = rig_address((unsigned)rig->count);
    return entry;
}

static inline int rig_update(struct group_rig *rig)
{
    return brink_group_update(rig->group, 0, rig->entries, rig->count, rig->now_ms).err;
}

/* With rig->options and the servers added so far. */
static inline void rig_open(struct group_rig *rig)
{
    struct brink_arena arena;
    struct brink_log log = {rig_log, rig, BRINK_LOG_DEBUG, NULL};
    counting_open(&arena, &rig->memory);
    assert_int_equal(brink_group_open_on(&rig->group, arena, &rig->options, &log, 0).err, 0);
    assert_int_equal(rig_update(rig), 0);
    rig->log[0] = '\0';
}

static inline void rig_close(struct group_rig *rig)
{
    assert_true(brink_group_check(rig->group));
    brink_group_close(rig->group);
    assert_int_equal(rig->memory.blocks, 0);
    assert_int_equal(rig->memory.bytes, 0);
}

static inline int rig_lease_pick(struct group_rig *rig, struct brink_pick pick,
                                 struct brink_target **target)
{
    pick.now_ms = rig->now_ms;
    return brink_group_lease(rig->group, &pick, target).err;
}

static inline int rig_lease(struct group_rig *rig, struct brink_target **target)
{
    return rig_lease_pick(rig, (struct brink_pick){0}, target);
}

static inline unsigned rig_port(const struct brink_target *target)
{
    return ntohs(target->address.sock.v4.sin_port);
}

/* The port of the server that is leased, and released; -errno if none is. */
static inline int rig_turn(struct group_rig *rig)
{
    struct brink_target *target;
    int err = rig_lease(rig, &target);
    if (err != 0)
        return -err;
    int port = (int)rig_port(target);
    brink_group_release(rig->group, target);
    return port;
}

/* Held, to be looked at. */
static inline size_t rig_hold(struct group_rig *rig, struct brink_target *held[RIG_SERVERS])
{
    return brink_group_hold(rig->group, held, RIG_SERVERS);
}

static inline void rig_drop(struct group_rig *rig, struct brink_target **held, size_t count)
{
    for (size_t i = 0; i < count; i++)
        brink_group_drop(rig->group, held[i]);
}

static inline void rig_note(struct group_rig *rig, struct brink_target *target,
                            enum brink_outcome outcome, int times)
{
    for (int i = 0; i < times; i++)
        brink_group_note(rig->group, target, outcome, rig->now_ms);
}

static inline void rig_check(struct group_rig *rig, struct brink_target *target, bool passed,
                             int times)
{
    for (int i = 0; i < times; i++)
        brink_group_checked(rig->group, target, passed, "refused", rig->now_ms);
}

/* The log so far is this; it is emptied. */
static inline void rig_logged(struct group_rig *rig, const char *lines)
{
    assert_string_equal(rig->log, lines);
    rig->log[0] = '\0';
}

static inline uint32_t rig_usable(struct group_rig *rig)
{
    struct brink_group_figures figures;
    brink_group_figures(rig->group, &figures);
    return figures.usable;
}

#endif
