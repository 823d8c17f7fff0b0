/* app/demo/demo.h - brink demo: a relay and an echo endpoint at work, in five seconds. */
#ifndef BRINK_APP_DEMO_DEMO_H
#define BRINK_APP_DEMO_DEMO_H

#include "app/command.h"

enum brink_exit brink_demo(int argc, char **argv);

#endif
