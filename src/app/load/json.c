#include "app/load/json.h"

#include <inttypes.h>

void brink_load_json_ready(const struct brink_load_options *options, FILE *out)
{
    (void)fprintf(out, "{\"event\":\"ready\",\"connections\":%u,\"idle\":%u}\n",
                  options->connections, options->idle);
    (void)fflush(out);
}

/* Text between quotes. What it is made of has no character below a space but may have quotes. */
static void print_string(const char *text, FILE *out)
{
    (void)fputc('"', out);
    for (; *text != '\0'; text++) {
        if (*text == '"' || *text == '\\')
            (void)fputc('\\', out);
        (void)fputc((unsigned char)*text < ' ' ? ' ' : *text, out);
    }
    (void)fputc('"', out);
}

static void print_latency(const struct brink_latency *latency, FILE *out)
{
    static const struct {
        const char *name;
        double percent;
    } percentiles[] = {{"p50", 50}, {"p90", 90}, {"p99", 99}, {"p99_9", 99.9}, {"p99_99", 99.99}};
    (void)fprintf(out, "{\"min\":%" PRIu64 ",\"mean\":%.0f", latency->min_ns,
                  brink_latency_mean(latency));
    for (size_t i = 0; i < sizeof percentiles / sizeof percentiles[0]; i++)
        (void)fprintf(out, ",\"%s\":%" PRIu64, percentiles[i].name,
                      brink_latency_percentile(latency, percentiles[i].percent));
    (void)fprintf(out, ",\"max\":%" PRIu64 "}", latency->max_ns);
}

static void print_reasons(const struct brink_load_troubles *troubles, FILE *out)
{
    char text[BRINK_LOAD_REASON_TEXT];
    (void)fputc('[', out);
    for (unsigned i = 0; i < troubles->reasons_count; i++) {
        (void)fprintf(out, "%s{\"count\":%" PRIu64 ",\"why\":", i > 0 ? "," : "",
                      troubles->reasons[i].count);
        print_string(brink_load_reason_format(&troubles->reasons[i], text, sizeof text), out);
        (void)fputc('}', out);
    }
    (void)fputc(']', out);
}

void brink_load_json_result(const struct brink_load_options *options,
                            const struct brink_load_result *result, FILE *out)
{
    double seconds = (double)result->elapsed_ns / 1e9;
    (void)fprintf(out,
                  "{\"event\":\"result\",\"frames\":%" PRIu64 ",\"bytes\":%" PRIu64
                  ",\"seconds\":%.6f,\"frames_per_second\":%.1f,\"opened\":%" PRIu64
                  ",\"errors\":%" PRIu64 ",\"different\":%" PRIu64 ",\"unanswered\":%" PRIu64
                  ",\"unsent\":%" PRIu64 ",\"unasked\":%" PRIu64 ",\"latency_ns\":",
                  result->frames, result->bytes, seconds,
                  seconds > 0 ? (double)result->frames / seconds : 0.0, result->opened,
                  result->errors, result->different, result->unanswered, result->unsent,
                  result->unasked);
    if (options->one_way)
        (void)fputs("null", out);
    else
        print_latency(&result->latency, out);
    (void)fprintf(out, ",\"cpu_ns\":{\"user\":%" PRIu64 ",\"system\":%" PRIu64 "},\"reasons\":",
                  result->user_ns, result->system_ns);
    print_reasons(&result->troubles, out);
    (void)fputs("}\n", out);
    (void)fflush(out);
}
