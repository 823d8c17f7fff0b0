#include "app/admin/figure.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>

#include "brink/server.h"

struct brink_admin_parts brink_admin_parts_of(enum brink_admin_form form)
{
    if (form == BRINK_ADMIN_SIDES)
        return (struct brink_admin_parts){2, "side"};
    if (form == BRINK_ADMIN_REASONS)
        return (struct brink_admin_parts){BRINK_REASON_COUNT, "reason"};
    if (form == BRINK_ADMIN_STATE)
        return (struct brink_admin_parts){BRINK_UPSTREAM_SERVER_STATES, "state"};
    return (struct brink_admin_parts){1, NULL};
}

const char *brink_admin_part_name(enum brink_admin_form form, size_t part)
{
    if (form == BRINK_ADMIN_SIDES)
        return part == BRINK_SIDE_CLIENT ? "client" : "upstream";
    if (form == BRINK_ADMIN_REASONS)
        return part == BRINK_REASON_NONE ? NULL : brink_reason_name((enum brink_reason)part);
    if (form == BRINK_ADMIN_STATE)
        return brink_upstream_server_state_name((enum brink_upstream_server_state)part);
    return NULL;
}

/* Not by floating point, whose text would depend on the locale. */
static void write_seconds(FILE *out, uint64_t value, uint64_t a_second, int digits)
{
    (void)fprintf(out, "%" PRIu64 ".%0*" PRIu64, value / a_second, digits, value % a_second);
}

void brink_admin_figure_write(FILE *out, const struct brink_admin_field *field, const void *stats,
                              size_t part)
{
    const void *at = (const char *)stats + field->at;
    switch (field->form) {
    case BRINK_ADMIN_U32:
        (void)fprintf(out, "%" PRIu32, *(const uint32_t *)at);
        break;
    case BRINK_ADMIN_U64:
    case BRINK_ADMIN_SIDES:
    case BRINK_ADMIN_REASONS:
        (void)fprintf(out, "%" PRIu64, ((const uint64_t *)at)[part]);
        break;
    case BRINK_ADMIN_BOOL:
        (void)fputs(*(const bool *)at ? "1" : "0", out);
        break;
    case BRINK_ADMIN_MS:
        write_seconds(out, *(const uint64_t *)at, 1000, 3);
        break;
    case BRINK_ADMIN_NS:
        write_seconds(out, *(const uint64_t *)at, 1000000000, 9);
        break;
    case BRINK_ADMIN_STATE:
        (void)fputs(*(const enum brink_upstream_server_state *)at == part ? "1" : "0", out);
        break;
    }
}
