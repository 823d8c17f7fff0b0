/* app/serve/run.h - brink run: serve what a configuration file says. */
#ifndef BRINK_APP_SERVE_RUN_H
#define BRINK_APP_SERVE_RUN_H

#include "app/command.h"

enum brink_exit brink_run(int argc, char **argv);

#endif
