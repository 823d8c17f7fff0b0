/* app/clock.h - what time it is, for measuring and for log lines. Any thread. */
#ifndef BRINK_APP_CLOCK_H
#define BRINK_APP_CLOCK_H

#include <stddef.h>
#include <stdint.h>

/* CLOCK_MONOTONIC in nanoseconds. */
uint64_t brink_clock_now_ns(void);

enum { BRINK_CLOCK_STAMP_SIZE = 40 };

/* Writes the wall-clock time as RFC 3339 in UTC with milliseconds ("2026-01-31T12:00:00.123Z"; 24
 * characters until the year 9999) into `text`, which is also returned. */
const char *brink_clock_stamp(char text[BRINK_CLOCK_STAMP_SIZE]);

#endif
