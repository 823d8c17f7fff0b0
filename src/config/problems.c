#include "config/problems.h"

#include <stdarg.h>
#include <stdlib.h>

static void blank_control(char *text)
{
    for (; *text != '\0'; text++) {
        if ((unsigned char)*text < ' ' || *text == 0x7f)
            *text = '?';
    }
}

__attribute__((format(printf, 4, 0))) static void add(struct brink_config_problems *problems,
                                                      const struct brink_config_place *place,
                                                      bool warning, const char *format,
                                                      va_list args)
{
    if (warning)
        problems->warnings++;
    else
        problems->errors++;
    if (brink_config_problems_full(problems))
        return;
    struct brink_config_problem *problem = &problems->list[problems->kept];
    problem->place = *place;
    problem->warning = warning;
    problem->order = problems->kept++;
    (void)vsnprintf(problem->what.text, sizeof problem->what.text, format, args);
    blank_control(problem->what.text);
}

void brink_config_problems_error(struct brink_config_problems *problems,
                                 const struct brink_config_place *place, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    add(problems, place, false, format, args);
    va_end(args);
}

void brink_config_problems_warn(struct brink_config_problems *problems,
                                const struct brink_config_place *place, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    add(problems, place, true, format, args);
    va_end(args);
}

bool brink_config_problems_full(const struct brink_config_problems *problems)
{
    return problems->kept == BRINK_CONFIG_PROBLEMS_MAX;
}

static int compare(const void *left, const void *right)
{
    const struct brink_config_problem *a = left;
    const struct brink_config_problem *b = right;
    if (a->place.file != b->place.file)
        return a->place.file < b->place.file ? -1 : 1;
    if (a->place.line != b->place.line)
        return a->place.line < b->place.line ? -1 : 1;
    return a->order < b->order ? -1 : a->order > b->order;
}

void brink_config_problems_sort(struct brink_config_problems *problems)
{
    qsort(problems->list, problems->kept, sizeof problems->list[0], compare);
}

static void print_one(const struct brink_config_problem *problem, FILE *out)
{
    (void)fprintf(out, "%s:", problem->place.path);
    if (problem->place.line != 0)
        (void)fprintf(out, "%u:", problem->place.line);
    (void)fprintf(out, " %s%s\n", problem->warning ? "warning: " : "", problem->what.text);
}

void brink_config_problems_print(const struct brink_config_problems *problems, FILE *out)
{
    unsigned all = problems->errors + problems->warnings;
    for (unsigned i = 0; i < problems->kept; i++)
        print_one(&problems->list[i], out);
    if (all > problems->kept)
        (void)fprintf(out, "and %u more\n", all - problems->kept);
}
