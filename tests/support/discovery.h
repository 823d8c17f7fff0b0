/* tests/support/discovery.h - what finds servers, in isolation: a loop whose clock the test may put
 * forward, a group that only remembers what it was told, a log, and a name server of the test's. */
#ifndef BRINK_TESTS_DISCOVERY_H
#define BRINK_TESTS_DISCOVERY_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the above first */
#include <cmocka.h>

#include "event/loop.h"
#include "support/counting_source.h"
#include "support/dns_message.h"
#include "upstream/group.h"

/* Stands in for upstream/group.c. */
struct brink_group {
    unsigned updates;
    int fail_with;      /* errno of the next updates; 0: none */
    char servers[4096]; /* "10.0.0.1:80*W/T ", of weight W and tier T */
};

enum { NAME_RECORDS_MAX = 64 };

struct name_record {
    char name[64];
    unsigned type;
    uint32_t ttl_s;
    uint8_t data[80];
    size_t size;
};

struct name_server {
    int fd;
    char address[32];
    unsigned asked;
    bool silent;
    unsigned fail_with; /* rcode; 0: none */
    unsigned fail_type; /* only questions of that type; 0: all */
    struct name_record records[NAME_RECORDS_MAX];
    size_t count;
};

struct discovery {
    struct brink_sys sys;
    struct brink_sys_ops ops;
    uint64_t forward_ms;
    unsigned fail_duplicates; /* so many fail with EMFILE */
    struct counting_source memory;
    struct brink_arena arena;
    struct brink_loop loop;
    struct brink_group group;
    struct brink_log log;
    char lines[16384];
    size_t lines_length;
    struct name_server names;
};

void discovery_start(struct discovery *discovery);
/* Turns once more, and checks that nothing is left. */
void discovery_stop(struct discovery *discovery);

/* Turns, the name server answering, until `done`; fails the test if that takes too long. */
void discovery_until(struct discovery *discovery, bool (*done)(struct discovery *discovery));
/* Until the group's servers are these. */
void discovery_until_servers(struct discovery *discovery, const char *servers);
/* Until the log has a line with this, of which `count` are there. */
void discovery_until_logged(struct discovery *discovery, const char *text, unsigned count);
/* Puts the clock forward; what is due happens with the next turns. */
void discovery_forward(struct discovery *discovery, uint64_t ms);
/* Some turns, for what must not happen. */
void discovery_turn(struct discovery *discovery);
unsigned discovery_logged(const struct discovery *discovery, const char *text);

void names_add(struct name_server *names, const char *name, unsigned type, uint32_t ttl_s,
               const void *data, size_t size);
void names_add_v4(struct name_server *names, const char *name, uint32_t ttl_s, const char *address);
void names_add_srv(struct name_server *names, const char *name, unsigned priority, unsigned weight,
                   unsigned port, const char *target);

#endif
