/* app/frame/frame.h - brink frame: the presets, a spec in a picture, the frames in a file. */
#ifndef BRINK_APP_FRAME_FRAME_H
#define BRINK_APP_FRAME_FRAME_H

#include "app/command.h"

enum brink_exit brink_frame(int argc, char **argv);

#endif
