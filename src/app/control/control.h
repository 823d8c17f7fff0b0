/* app/control/control.h - brink ctl: see and steer a running brink. */
#ifndef BRINK_APP_CONTROL_CONTROL_H
#define BRINK_APP_CONTROL_CONTROL_H

#include "app/command.h"

enum brink_exit brink_control(int argc, char **argv);

#endif
