/* app/arguments.h - what the commands' argp parsers share.
 *
 * The brink_arguments_take_... functions read the value of `option`. What is wrong is said on
 * standard error and ends the process with BRINK_EXIT_USAGE; with ARGP_NO_EXIT (tests) they return
 * EINVAL instead. */
#ifndef BRINK_APP_ARGUMENTS_H
#define BRINK_APP_ARGUMENTS_H

#include <argp.h>
#include <stdint.h>

#include "brink/frame.h"
#include "brink/result.h"
#include "net/address.h"

/* "brink relay: OPTION: WHY" */
error_t brink_arguments_refuse(struct argp_state *state, const char *option, const char *why);

error_t brink_arguments_take_duration(struct argp_state *state, const char *option,
                                      const char *text, uint32_t *ms);
error_t brink_arguments_take_size(struct argp_state *state, const char *option, const char *text,
                                  uint64_t *bytes);
/* From 1 to `most`. */
error_t brink_arguments_take_count(struct argp_state *state, const char *option, const char *text,
                                   uint32_t most, uint32_t *count);
error_t brink_arguments_take_spec(struct argp_state *state, const char *option, const char *text,
                                  uint64_t max_frame, struct brink_spec *spec);

/* Looks at the form of an address only: a name that nobody knows is no usage error. */
error_t brink_arguments_check_address(struct argp_state *state, const char *option,
                                      const char *text, enum brink_address_use use);

/* argp_parse(3) with our exit status and without its remark on short options. `flags`: 0, or
 * ARGP_NO_EXIT and others in tests. */
BRINK_MUST_CHECK brink_result brink_arguments_parse(const struct argp *argp, int argc, char **argv,
                                                    unsigned flags, void *input);

#endif
