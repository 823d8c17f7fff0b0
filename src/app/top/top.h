/* app/top/top.h - brink top: look on while brink works. */
#ifndef BRINK_APP_TOP_TOP_H
#define BRINK_APP_TOP_TOP_H

#include "app/command.h"

enum brink_exit brink_top(int argc, char **argv);

#endif
