/* app/upgrade/launch.h - the launcher's own process, and what is said on its channel. */
#ifndef BRINK_APP_UPGRADE_LAUNCH_H
#define BRINK_APP_UPGRADE_LAUNCH_H

#include <stdint.h>
#include <stdnoreturn.h>
#include <sys/types.h>

#include "app/upgrade/inheritance.h"
#include "app/upgrade/program.h"

enum brink_launch_wish { BRINK_LAUNCH_START = 1, BRINK_LAUNCH_KILL };

/* With BRINK_LAUNCH_START come 1 + `sockets` descriptors, the channel first. */
struct brink_launch_request {
    uint32_t wish; /* enum brink_launch_wish */
    uint32_t sockets;
    struct brink_inheritance_name names[BRINK_INHERITANCE_SOCKETS];
};

enum brink_launch_news {
    BRINK_LAUNCH_STARTED = 1, /* `pid` */
    BRINK_LAUNCH_REFUSED,     /* `value`: an errno value */
    BRINK_LAUNCH_ENDED        /* `pid`, `value`: its status as waitpid(2) has it */
};

struct brink_launch_report {
    uint32_t news; /* enum brink_launch_news */
    int32_t pid;
    int32_t value;
};

/* Lives in a process that was just forked from `owner`, until the other end of `fd` is closed. */
noreturn void brink_launch_live(int fd, const struct brink_program *program, pid_t owner);

#endif
