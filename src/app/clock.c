#include "app/clock.h"

#include <stdio.h>
#include <time.h>

uint64_t brink_clock_now_ns(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC,
                        &now); /* cannot fail: the clock and the pointer are good */
    return (uint64_t)now.tv_sec * 1000000000U + (uint64_t)now.tv_nsec;
}

const char *brink_clock_stamp(char text[BRINK_CLOCK_STAMP_SIZE])
{
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    struct tm utc;
    char seconds[24] = "";
    if (gmtime_r(&now.tv_sec, &utc) != NULL)
        (void)strftime(seconds, sizeof seconds, "%Y-%m-%dT%H:%M:%S", &utc);
    (void)snprintf(text, BRINK_CLOCK_STAMP_SIZE, "%s.%03uZ", seconds,
                   (unsigned)(now.tv_nsec / 1000000));
    return text;
}
