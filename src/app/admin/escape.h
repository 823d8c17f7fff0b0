/* app/admin/escape.h - texts of a configuration, which may hold any byte, within JSON and within
 * Prometheus's format. Bytes that are no UTF-8 (RFC 3629) become U+FFFD each. */
#ifndef BRINK_APP_ADMIN_ESCAPE_H
#define BRINK_APP_ADMIN_ESCAPE_H

#include <stdio.h>

/* As a JSON string (RFC 8259, 7), with its quotes; NULL: null. */
void brink_admin_escape_json(FILE *out, const char *text);

/* As a label's value, with its quotes (Prometheus, "Exposition formats", text format 0.0.4). */
void brink_admin_escape_label(FILE *out, const char *text);

/* As a HELP line's text: no quotes there. */
void brink_admin_escape_help(FILE *out, const char *text);

#endif
