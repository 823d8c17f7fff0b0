#include "app/frame/scan_file.h"

#include <argp.h>
#include <errno.h>
#include <string.h>

#include "app/arguments.h"
#include "app/frame/scan.h"
#include "brink/frame.h"

struct options {
    const char *frame;
    const char *path;
    uint64_t max_frame;
    struct brink_spec spec;
    bool reply;
    bool quiet;
};

enum { OPTION_MAX_FRAME = 0x100, CHUNK_SIZE = 64 * 1024 };

static const struct argp_option argp_options[] = {
    {"direction", 'd', "request|reply", 0,
     "Which way the bytes went, where that makes a difference (default request)", 0},
    {"max-frame", OPTION_MAX_FRAME, "SIZE", 0, "The largest frame, header included", 0},
    {"quiet", 'q', NULL, 0, "The summary only", 0},
    {0},
};

static const char doc[] =
    "Find the frames in a file of captured bytes (one direction of one connection); - for standard "
    "input.\vExit status: 0 whole frames to the end, 1 bytes that are no frame, or a frame cut at "
    "the end, 2 wrong command line.";

static error_t take_argument(struct argp_state *state, struct options *options, const char *text)
{
    if (options->frame == NULL)
        options->frame = text;
    else if (options->path == NULL)
        options->path = text;
    else
        return brink_arguments_refuse(state, text, "one FILE is enough");
    return 0;
}

static error_t finish(struct argp_state *state, struct options *options)
{
    if (options->path == NULL)
        return brink_arguments_refuse(state, options->frame == NULL ? "SPEC" : "FILE",
                                      "missing; write for example: brink frame scan dns FILE");
    error_t failed = brink_arguments_take_spec(state, "SPEC", options->frame, options->max_frame,
                                               &options->spec);
    if (failed == 0 && brink_spec_raw(&options->spec))
        failed = brink_arguments_refuse(state, "SPEC", "raw has no frames to find");
    return failed;
}

static error_t take(int key, char *text, struct argp_state *state)
{
    struct options *options = state->input;
    switch (key) {
    case 'd':
        options->reply = strcmp(text, "reply") == 0;
        if (!options->reply && strcmp(text, "request") != 0)
            return brink_arguments_refuse(state, "--direction", "write request or reply");
        return 0;
    case OPTION_MAX_FRAME:
        return brink_arguments_take_size(state, "--max-frame", text, &options->max_frame);
    case 'q':
        options->quiet = true;
        return 0;
    case ARGP_KEY_ARG:
        return take_argument(state, options, text);
    case ARGP_KEY_END:
        return finish(state, options);
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static brink_result scan_file(struct brink_scan *scan, FILE *file, struct brink_message *why)
{
    static uint8_t chunk[CHUNK_SIZE];
    brink_result result = brink_ok();
    size_t got;
    while (!brink_failed(result) && (got = fread(chunk, 1, sizeof chunk, file)) > 0)
        result = brink_scan_feed(scan, chunk, got, why);
    if (brink_failed(result))
        return result;
    if (ferror(file)) {
        (void)snprintf(why->text, sizeof why->text, "%s", strerror(errno));
        return brink_fail(EIO);
    }
    return brink_scan_end(scan, why);
}

static enum brink_exit scan_stream(const char *name, const struct options *options, FILE *file)
{
    struct brink_scan scan;
    struct brink_message why;
    const struct brink_spec *spec = &options->spec;
    brink_scan_init(&scan, spec, options->reply ? &spec->reply : &spec->request,
                    options->quiet ? NULL : stdout);
    brink_result result = scan_file(&scan, file, &why);
    brink_scan_print_summary(&scan, stdout);
    (void)fflush(stdout); /* before the message, where both go to one terminal */
    if (!brink_failed(result))
        return BRINK_EXIT_OK;
    (void)fprintf(stderr, "%s: %s: %s\n", name, options->path, why.text);
    return BRINK_EXIT_FAILURE;
}

enum brink_exit brink_frame_scan(int argc, char **argv)
{
    static const struct argp argp = {argp_options, take, "SPEC FILE", doc, NULL, NULL, NULL};
    struct options options = {0};
    if (brink_failed(brink_arguments_parse(&argp, argc, argv, 0, &options)))
        return BRINK_EXIT_USAGE;
    if (strcmp(options.path, "-") == 0)
        return scan_stream(argv[0], &options, stdin);
    FILE *file = fopen(options.path, "rbe");
    if (file == NULL) {
        (void)fprintf(stderr, "%s: %s: %s\n", argv[0], options.path, strerror(errno));
        return BRINK_EXIT_FAILURE;
    }
    enum brink_exit status = scan_stream(argv[0], &options, file);
    (void)fclose(file);
    return status;
}
