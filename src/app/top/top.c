#include "app/top/top.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <time.h>

#include "app/clock.h"
#include "app/control/http.h"
#include "app/top/options.h"
#include "app/top/sample.h"
#include "app/top/screen.h"
#include "app/top/view.h"
#include "base/message.h"

enum { WAIT_MS = 3000 };

struct run {
    const struct brink_top_options *options;
    struct brink_top_view view;
    struct brink_top_sample sample;
    struct brink_message trouble;
    struct brink_top_screen screen;
};

static uint64_t now_ms(void)
{
    return brink_clock_now_ns() / 1000000;
}

/* --- readings --- */

static brink_result read_answer(struct run *run, const struct brink_control_reply *reply)
{
    json_error_t where;
    if (reply->status != 200) {
        brink_control_error(reply, &run->trouble);
        return brink_fail(EPROTO);
    }
    json_t *stats = json_loadb(reply->body, reply->size, 0, &where);
    if (!json_is_object(stats)) {
        json_decref(stats);
        (void)brink_message_set(&run->trouble, "what %.100s answers is no JSON; is it brink?",
                                run->view.address);
        return brink_fail(EPROTO);
    }
    brink_top_sample_add(&run->sample, stats);
    return brink_ok();
}

/* A reading more, or what the trouble is. */
static brink_result take_reading(struct run *run)
{
    struct brink_control_reply reply;
    brink_result result =
        brink_control_ask(run->view.address, false, "/stats.json", WAIT_MS, &reply, &run->trouble);
    if (!brink_failed(result)) {
        result = read_answer(run, &reply);
        free(reply.body);
    }
    run->view.trouble = brink_failed(result) ? run->trouble.text : NULL;
    return result;
}

static bool write_view(FILE *out, const struct run *run)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    return brink_top_view_write(out, &run->view, &run->sample,
                                (double)now.tv_sec + (double)now.tv_nsec / 1e9);
}

/* --- on a screen --- */

static bool draw(struct run *run)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    bool whole = out != NULL && write_view(out, run);
    if (out != NULL)
        whole = fclose(out) == 0 && whole;
    if (whole)
        brink_top_screen_draw(&run->screen, text, brink_top_view_keys);
    free(text);
    return whole;
}

/* Until the next reading is due; false: it is to end. */
static bool wait_for_keys(struct run *run, uint64_t until_ms)
{
    for (;;) {
        uint64_t now = now_ms();
        uint32_t left_ms = now < until_ms ? (uint32_t)(until_ms - now) : 0;
        if (left_ms == 0 && !run->view.paused)
            return true;
        int key = brink_top_screen_key(&run->screen, left_ms > 0 ? left_ms : WAIT_MS);
        if (key < 0 || !brink_top_view_key(&run->view, key) || !draw(run))
            return false;
    }
}

static void show(struct run *run)
{
    for (uint32_t shown = 0; run->options->count == 0 || shown < run->options->count; shown++) {
        uint64_t due_ms = now_ms() + run->options->interval_ms;
        brink_result read = take_reading(run);
        (void)read.err; /* the view tells */
        if (!draw(run) || !wait_for_keys(run, due_ms))
            return;
    }
}

/* --- as text --- */

/* The first reading is for the rates of the second. */
static enum brink_exit print(struct run *run, const char *title)
{
    for (uint32_t shown = 0; shown <= run->options->count; shown++) {
        uint64_t due_ms = now_ms() + run->options->interval_ms;
        if (brink_failed(take_reading(run))) {
            (void)fprintf(stderr, "%s: %s\n", title, run->trouble.text);
            return BRINK_EXIT_FAILURE;
        }
        if (shown > 1)
            (void)fputc('\n', stdout);
        if (shown > 0 && !write_view(stdout, run))
            return BRINK_EXIT_FAILURE;
        if (fflush(stdout) != 0)
            return BRINK_EXIT_FAILURE;
        uint64_t now = now_ms();
        if (shown < run->options->count && due_ms > now)
            (void)poll(NULL, 0, (int)(due_ms - now));
    }
    return BRINK_EXIT_OK;
}

enum brink_exit brink_top(int argc, char **argv)
{
    struct brink_top_options options;
    struct brink_message why;
    if (brink_failed(brink_top_options_parse(&options, argc, argv, 0)))
        return BRINK_EXIT_USAGE;
    struct run run = {.options = &options,
                      .view = {.part = options.part,
                               .sort = options.sort,
                               .address = options.socket != NULL ? options.socket : options.place}};
    enum brink_exit status = BRINK_EXIT_OK;
    if (options.batch) {
        status = print(&run, argv[0]);
    } else if (brink_failed(brink_top_screen_open(&run.screen, &why))) {
        (void)fprintf(stderr, "%s: %s\n", argv[0], why.text);
        status = BRINK_EXIT_FAILURE;
    } else {
        show(&run);
        brink_top_screen_close(&run.screen);
    }
    brink_top_sample_free(&run.sample);
    return status;
}
