/* app/command.h - a table of commands: which one runs, help, and what was probably meant. */
#ifndef BRINK_APP_COMMAND_H
#define BRINK_APP_COMMAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum brink_exit {
    BRINK_EXIT_OK = 0,
    BRINK_EXIT_FAILURE = 1,        /* at run time: an address in use, a frame lost, ... */
    BRINK_EXIT_USAGE = 2,          /* the command line is wrong */
    BRINK_EXIT_DRAIN_DEADLINE = 3, /* stopped, but cut connections that would not end in time */
    BRINK_EXIT_CONFIG = 78         /* the configuration has errors: EX_CONFIG of sysexits.h */
};

struct brink_command {
    const char *name;
    const char *summary;                           /* in a few words, for the list */
    enum brink_exit (*run)(int argc, char **argv); /* argv[0] is what people type: "brink echo" */
};

struct brink_command_set {
    const char *name; /* "brink" */
    const char *intro;
    const char *closing;
    const struct brink_command *commands;
    size_t count;
};

/* Runs the command that argv[1] names, or tells what there is: `help`, `help COMMAND`, --help and
 * --version are understood; anything else is a usage error with the nearest name. Changes argv. */
enum brink_exit brink_command_run(const struct brink_command_set *set, int argc, char **argv);

/* The list of commands, as --help prints it. */
void brink_command_print_help(const struct brink_command_set *set, FILE *out);

/* The command whose name is most like `name`; NULL if none is. */
const struct brink_command *brink_command_nearest(const struct brink_command_set *set,
                                                  const char *name);

#endif
