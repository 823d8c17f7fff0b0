/* config/problems.h - what is wrong with a configuration, all of it, and where.
 *
 *     /etc/brink/brink.conf:12: unknown key "idle-timout" in listener "dns"; did you mean ...
 */
#ifndef BRINK_CONFIG_PROBLEMS_H
#define BRINK_CONFIG_PROBLEMS_H

#include <stdbool.h>
#include <stdio.h>

#include "brink/result.h"

enum { BRINK_CONFIG_PROBLEMS_MAX = 100 }; /* that are kept; further ones are only counted */

struct brink_config_place {
    const char *path;
    unsigned file; /* files are counted as they are read */
    unsigned line; /* 0: the file as a whole */
};

struct brink_config_problem {
    struct brink_config_place place;
    bool warning;
    unsigned order; /* as they were found */
    struct brink_message what;
};

/* All zeros at first: none. The first `kept` of the list are. */
struct brink_config_problems {
    struct brink_config_problem list[BRINK_CONFIG_PROBLEMS_MAX];
    unsigned kept;
    unsigned errors; /* all of them */
    unsigned warnings;
};

/* An error: the configuration cannot be used. Format: what is wrong; what to do. Control
 * characters become '?'. */
__attribute__((format(printf, 3, 4))) void
brink_config_problems_error(struct brink_config_problems *problems,
                            const struct brink_config_place *place, const char *format, ...);

/* A warning: it can, but somebody probably meant something else. */
__attribute__((format(printf, 3, 4))) void
brink_config_problems_warn(struct brink_config_problems *problems,
                           const struct brink_config_place *place, const char *format, ...);

/* True once nothing more is kept, so that nobody need find out what would be right. */
bool brink_config_problems_full(const struct brink_config_problems *problems);

/* By file and line. */
void brink_config_problems_sort(struct brink_config_problems *problems);

/* A line for each, and how many more there were. */
void brink_config_problems_print(const struct brink_config_problems *problems, FILE *out);

#endif
