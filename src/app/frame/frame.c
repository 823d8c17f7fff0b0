#include "app/frame/frame.h"

#include "app/frame/explain.h"
#include "app/frame/list.h"
#include "app/frame/scan_file.h"

enum brink_exit brink_frame(int argc, char **argv)
{
    static const struct brink_command commands[] = {
        {"list", "the presets", brink_frame_list},
        {"explain", "a spec: the header in a picture, the smallest and the largest frame",
         brink_frame_explain},
        {"scan", "the frames in a file of captured bytes", brink_frame_scan},
    };
    static const struct brink_command_set set = {
        .name = "brink frame",
        .intro = "How frames are found in a stream of bytes.",
        .closing = "A SPEC is a short form (u8, u16be, u32le, ..., raw), a preset's name (dns),\n"
                   "keys (offset=4,size=2,endian=big), or a name and keys (dns,max=4096).\n"
                   "All keys are in brink-frame(1).",
        .commands = commands,
        .count = sizeof commands / sizeof commands[0],
    };
    return brink_command_run(&set, argc, argv);
}
