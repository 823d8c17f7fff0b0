#include "app/command.h"

#include <string.h>

#include "base/nearest.h"
#include "brink/version.h"

enum { TITLE_MAX = 64, NEAR_ENOUGH = 2 };

const struct brink_command *brink_command_nearest(const struct brink_command_set *set,
                                                  const char *name)
{
    const struct brink_command *nearest = NULL;
    size_t best = NEAR_ENOUGH + 1;
    for (size_t i = 0; i < set->count; i++) {
        size_t far = brink_word_distance(name, set->commands[i].name);
        if (far < best && far < strlen(set->commands[i].name)) {
            best = far;
            nearest = &set->commands[i];
        }
    }
    return nearest;
}

static const struct brink_command *find(const struct brink_command_set *set, const char *name)
{
    for (size_t i = 0; i < set->count; i++) {
        if (strcmp(set->commands[i].name, name) == 0)
            return &set->commands[i];
    }
    return NULL;
}

void brink_command_print_help(const struct brink_command_set *set, FILE *out)
{
    (void)fprintf(out, "Usage: %s COMMAND [OPTION...]\n\n%s\n\nCommands:\n", set->name, set->intro);
    for (size_t i = 0; i < set->count; i++)
        (void)fprintf(out, "  %-9s %s\n", set->commands[i].name, set->commands[i].summary);
    (void)fprintf(out, "\n%s\n", set->closing);
}

static enum brink_exit unknown(const struct brink_command_set *set, const char *name)
{
    const struct brink_command *nearest = brink_command_nearest(set, name);
    (void)fprintf(stderr, "%s: unknown command \"%s\"", set->name, name);
    if (nearest != NULL)
        (void)fprintf(stderr, "; did you mean \"%s %s\"?\n", set->name, nearest->name);
    else
        (void)fprintf(stderr, "; \"%s help\" lists them\n", set->name);
    return BRINK_EXIT_USAGE;
}

static enum brink_exit run(const struct brink_command_set *set, const char *name, int argc,
                           char **argv)
{
    const struct brink_command *command = find(set, name);
    if (command == NULL)
        return unknown(set, name);
    char title[TITLE_MAX]; /* what the command calls itself in its messages */
    (void)snprintf(title, sizeof title, "%s %s", set->name, command->name);
    argv[0] = title;
    return command->run(argc, argv);
}

static enum brink_exit help(const struct brink_command_set *set, int argc, char **argv)
{
    if (argc == 1) {
        brink_command_print_help(set, stdout);
        return BRINK_EXIT_OK;
    }
    static char flag[] = "--help";
    char *name = argv[1];
    argv[1] = flag;
    return run(set, name, 2, argv);
}

static bool is_any(const char *word, const char *a, const char *b, const char *c)
{
    return strcmp(word, a) == 0 || strcmp(word, b) == 0 || strcmp(word, c) == 0;
}

enum brink_exit brink_command_run(const struct brink_command_set *set, int argc, char **argv)
{
    if (argc < 2) {
        brink_command_print_help(set, stderr);
        return BRINK_EXIT_USAGE;
    }
    if (is_any(argv[1], "help", "--help", "-h"))
        return help(set, argc - 1, argv + 1);
    if (is_any(argv[1], "version", "--version", "-V")) {
        (void)printf("brink %s\n", brink_version());
        return BRINK_EXIT_OK;
    }
    return run(set, argv[1], argc - 1, argv + 1);
}
