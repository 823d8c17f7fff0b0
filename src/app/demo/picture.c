#include "app/demo/picture.h"

#include <inttypes.h>
#include <string.h>

#include "app/frame/layout_text.h"

enum { BOXES_MAX = 3, BYTE_WIDTH = 5, DRAWN_SINGLY = 8, WIDE_BOX = 4 };

/* A part of the header. Up to DRAWN_SINGLY bytes are drawn one by one, more as one wide box. */
struct box {
    uint32_t bytes; /* 0: it varies */
    char label[40];
};

static bool singly(const struct box *box)
{
    return box->bytes > 0 && box->bytes <= DRAWN_SINGLY;
}

static unsigned width(const struct box *box)
{
    return BYTE_WIDTH * (singly(box) ? box->bytes : WIDE_BOX);
}

static size_t skipped_box(const struct brink_layout *layout, struct box *box)
{
    if (layout->offset == 0)
        return 0;
    box->bytes = layout->offset;
    if (singly(box))
        (void)snprintf(box->label, sizeof box->label, "%s",
                       layout->offset > 1 ? "not read" : "...");
    else
        (void)snprintf(box->label, sizeof box->label, "%" PRIu32 " bytes not read", layout->offset);
    return 1;
}

static size_t length_boxes(const struct brink_layout *layout, struct box *box)
{
    bool varint = layout->kind == BRINK_LENGTH_LEB128 || layout->kind == BRINK_LENGTH_MQTT;
    bool varies = varint || layout->delimiter != '\0';
    box->bytes = varies ? 0 : layout->size;
    if (varies)
        (void)snprintf(box->label, sizeof box->label, "length, 1 to %d", layout->size);
    else
        (void)snprintf(box->label, sizeof box->label, "%s", layout->size > 1 ? "length" : "len");
    if (varint || layout->delimiter == '\0')
        return 1;
    box[1].bytes = 1;
    (void)brink_layout_text_delimiter(layout, box[1].label);
    return 2;
}

/* Prints a number, padding what stands before it: so the line has no blanks at its end. Returns the
 * padding that brings the next one `columns` behind. */
static int print_offset(FILE *out, int padding, uint32_t at, unsigned columns)
{
    return (int)columns - fprintf(out, "%*s%" PRIu32, padding, "", at) + padding;
}

static void draw_offsets(const struct box *boxes, size_t count, FILE *out)
{
    uint32_t at = 0;
    int padding = 4;
    for (size_t i = 0; i < count; i++) {
        uint32_t ticks = singly(&boxes[i]) ? boxes[i].bytes : 1;
        for (uint32_t tick = 0; tick < ticks; tick++)
            padding = print_offset(out, padding, at + tick, width(&boxes[i]) / ticks);
        if (boxes[i].bytes == 0) { /* nobody knows where the rest stands */
            (void)fprintf(out, "\n");
            return;
        }
        at += boxes[i].bytes;
    }
    (void)print_offset(out, padding, at, 0);
    (void)fprintf(out, "\n");
}

static void draw_border(const struct box *boxes, size_t count, FILE *out)
{
    (void)fprintf(out, "    ");
    for (size_t i = 0; i < count; i++) {
        for (unsigned column = 0; column < width(&boxes[i]); column++) {
            bool corner = column == 0 || (singly(&boxes[i]) && column % BYTE_WIDTH == 0);
            (void)fputc(corner ? '+' : '-', out);
        }
    }
    (void)fprintf(out, "+------------ - -\n");
}

static void draw_labels(const struct box *boxes, size_t count, FILE *out)
{
    (void)fprintf(out, "    ");
    for (size_t i = 0; i < count; i++) {
        int inside = (int)width(&boxes[i]) - 1;
        int label = (int)strlen(boxes[i].label);
        int before = label < inside ? (inside - label) / 2 : 0;
        (void)fprintf(out, "|%*s%-*.*s", before, "", inside - before, inside - before,
                      boxes[i].label);
    }
    (void)fprintf(out, "| payload\n");
}

void brink_picture_draw(const struct brink_layout *layout, FILE *out)
{
    struct box boxes[BOXES_MAX];
    size_t count = skipped_box(layout, boxes);
    count += length_boxes(layout, boxes + count);
    draw_offsets(boxes, count, out);
    draw_border(boxes, count, out);
    draw_labels(boxes, count, out);
    draw_border(boxes, count, out);
}
