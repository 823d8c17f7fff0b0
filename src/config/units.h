/* config/units.h - sizes, durations and counts as people write them. Pure; any thread. */
#ifndef BRINK_CONFIG_UNITS_H
#define BRINK_CONFIG_UNITS_H

#include <stddef.h>
#include <stdint.h>

#include "brink/result.h"

/* "4096", "64KiB", "1MB": whole numbers, with B, KiB, MiB, GiB (powers of 1024) or kB, MB, GB
 * (powers of 1000). On failure (EINVAL) `bytes` is unchanged and `why` is a sentence. */
BRINK_MUST_CHECK brink_result brink_units_parse_size(const char *text, uint64_t *bytes,
                                                     struct brink_message *why);

/* "500ms", "5s", "1m", "2h"; "0" needs no unit. Up to 12 days (2^30 ms). Fails as above. */
BRINK_MUST_CHECK brink_result brink_units_parse_duration(const char *text, uint32_t *ms,
                                                         struct brink_message *why);

/* A whole number from `least` to `most`. Fails as above. */
BRINK_MUST_CHECK brink_result brink_units_parse_count(const char *text, uint32_t least,
                                                      uint32_t most, uint32_t *count,
                                                      struct brink_message *why);

/* "0 B", "1000 B", "64 KiB", "1.5 MiB": at most 4 significant digits. Returns `text`. */
const char *brink_units_format_size(double bytes, char *text, size_t size);

/* "750 ns", "12.3 us", "4.56 ms", "1.20 s". Returns `text`. */
const char *brink_units_format_ns(uint64_t ns, char *text, size_t size);

#endif
