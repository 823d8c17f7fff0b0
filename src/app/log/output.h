/* app/log/output.h - where lines go: standard error, or a file that may be opened anew.
 *
 * A worker must not be stopped by a reader that hangs: a line that would have to wait is dropped,
 * and counted. Not safe for several threads at a time. */
#ifndef BRINK_APP_LOG_OUTPUT_H
#define BRINK_APP_LOG_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "brink/result.h"

enum { BRINK_LOG_LINE_SIZE = 4096 }; /* PIPE_BUF: what a pipe that has room takes at once */

struct brink_log_output {
    int fd;
    const char *file; /* NULL: the descriptor is somebody else's */
    uint64_t dropped; /* lines, since brink_log_output_told */
};

/* `path` must outlive it. Fails as brink_log_file_open. */
BRINK_MUST_CHECK brink_result brink_log_output_open(struct brink_log_output *output,
                                                    const char *path, struct brink_message *why);

/* Up to BRINK_LOG_LINE_SIZE bytes, in one write(2). False if the line was dropped. */
bool brink_log_output_put(struct brink_log_output *output, const char *line, size_t length);

/* Goes on in `fd`, opened anew; returns the old one, for the caller to close. */
int brink_log_output_turn(struct brink_log_output *output, int fd);

/* Closes the file, if it has one. */
void brink_log_output_close(struct brink_log_output *output);

#endif
