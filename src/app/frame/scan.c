#include "app/frame/scan.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/message.h"
#include "config/units.h"

enum { SHOWN = 12 };

static void print_heading(FILE *out)
{
    (void)fprintf(out, "%12s %7s %12s  %s\n", "OFFSET", "HEADER", "SIZE", "FIRST BYTES");
}

void brink_scan_init(struct brink_scan *scan, const struct brink_spec *spec,
                     const struct brink_direction *direction, FILE *out)
{
    *scan = (struct brink_scan){.spec = spec, .direction = direction, .out = out};
    brink_decoder_init(&scan->decoder, direction);
    if (out != NULL)
        print_heading(out);
}

static void keep(struct brink_scan *scan, const uint8_t *data, size_t length)
{
    size_t room = sizeof scan->first - scan->kept;
    size_t take = length < room ? length : room;
    memcpy(scan->first + scan->kept, data, take);
    scan->kept += take;
    scan->seen += length;
}

static void print_bytes(const struct brink_scan *scan)
{
    size_t count = scan->kept < SHOWN ? scan->kept : SHOWN;
    for (size_t i = 0; i < SHOWN; i++) {
        if (i < count)
            (void)fprintf(scan->out, " %02x", scan->first[i]);
        else
            (void)fprintf(scan->out, "   ");
    }
    (void)fprintf(scan->out, "  ");
    for (size_t i = 0; i < count; i++)
        (void)fputc(isprint(scan->first[i]) ? scan->first[i] : '.', scan->out);
    (void)fputc('\n', scan->out);
}

static void print_row(const struct brink_scan *scan)
{
    if (scan->out == NULL)
        return;
    if (scan->header > 0)
        (void)fprintf(scan->out, "%12" PRIu64 " %7" PRIu32 " %12" PRIu64 " ", scan->begin,
                      scan->header, scan->seen);
    else
        (void)fprintf(scan->out, "%12" PRIu64 " %7s %12" PRIu64 " ", scan->begin, "raw",
                      scan->seen);
    print_bytes(scan);
}

static void begin_next(struct brink_scan *scan)
{
    scan->begin += scan->seen;
    scan->seen = 0;
    scan->kept = 0;
    scan->frame = 0;
    scan->header = 0;
}

static void end_frame(struct brink_scan *scan, bool first)
{
    print_row(scan);
    if (scan->frames == 0 || scan->seen < scan->smallest)
        scan->smallest = scan->seen;
    if (scan->seen > scan->largest)
        scan->largest = scan->seen;
    scan->frames++;
    scan->bytes += scan->seen;
    /* A request for encryption: what follows, if it was refused, is such a frame again. */
    if (first && scan->spec->negotiate > 0 && scan->seen == scan->spec->negotiate)
        brink_decoder_expect_first(&scan->decoder);
    begin_next(scan);
}

static brink_result bad(struct brink_scan *scan, const struct brink_decoded *decoded,
                        struct brink_message *why)
{
    char details[240];
    brink_frame_explain_error(scan->spec, scan->direction, decoded, scan->first, scan->kept,
                              details, sizeof details);
    (void)brink_message_set(why, "at offset %" PRIu64 " is no frame: %s %s", scan->begin,
                            brink_frame_error_name(decoded->error), details);
    return brink_fail(EPROTO);
}

brink_result brink_scan_feed(struct brink_scan *scan, const uint8_t *data, size_t length,
                             struct brink_message *why)
{
    while (length > 0) {
        struct brink_decoded decoded =
            brink_decoder_next(&scan->decoder, scan->direction, data, length);
        /* Of a bad frame all that is at hand helps to see what it is. */
        keep(scan, data, decoded.event == BRINK_DECODE_BAD ? length : decoded.used);
        if (decoded.event == BRINK_DECODE_BAD)
            return bad(scan, &decoded, why);
        if (decoded.header > 0) {
            scan->frame = decoded.frame;
            scan->header = decoded.header;
        }
        if (decoded.event == BRINK_DECODE_FRAME)
            end_frame(scan, decoded.first);
        if (decoded.event == BRINK_DECODE_RAW) {
            scan->raw += decoded.used;
            print_row(scan);
            begin_next(scan);
        }
        data += decoded.used;
        length -= decoded.used;
    }
    return brink_ok();
}

brink_result brink_scan_end(struct brink_scan *scan, struct brink_message *why)
{
    if (brink_decoder_at_boundary(&scan->decoder))
        return brink_ok();
    if (scan->seen == 0)
        (void)brink_message_set(why, "the bytes end before the first frame");
    else if (scan->header == 0)
        (void)brink_message_set(why,
                                "the bytes end within a header: the frame at offset %" PRIu64
                                " has %" PRIu64 " bytes so far",
                                scan->begin, scan->seen);
    else
        (void)brink_message_set(why,
                                "the bytes end within a frame: at offset %" PRIu64
                                " there are %" PRIu64 " of %" PRIu64 " bytes",
                                scan->begin, scan->seen, scan->frame);
    return brink_fail(EPROTO);
}

void brink_scan_print_summary(const struct brink_scan *scan, FILE *out)
{
    char text[32];
    double mean = scan->frames == 0 ? 0 : (double)scan->bytes / (double)scan->frames;
    (void)fprintf(out, "%" PRIu64 " frames, %" PRIu64 " bytes", scan->frames, scan->bytes);
    if (scan->frames > 0)
        (void)fprintf(out, "; smallest %" PRIu64 ", largest %" PRIu64 ", mean %s", scan->smallest,
                      scan->largest, brink_units_format_size(mean, text, sizeof text));
    if (scan->raw > 0)
        (void)fprintf(out, "; %" PRIu64 " raw bytes", scan->raw);
    (void)fprintf(out, "\n");
}
