#include "app/frame/explain.h"

#include <argp.h>
#include <inttypes.h>

#include "app/arguments.h"
#include "app/demo/picture.h"
#include "app/frame/layout_text.h"
#include "config/units.h"

/* "260 bytes", "16777216 bytes (16 MiB)" */
static void print_bytes(const char *what, uint64_t bytes, FILE *out)
{
    char text[32];
    (void)fprintf(out, "    %-9s %" PRIu64 " byte%s", what, bytes, bytes == 1 ? "" : "s");
    if (bytes >= 1024)
        (void)fprintf(out, " (%s)", brink_units_format_size((double)bytes, text, sizeof text));
    (void)fprintf(out, "\n");
}

static void print_layout(const char *title, const struct brink_layout *layout, FILE *out)
{
    char text[BRINK_LAYOUT_TEXT_SIZE];
    (void)fprintf(out, "\n%s\n\n", title);
    if (layout->kind == BRINK_LENGTH_NONE) {
        (void)fprintf(out, "    no frames: bytes are passed on as they come\n");
        return;
    }
    brink_picture_draw(layout, out);
    (void)fprintf(out, "\n    length    %s\n", brink_layout_text_length(layout, text));
    (void)fprintf(out, "    frame     %s\n", brink_layout_text_formula(layout, text));
    print_bytes("smallest", brink_layout_text_smallest(layout), out);
    print_bytes("largest", brink_layout_text_largest(layout), out);
}

static void print_direction(const char *who, const struct brink_direction *direction, FILE *out)
{
    char title[80];
    if (direction->preface > 0)
        (void)fprintf(out, "\n%s: %" PRIu32 " raw bytes (a preface), then\n", who,
                      direction->preface);
    if (direction->has_first) {
        (void)snprintf(title, sizeof title, "%s: the first frame", who);
        print_layout(title, &direction->first, out);
    }
    (void)snprintf(title, sizeof title, "%s: %s", who,
                   direction->has_first ? "the frames after it" : "every frame");
    print_layout(title, &direction->frame, out);
}

static void print_notes(const struct brink_spec *spec, FILE *out)
{
    if (spec->negotiate > 0)
        (void)fprintf(
            out,
            "\nA first frame of exactly %" PRIu32
            " bytes is answered by one raw byte: 'S' goes on with TLS records,\n'G' with "
            "4-byte big-endian lengths; after anything else another first frame follows.\n",
            spec->negotiate);
    if (spec->pin)
        (void)fprintf(out, "\npin: the protocol keeps state per connection; frames of several "
                           "clients must not be mixed.\n");
}

void brink_frame_explain_print(const struct brink_spec *spec, FILE *out)
{
    const struct brink_preset *preset = brink_preset_find(spec->name);
    if (preset != NULL)
        (void)fprintf(out, "%s: %s (%s)\n", spec->name, preset->title, preset->source);
    else
        (void)fprintf(out, "%s\n", spec->name);
    if (brink_layout_text_same(&spec->request, &spec->reply)) {
        print_direction("both directions", &spec->request, out);
    } else {
        print_direction("client to upstream", &spec->request, out);
        print_direction("upstream to client", &spec->reply, out);
    }
    print_notes(spec, out);
}

/* What the parser fills in. */
struct parse {
    const char *text;
    struct brink_spec spec;
};

static error_t take(int key, char *text, struct argp_state *state)
{
    struct parse *parse = state->input;
    switch (key) {
    case ARGP_KEY_ARG:
        if (parse->text != NULL)
            return brink_arguments_refuse(state, text, "one SPEC is enough");
        parse->text = text;
        return 0;
    case ARGP_KEY_END:
        if (parse->text == NULL)
            return brink_arguments_refuse(state, "SPEC",
                                          "missing; write u32le, dns or offset=4,size=2");
        return brink_arguments_take_spec(state, "SPEC", parse->text, 0, &parse->spec);
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

enum brink_exit brink_frame_explain(int argc, char **argv)
{
    static const char doc[] = "A spec in a picture: header, smallest and largest frame.";
    static const struct argp argp = {NULL, take, "SPEC", doc, NULL, NULL, NULL};
    struct parse parse = {0};
    if (brink_failed(brink_arguments_parse(&argp, argc, argv, 0, &parse)))
        return BRINK_EXIT_USAGE;
    brink_frame_explain_print(&parse.spec, stdout);
    return BRINK_EXIT_OK;
}
