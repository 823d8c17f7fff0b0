/* app/check/check.h - brink check: is a configuration file right? */
#ifndef BRINK_APP_CHECK_CHECK_H
#define BRINK_APP_CHECK_CHECK_H

#include "app/command.h"

/* Where the configuration stands unless -c says otherwise. */
#define BRINK_CONFIG_PATH "/etc/brink/brink.conf"

enum brink_exit brink_check(int argc, char **argv);

#endif
