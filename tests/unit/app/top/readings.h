/* Two readings of a brink, two seconds apart. */
#ifndef BRINK_TESTS_READINGS_H
#define BRINK_TESTS_READINGS_H

#include "app/top/sample.h"

#define READING(start, time, frames, accepted, extra)                                              \
    "{\"version\":\"9.9\",\"start_time_seconds\":" start ",\"time_seconds\":" time                 \
    ",\"clients\":5,\"max_clients\":50,\"stopping\":0,\"buffered_bytes\":2048,\"listeners\":["     \
    "{\"name\":\"front\",\"clients\":2,\"accepted\":" accepted ",\"frames\":{\"client\":" frames   \
    ",\"upstream\":10},\"bytes\":{\"client\":2048,\"upstream\":0},"                                \
    "\"frames_cut\":{\"client\":1,\"upstream\":2},\"reply_duration_seconds\":"                     \
    "{\"bounds\":[0.001,0.002],\"counts\":[7," accepted ",0]}}" extra "],"                         \
    "\"upstreams\":[{\"name\":\"pair\",\"servers\":["                                              \
    "{\"name\":\"b\",\"address\":\"127.0.0.1:2\",\"state\":\"up\",\"state_seconds\":5,"            \
    "\"weight\":1,\"connections\":1,\"total_connections\":" accepted ","                           \
    "\"frames\":{\"client\":" time "},\"connect_failures\":1,\"unanswered\":2,\"resets\":3,"       \
    "\"replies_timed\":" accepted ",\"reply_seconds\":0.00" accepted "},"                          \
    "{\"name\":\"a\",\"address\":\"127.0.0.1:1\",\"state\":\"down\",\"connections\":4}]}],"        \
    "\"workers\":[{\"worker\":0,\"cpu_seconds\":" time ",\"frames\":" frames ",\"turns\":7,"       \
    "\"longest_turn_seconds\":0.012}]}"

static inline void readings_add(struct brink_top_sample *sample, const char *text)
{
    json_t *stats = json_loads(text, 0, NULL);
    assert_non_null(stats);
    brink_top_sample_add(sample, stats);
}

/* One listener more in the second. */
static inline struct brink_top_sample readings_two(void)
{
    struct brink_top_sample sample = {.now = NULL};
    readings_add(&sample, READING("1000.5", "5.5", "100", "3", ""));
    readings_add(&sample, READING("1000.5", "7.5", "500", "4",
                                  ",{\"name\":\"alpha\",\"clients\":3,\"accepted\":3,"
                                  "\"frames\":{\"client\":70,\"upstream\":70}}"));
    return sample;
}

#endif
