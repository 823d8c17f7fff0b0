#include "app/frame/list.h"

#include <argp.h>
#include <string.h>

#include "app/arguments.h"
#include "app/frame/layout_text.h"
#include "brink/frame.h"
#include "config/units.h"

enum { TEXT_SIZE = 32 };

/* What the columns cannot show. */
static const char *notes(const struct brink_spec *spec, char text[TEXT_SIZE])
{
    const struct brink_direction *request = &spec->request;
    bool differs = !brink_layout_text_same(&spec->request, &spec->reply);
    (void)snprintf(text, TEXT_SIZE, "%s%s%s%s", request->preface > 0 ? "preface " : "",
                   request->has_first ? "first " : "", differs ? "reply " : "",
                   spec->pin ? "pin" : "");
    size_t length = strlen(text);
    if (length > 0 && text[length - 1] == ' ')
        text[length - 1] = '\0';
    return text;
}

static void print_row(const struct brink_preset *preset, FILE *out)
{
    const struct brink_layout *layout = &preset->spec.request.frame;
    char length[BRINK_LAYOUT_TEXT_SIZE];
    char largest[TEXT_SIZE];
    char note[TEXT_SIZE];
    if (layout->kind == BRINK_LENGTH_NONE)
        (void)snprintf(largest, sizeof largest, "-");
    else
        (void)brink_units_format_size((double)brink_layout_text_largest(layout), largest,
                                      sizeof largest);
    (void)fprintf(out, "%-14s %-14s %10s  %-17s %s\n", preset->name,
                  brink_layout_text_short(layout, length), largest, notes(&preset->spec, note),
                  preset->title);
}

void brink_frame_list_print(FILE *out)
{
    (void)fprintf(out, "%-14s %-14s %10s  %-17s %s\n", "PRESET", "LENGTH", "LARGEST", "NOTES",
                  "PROTOCOL");
    for (size_t i = 0; i < brink_preset_count(); i++)
        print_row(brink_preset_at(i), out);
    (void)fprintf(
        out, "\npreface: raw bytes stand before the first frame; first: the first frame has a "
             "layout of its own;\nreply: the other direction too; pin: the protocol keeps state "
             "per connection.\n`brink frame explain NAME` tells more; NAME,max=SIZE changes the "
             "limit.\n");
}

enum brink_exit brink_frame_list(int argc, char **argv)
{
    static const struct argp argp = {NULL, NULL, NULL, "The presets for --frame, in a table.",
                                     NULL, NULL, NULL};
    if (brink_failed(brink_arguments_parse(&argp, argc, argv, 0, NULL)))
        return BRINK_EXIT_USAGE;
    brink_frame_list_print(stdout);
    return BRINK_EXIT_OK;
}
