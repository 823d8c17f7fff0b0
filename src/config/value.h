/* config/value.h - the kinds of values of a configuration: text to value and back. Sizes,
 * durations and counts are read by config/units.h. Pure; any thread.
 *
 * What reads fails with EINVAL, leaves the value as it was, and `why` says what would be right.
 * What writes gives a text that is read as the same value, in `text`, which it returns. */
#ifndef BRINK_CONFIG_VALUE_H
#define BRINK_CONFIG_VALUE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "brink/listener.h"
#include "brink/result.h"
#include "config/memory.h"

enum { BRINK_CONFIG_BYTES_MAX = 4096, BRINK_CONFIG_NUMBER_TEXT = 32 };

/* yes, no, true, false, on, off */
BRINK_MUST_CHECK brink_result brink_config_value_bool(const char *text, bool *value,
                                                      struct brink_message *why);

/* "50%", from 0 to 100 */
BRINK_MUST_CHECK brink_result brink_config_value_percent(const char *text, uint32_t *percent,
                                                         struct brink_message *why);

/* "1000/s", "0"; of bytes also "10MiB/s" */
BRINK_MUST_CHECK brink_result brink_config_value_rate(const char *text, bool of_bytes,
                                                      uint64_t *per_second,
                                                      struct brink_message *why);

/* One of `names`, which end with NULL; else the nearest is told. */
BRINK_MUST_CHECK brink_result brink_config_value_choice(const char *text, const char *const *names,
                                                        uint32_t *choice,
                                                        struct brink_message *why);

/* "hex:00 ff", "text:ping": up to BRINK_CONFIG_BYTES_MAX bytes, from `memory`. */
BRINK_MUST_CHECK brink_result brink_config_value_bytes(const char *text,
                                                       struct brink_config_memory *memory,
                                                       struct brink_bytes *bytes,
                                                       struct brink_message *why);

/* Texts that are used as they are: an address to connect to (named HOST:PORT for `dns`, without a
 * name for `resolver`), or to listen at, a prefix, a service of SRV records, a name or a path. */
BRINK_MUST_CHECK brink_result brink_config_value_check_target(const char *text,
                                                              struct brink_message *why);
BRINK_MUST_CHECK brink_result brink_config_value_check_listen(const char *text,
                                                              struct brink_message *why);
BRINK_MUST_CHECK brink_result brink_config_value_check_dns(const char *text,
                                                           struct brink_message *why);
BRINK_MUST_CHECK brink_result brink_config_value_check_srv(const char *text,
                                                           struct brink_message *why);
BRINK_MUST_CHECK brink_result brink_config_value_check_resolver(const char *text,
                                                                struct brink_message *why);
BRINK_MUST_CHECK brink_result brink_config_value_check_prefix(const char *text,
                                                              struct brink_message *why);

const char *brink_config_value_write_size(uint64_t bytes, char text[BRINK_CONFIG_NUMBER_TEXT]);
const char *brink_config_value_write_duration(uint32_t ms, char text[BRINK_CONFIG_NUMBER_TEXT]);
const char *brink_config_value_write_rate(uint64_t per_second, bool of_bytes,
                                          char text[BRINK_CONFIG_NUMBER_TEXT]);

/* In quotes, escaped so that the lexer reads the same. */
void brink_config_value_print_quoted(const char *text, FILE *out);
/* "hex:00ff" */
void brink_config_value_print_bytes(const uint8_t *data, size_t size, FILE *out);

/* The one of `names` (of `count`, each `stride` bytes after the other's pointer) that is probably
 * meant; NULL if none is near. */
const char *brink_config_value_nearest(const char *word, const char *const *names, size_t count,
                                       size_t stride);

#endif
