/* tests/support/servers.h - several servers of one group, around a relay under test: real sockets
 * of loopback, whose connections the test takes by hand. The group begins with the first. */
#ifndef BRINK_TESTS_SERVERS_H
#define BRINK_TESTS_SERVERS_H

#include "support/rig.h"

#include "upstream/group.h"

enum { SERVERS_MAX = 4 };

struct servers {
    struct brink_target_entry entries[SERVERS_MAX]; /* to be changed before servers_start */
    int fds[SERVERS_MAX];                           /* bound, and listening if it answers */
    int fillers[2];                                 /* of one that does not answer */
    size_t count;
};

void servers_init(struct servers *servers);
/* One that takes connections. */
void servers_add(struct servers *servers);
/* One whose port is bound, and refuses. */
void servers_add_refusing(struct servers *servers);
/* One whose queue is full, so that it answers nothing. At most one. */
void servers_add_silent(struct servers *servers);

/* Opens their group by rig->upstream, and starts a relay to it. */
void servers_start(struct servers *servers, struct rig *rig);
/* Tells the group of the first `count` of them anew. */
void servers_update(struct servers *servers, struct rig *rig, size_t count);
/* Takes the next connection to one of them. */
int servers_accept(const struct servers *servers, struct rig *rig, size_t index);
/* True if a connection waits at one of them. */
bool servers_has_one(const struct servers *servers, size_t index);
/* Fails the checks of one of them until it is down. */
void servers_put_down(struct servers *servers, struct rig *rig, size_t index);
/* After rig_stop. */
void servers_close(struct servers *servers);

/* A request and its reply through both ends of a session. */
void servers_exchange(struct rig *rig, int client, int upstream);

#endif
