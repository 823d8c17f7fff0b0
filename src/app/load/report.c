#include "app/load/report.h"

#include <inttypes.h>

#include "app/load/histogram.h"
#include "config/units.h"

enum { TEXT_SIZE = 32 };

static double per_second(uint64_t count, uint64_t ns)
{
    return ns == 0 ? 0 : (double)count * 1e9 / (double)ns;
}

static const char *plural(uint64_t count)
{
    return count == 1 ? "" : "s";
}

void brink_load_report_begin(const struct brink_load_options *options, FILE *out)
{
    (void)fprintf(out, "%s: frame %s, payload of %s bytes%s\n", options->target, options->frame,
                  options->sizes_text, options->verify ? ", each reply compared" : "");
    (void)fprintf(out, "%u connection%s", options->connections, plural(options->connections));
    if (options->idle > 0)
        (void)fprintf(out, " and %u silent", options->idle);
    if (options->threads > 1)
        (void)fprintf(out, ", %u threads", options->threads);
    if (options->one_way)
        (void)fprintf(out, ", one way");
    else
        (void)fprintf(out, ", %u frame%s in flight on each", options->in_flight,
                      plural(options->in_flight));
    if (options->churn > 0)
        (void)fprintf(out, ", made anew after %u", options->churn);
    if (options->rate > 0)
        (void)fprintf(out, ", %u frames/s", options->rate);
    if (options->count > 0)
        (void)fprintf(out, ", %u frame%s\n", options->count, plural(options->count));
    else
        (void)fprintf(out, ", for %.4g s\n", options->duration_ms / 1e3);
}

void brink_load_report_progress(const struct brink_load_result *result, FILE *out)
{
    char rate[TEXT_SIZE];
    (void)fprintf(
        out, "\r%6.1f s   %.0f frames/s   %s/s   %" PRIu64 " errors   \b\b\b",
        (double)result->elapsed_ns / 1e9, per_second(result->frames, result->elapsed_ns),
        brink_units_format_size(per_second(result->bytes, result->elapsed_ns), rate, sizeof rate),
        result->errors);
    (void)fflush(out);
}

/* --- at the end --- */

static void print_rates(const struct brink_load_options *options,
                        const struct brink_load_result *result, FILE *out)
{
    char bytes[TEXT_SIZE];
    char rate[TEXT_SIZE];
    char cpu[TEXT_SIZE];
    uint64_t cpu_ns = result->user_ns + result->system_ns;
    (void)fprintf(out, "\n  frames       %" PRIu64 " %s in %.3f s\n", result->frames,
                  options->one_way ? "sent" : "there and back", (double)result->elapsed_ns / 1e9);
    (void)fprintf(
        out, "  rate         %.0f frames/s, %s/s sent\n",
        per_second(result->frames, result->elapsed_ns),
        brink_units_format_size(per_second(result->bytes, result->elapsed_ns), rate, sizeof rate));
    (void)fprintf(out, "  bytes        %s sent\n",
                  brink_units_format_size((double)result->bytes, bytes, sizeof bytes));
    (void)fprintf(out, "  connections  %" PRIu64 " opened\n", result->opened);
    if (result->frames > 0)
        (void)fprintf(
            out, "  own cpu      %s a frame, %.0f%% of a core\n",
            brink_units_format_ns(cpu_ns / result->frames, cpu, sizeof cpu),
            result->elapsed_ns == 0 ? 0.0 : 100.0 * (double)cpu_ns / (double)result->elapsed_ns);
}

static void print_troubles(const struct brink_load_options *options,
                           const struct brink_load_result *result, FILE *out)
{
    char text[BRINK_LOAD_REASON_TEXT];
    const struct brink_load_troubles *troubles = &result->troubles;
    (void)fprintf(out, "  errors       %" PRIu64 "\n", result->errors);
    for (unsigned i = 0; i < troubles->reasons_count; i++)
        (void)fprintf(out, "    %" PRIu64 " x %s\n", troubles->reasons[i].count,
                      brink_load_reason_format(&troubles->reasons[i], text, sizeof text));
    if (troubles->no_frame[0] != '\0')
        (void)fprintf(out, "    the first that was no frame: %s\n", troubles->no_frame);
    if (options->verify)
        (void)fprintf(out, "  different    %" PRIu64 "\n", result->different);
    (void)fprintf(out, "  unanswered   %" PRIu64 "\n", result->unanswered);
    if (options->rate > 0)
        (void)fprintf(out, "  never sent   %" PRIu64 "%s\n", result->unsent,
                      result->unsent > 0 ? ", as no connection was free for them" : "");
    if (result->unasked > 0)
        (void)fprintf(out, "  unasked      %" PRIu64 " replies that answer nothing\n",
                      result->unasked);
    if (result->gone)
        (void)fprintf(out, "  ended early  no connection was left; %s\n",
                      brink_load_reason_format(&result->gone_for, text, sizeof text));
}

static void print_latency(const struct brink_load_options *options,
                          const struct brink_latency *latency, FILE *out)
{
    static const double percents[] = {50, 90, 99, 99.9, 99.99};
    char text[TEXT_SIZE];
    (void)fprintf(out, "\n  latency%s\n",
                  options->rate > 0 ? ", from the time at which each frame was due" : "");
    (void)fprintf(out, "    min     %s\n",
                  brink_units_format_ns(latency->min_ns, text, sizeof text));
    (void)fprintf(out, "    mean    %s\n",
                  brink_units_format_ns((uint64_t)brink_latency_mean(latency), text, sizeof text));
    for (size_t i = 0; i < sizeof percents / sizeof percents[0]; i++)
        (void)fprintf(out, "    p%-6.4g %s\n", percents[i],
                      brink_units_format_ns(brink_latency_percentile(latency, percents[i]), text,
                                            sizeof text));
    (void)fprintf(out, "    max     %s\n\n",
                  brink_units_format_ns(latency->max_ns, text, sizeof text));
    brink_histogram_print(latency, out);
}

void brink_load_report_print(const struct brink_load_options *options,
                             const struct brink_load_result *result, FILE *out)
{
    print_rates(options, result, out);
    print_troubles(options, result, out);
    if (result->latency.count > 0)
        print_latency(options, &result->latency, out);
}

bool brink_load_report_good(const struct brink_load_options *options,
                            const struct brink_load_result *result)
{
    bool doubled = options->verify && result->unasked > 0;
    return result->errors == 0 && result->different == 0 && result->unanswered == 0 && !doubled &&
           !result->gone;
}
