#include "app/demo/report.h"

#include <inttypes.h>
#include <string.h>

#include "config/units.h"

enum { TEXT_SIZE = 32 };

static double per_second(uint64_t count, uint64_t ns)
{
    return ns == 0 ? 0 : (double)count * 1e9 / (double)ns;
}

void brink_demo_report_progress(const struct brink_demo_report *report, FILE *out)
{
    char bytes[TEXT_SIZE];
    char rate[TEXT_SIZE];
    const struct brink_demo_load_result *load = &report->load;
    (void)fprintf(
        out, "\r  %4.1f s  %9" PRIu64 " frames  %10s  %10s/s ", (double)report->elapsed_ns / 1e9,
        load->frames, brink_units_format_size((double)load->bytes, bytes, sizeof bytes),
        brink_units_format_size(per_second(load->bytes, report->elapsed_ns), rate, sizeof rate));
    (void)fflush(out);
}

bool brink_demo_report_good(const struct brink_demo_report *report)
{
    return report->load.different == 0 && report->load.failed == 0 && report->frames_cut == 0 &&
           report->drained && report->load.frames > 0;
}

static void print_latency(const struct brink_latency *latency, FILE *out)
{
    char p50[TEXT_SIZE];
    char p99[TEXT_SIZE];
    char most[TEXT_SIZE];
    (void)fprintf(out, "  latency      p50 %s, p99 %s, max %s\n",
                  brink_units_format_ns(brink_latency_percentile(latency, 50), p50, sizeof p50),
                  brink_units_format_ns(brink_latency_percentile(latency, 99), p99, sizeof p99),
                  brink_units_format_ns(latency->max_ns, most, sizeof most));
}

static void print_verdict(const struct brink_demo_report *report, FILE *out)
{
    const struct brink_demo_load_result *load = &report->load;
    if (brink_demo_report_good(report)) {
        (void)fprintf(out, "\nEvery byte came back as it was sent.\n");
        return;
    }
    (void)fprintf(out, "\nThat is not as it should be:");
    if (load->different > 0)
        (void)fprintf(out, " %" PRIu64 " frames came back different.", load->different);
    if (load->failed > 0)
        (void)fprintf(out, " %u clients gave up: %s.", load->failed, strerror(load->failure.err));
    if (report->frames_cut > 0 || !report->drained)
        (void)fprintf(out, " Frames were cut.");
    if (load->frames == 0)
        (void)fprintf(out, " No frame came back.");
    (void)fprintf(out, "\n");
}

void brink_demo_report_print(const struct brink_demo_report *report, FILE *out)
{
    char bytes[TEXT_SIZE];
    char rate[TEXT_SIZE];
    const struct brink_demo_load_result *load = &report->load;
    (void)fprintf(out, "\n  frames       %" PRIu64 " there and back\n", load->frames);
    (void)fprintf(out, "  bytes        %s each way\n",
                  brink_units_format_size((double)load->bytes, bytes, sizeof bytes));
    (void)fprintf(
        out, "  rate         %.0f frames/s, %s/s\n", per_second(load->frames, report->elapsed_ns),
        brink_units_format_size(per_second(load->bytes, report->elapsed_ns), rate, sizeof rate));
    print_latency(&load->latency, out);
    (void)fprintf(out, "  different    %" PRIu64 "\n", load->different);
    (void)fprintf(out, "  frames cut   %" PRIu64 "\n", report->frames_cut);
    print_verdict(report, out);
    (void)fprintf(out,
                  "\nTo try next:\n"
                  "  brink echo &                         an echo endpoint at 127.0.0.1:5882\n"
                  "  brink relay --to 127.0.0.1:5882 &    a relay at 127.0.0.1:7000 before it\n"
                  "  brink ping 127.0.0.1:7000 -c 3       frames through both\n"
                  "  brink frame list                     the protocols that it knows\n");
}
