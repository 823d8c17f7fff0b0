/* app/ping/probe.h - does this machine have what a configuration names? */
#ifndef BRINK_APP_PING_PROBE_H
#define BRINK_APP_PING_PROBE_H

#include "config/config.h"
#include "sys/sys.h"

/* Looks up the names of servers and listeners and binds a socket to each listener's address, for a
 * moment; adds what fails to the configuration's problems. That an address is in use is a warning,
 * as the brink that it is to replace may use it. Blocks while names are looked up. Unix sockets'
 * files and descriptors are left alone. */
void brink_probe_config(struct brink_config *config, const struct brink_sys *sys);

#endif
