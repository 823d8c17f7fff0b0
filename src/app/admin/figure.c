#include "app/admin/figure.h"

#include <inttypes.h>

#include "brink/figures.h"

struct brink_admin_parts brink_admin_parts_of(enum brink_admin_form form)
{
    switch (form) {
    case BRINK_ADMIN_SIDES:
    case BRINK_ADMIN_SIDES_US:
    case BRINK_ADMIN_SIDES_TIMES:
    case BRINK_ADMIN_SIDES_SIZES:
        return (struct brink_admin_parts){true, 1, NULL};
    case BRINK_ADMIN_REASONS:
        return (struct brink_admin_parts){false, BRINK_REASON_COUNT, "reason"};
    case BRINK_ADMIN_CAUSES:
        return (struct brink_admin_parts){true, BRINK_REASON_COUNT, "reason"};
    case BRINK_ADMIN_ERRORS:
        return (struct brink_admin_parts){true, BRINK_FRAME_ERRORS, "error"};
    case BRINK_ADMIN_STATE:
        return (struct brink_admin_parts){false, BRINK_UPSTREAM_SERVER_STATES, "state"};
    case BRINK_ADMIN_U32:
    case BRINK_ADMIN_U64:
    case BRINK_ADMIN_BOOL:
    case BRINK_ADMIN_US:
    case BRINK_ADMIN_MS:
    case BRINK_ADMIN_NS:
    case BRINK_ADMIN_TIMES:
        break;
    }
    return (struct brink_admin_parts){false, 1, NULL};
}

const char *brink_admin_side_name(size_t side)
{
    return side == BRINK_SIDE_CLIENT ? "client" : "upstream";
}

const char *brink_admin_part_name(enum brink_admin_form form, size_t part)
{
    if (form == BRINK_ADMIN_REASONS || form == BRINK_ADMIN_CAUSES)
        return part == BRINK_REASON_NONE ? NULL : brink_reason_name((enum brink_reason)part);
    if (form == BRINK_ADMIN_ERRORS)
        return part == BRINK_FRAME_OK ? NULL : brink_frame_error_name((enum brink_frame_error)part);
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
                              size_t side, size_t part)
{
    const void *at = (const char *)stats + field->at;
    const uint64_t *numbers = at;
    size_t index = side * brink_admin_parts_of(field->form).count + part;
    switch (field->form) {
    case BRINK_ADMIN_U32:
        (void)fprintf(out, "%" PRIu32, *(const uint32_t *)at);
        break;
    case BRINK_ADMIN_U64:
    case BRINK_ADMIN_SIDES:
    case BRINK_ADMIN_REASONS:
    case BRINK_ADMIN_CAUSES:
    case BRINK_ADMIN_ERRORS:
        (void)fprintf(out, "%" PRIu64, numbers[index]);
        break;
    case BRINK_ADMIN_BOOL:
        (void)fputs(*(const bool *)at ? "1" : "0", out);
        break;
    case BRINK_ADMIN_US:
    case BRINK_ADMIN_SIDES_US:
        write_seconds(out, numbers[index], 1000000, 6);
        break;
    case BRINK_ADMIN_MS:
        write_seconds(out, numbers[0], 1000, 3);
        break;
    case BRINK_ADMIN_NS:
        write_seconds(out, numbers[0], 1000000000, 9);
        break;
    case BRINK_ADMIN_STATE:
        (void)fputs(*(const enum brink_upstream_server_state *)at == part ? "1" : "0", out);
        break;
    case BRINK_ADMIN_TIMES:
    case BRINK_ADMIN_SIDES_TIMES:
    case BRINK_ADMIN_SIDES_SIZES:
        break;
    }
}

const struct brink_histogram *brink_admin_histogram_of(const struct brink_admin_field *field,
                                                       const void *stats, size_t side)
{
    bool histogram = field->form == BRINK_ADMIN_TIMES || field->form == BRINK_ADMIN_SIDES_TIMES ||
                     field->form == BRINK_ADMIN_SIDES_SIZES;
    const void *at = (const char *)stats + field->at;
    return histogram ? (const struct brink_histogram *)at + side : NULL;
}

enum brink_histogram_kind brink_admin_histogram_kind(enum brink_admin_form form)
{
    return form == BRINK_ADMIN_SIDES_SIZES ? BRINK_HISTOGRAM_BYTES : BRINK_HISTOGRAM_US;
}

void brink_admin_value_write(FILE *out, enum brink_histogram_kind kind, uint64_t value)
{
    char digits[8];
    if (kind == BRINK_HISTOGRAM_BYTES || value % 1000000 == 0) {
        (void)fprintf(out, "%" PRIu64, kind == BRINK_HISTOGRAM_BYTES ? value : value / 1000000);
        return;
    }
    int length = snprintf(digits, sizeof digits, "%06" PRIu64, value % 1000000);
    while (length > 1 && digits[length - 1] == '0')
        digits[--length] = '\0';
    (void)fprintf(out, "%" PRIu64 ".%s", value / 1000000, digits);
}
