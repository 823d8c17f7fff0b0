/* app/log/template.h - a log line by a template of config/template.h. */
#ifndef BRINK_APP_LOG_TEMPLATE_H
#define BRINK_APP_LOG_TEMPLATE_H

#include <stddef.h>

#include "config/template.h"

/* Writes a line of logfmt pairs as the template says, without NUL or newline, into `out`, which has
 * room for `size`; what does not fit is cut. A field that the line lacks, or that is empty, is "-";
 * one in quotes stands without them but with its escapes, \" and \\, so that it may be put in
 * quotes again. Returns its length. Pure. */
size_t brink_log_template_write(char *out, size_t size,
                                const struct brink_config_template *template, const char *time,
                                const char *level, const char *line, size_t length);

#endif
