/* app/ping/ping.h - brink ping: how long a frame takes there and back. */
#ifndef BRINK_APP_PING_PING_H
#define BRINK_APP_PING_PING_H

#include "app/command.h"

enum brink_exit brink_ping(int argc, char **argv);

#endif
