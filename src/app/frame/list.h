/* app/frame/list.h - brink frame list: the presets in a table. */
#ifndef BRINK_APP_FRAME_LIST_H
#define BRINK_APP_FRAME_LIST_H

#include <stdio.h>

#include "app/command.h"

enum brink_exit brink_frame_list(int argc, char **argv);

void brink_frame_list_print(FILE *out);

#endif
