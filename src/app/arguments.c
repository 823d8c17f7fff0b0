#include "app/arguments.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/command.h"
#include "config/units.h"

error_t brink_arguments_refuse(struct argp_state *state, const char *option, const char *why)
{
    argp_failure(state, BRINK_EXIT_USAGE, 0, "%s: %s", option, why);
    return EINVAL;
}

static error_t judge(struct argp_state *state, const char *option, brink_result result,
                     const struct brink_message *why)
{
    return brink_failed(result) ? brink_arguments_refuse(state, option, why->text) : 0;
}

error_t brink_arguments_take_duration(struct argp_state *state, const char *option,
                                      const char *text, uint32_t *ms)
{
    struct brink_message why;
    return judge(state, option, brink_units_parse_duration(text, ms, &why), &why);
}

error_t brink_arguments_take_size(struct argp_state *state, const char *option, const char *text,
                                  uint64_t *bytes)
{
    struct brink_message why;
    return judge(state, option, brink_units_parse_size(text, bytes, &why), &why);
}

error_t brink_arguments_take_count(struct argp_state *state, const char *option, const char *text,
                                   uint32_t most, uint32_t *count)
{
    struct brink_message why;
    return judge(state, option, brink_units_parse_count(text, 1, most, count, &why), &why);
}

error_t brink_arguments_take_spec(struct argp_state *state, const char *option, const char *text,
                                  uint64_t max_frame, struct brink_spec *spec)
{
    struct brink_message why;
    char where[sizeof why.text + 100];
    if (!brink_failed(brink_spec_parse(spec, text, max_frame, &why)))
        return 0;
    if (strstr(why.text, text) != NULL) /* it shows the whole already */
        return brink_arguments_refuse(state, option, why.text);
    (void)snprintf(where, sizeof where, "\"%.80s\": %s", text, why.text);
    return brink_arguments_refuse(state, option, where);
}

error_t brink_arguments_check_address(struct argp_state *state, const char *option,
                                      const char *text, enum brink_address_use use)
{
    struct brink_message why;
    struct brink_address ignored;
    char name[BRINK_HOST_MAX];
    return judge(state, option, brink_address_read(&ignored, text, use, name, &why), &why);
}

brink_result brink_arguments_parse(const struct argp *argp, int argc, char **argv, unsigned flags,
                                   void *input)
{
    /* Without the remark on short options; argp has no other way to say that. */
    (void)setenv("ARGP_HELP_FMT", "no-dup-args-note", 0);
    argp_err_exit_status = BRINK_EXIT_USAGE;
    return brink_fail(argp_parse(argp, argc, argv, flags, NULL, input)); /* 0 is success */
}
