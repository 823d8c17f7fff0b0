/* sim/network.h - what happens between the ends of connections, a bit at a time. */
#ifndef BRINK_SIM_NETWORK_H
#define BRINK_SIM_NETWORK_H

#include "sim/kernel.h"

/* Has some of what is in flight on a connection arrive: all of it, or with `partly` as much as the
 * tape says. True if anything happened. */
bool sim_network_step(struct sim_kernel *kernel, struct sim_conn *conn, bool partly);

/* A connection that the program has begun stands. */
void sim_network_connected(struct sim_kernel *kernel, struct sim_conn *conn);

/* A client's connection waits to be accepted by a listener of the program's; false if none has
 * room. */
bool sim_network_knock(struct sim_kernel *kernel, struct sim_conn *conn);

/* True if a listener is there at all. */
bool sim_network_listens(const struct sim_kernel *kernel);

#endif
