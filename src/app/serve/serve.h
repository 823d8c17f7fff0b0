/* app/serve/serve.h - brink echo, brink relay: a server from start to exit. */
#ifndef BRINK_APP_SERVE_SERVE_H
#define BRINK_APP_SERVE_SERVE_H

#include "app/command.h"

enum brink_exit brink_serve_echo(int argc, char **argv);
enum brink_exit brink_serve_relay(int argc, char **argv);

#endif
