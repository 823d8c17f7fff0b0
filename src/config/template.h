/* config/template.h - how a line is written: text, with fields of the line in it.
 *
 *     template = *( "%{" name "}" | "%%" | any other character but controls and "%" )
 *
 * Pure; any thread. */
#ifndef BRINK_CONFIG_TEMPLATE_H
#define BRINK_CONFIG_TEMPLATE_H

#include <stdbool.h>
#include <stddef.h>

#include "brink/result.h"
#include "config/memory.h"

enum { BRINK_CONFIG_TEMPLATE_PARTS = 128 }; /* at most */

struct brink_config_template_part {
    const char *text; /* what is written; of a field its name. Ends with a NUL */
    size_t length;
    bool field;
};

struct brink_config_template {
    const struct brink_config_template_part *parts;
    size_t count;
};

/* The fields of a connection's last line, by name; NULL behind the last. */
extern const char *const brink_config_template_fields[];

/* Reads a template with one or more of those fields; what it holds is `memory`'s. Fails with EINVAL
 * or ENOMEM, leaves *template as it was, and `why` says what would be right. */
BRINK_MUST_CHECK brink_result brink_config_template_read(struct brink_config_template *template,
                                                         const char *text,
                                                         struct brink_config_memory *memory,
                                                         struct brink_message *why);

#endif
