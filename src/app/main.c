/* brink - an edge-triggered relay and echo endpoint for length-prefixed protocols. */
#include <signal.h>
#include <stdio.h>

#include "app/check/check.h"
#include "app/command.h"
#include "app/control/control.h"
#include "app/demo/demo.h"
#include "app/frame/frame.h"
#include "app/load/load.h"
#include "app/ping/ping.h"
#include "app/serve/run.h"
#include "app/serve/serve.h"
#include "app/top/top.h"

static const struct brink_command commands[] = {
    {"run", "serve what a configuration file says", brink_run},
    {"check", "tell what is wrong with a configuration file", brink_check},
    {"relay", "couple clients with another address, frame by frame", brink_serve_relay},
    {"echo", "send every frame back to its sender", brink_serve_echo},
    {"ctl", "see and steer a running brink", brink_control},
    {"top", "look on while it works", brink_top},
    {"ping", "how long a frame takes there and back", brink_ping},
    {"load", "how many frames an endpoint answers, and how fast", brink_load},
    {"frame", "list protocols, explain a spec, find the frames in a file", brink_frame},
    {"demo", "see it work: relay, echo and clients in one process", brink_demo},
};

static const struct brink_command_set set = {
    .name = "brink",
    .intro = "An edge-triggered relay and echo endpoint for length-prefixed protocols.",
    .closing = "`brink help COMMAND` tells a command's options, brink(1) everything.\n"
               "To start: brink demo",
    .commands = commands,
    .count = sizeof commands / sizeof commands[0],
};

int main(int argc, char **argv)
{
    (void)signal(SIGPIPE, SIG_IGN); /* a reader that has gone is an error value */
    enum brink_exit status = brink_command_run(&set, argc, argv);
    if (fflush(stdout) != 0 && status == BRINK_EXIT_OK)
        status = BRINK_EXIT_FAILURE;
    return (int)status;
}
