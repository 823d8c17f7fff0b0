/* app/frame/scan_file.h - brink frame scan: the frames in a file. */
#ifndef BRINK_APP_FRAME_SCAN_FILE_H
#define BRINK_APP_FRAME_SCAN_FILE_H

#include "app/command.h"

enum brink_exit brink_frame_scan(int argc, char **argv);

#endif
