/* app/load/load.h - brink load: many frames over many connections, and how fast they are answered.
 */
#ifndef BRINK_APP_LOAD_LOAD_H
#define BRINK_APP_LOAD_LOAD_H

#include "app/command.h"

enum brink_exit brink_load(int argc, char **argv);

#endif
