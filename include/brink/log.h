/* brink/log.h - where a server's log lines go. */
#ifndef BRINK_LOG_H
#define BRINK_LOG_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

enum brink_log_level { BRINK_LOG_ERROR = 0, BRINK_LOG_WARN, BRINK_LOG_INFO, BRINK_LOG_DEBUG };

/* `write` gets one fact per call as logfmt pairs (`event=close peer=127.0.0.1:4711 ...`), without
 * time, level or newline; `line` is valid during the call only and ends with a NUL. It is called
 * on the worker threads, several at a time, so it must be safe for that, and must not block long.
 * NULL: nothing is logged. Lines above `level` are not even made. */
struct brink_log {
    void (*write)(void *context, enum brink_log_level level, const char *line, size_t length);
    void *context;
    enum brink_log_level level;
    /* If not NULL, it is read instead of `level`, each time and atomically: so the level can be
     * changed while a server runs (__atomic_store_n). It must outlive the server. */
    const int *level_now;
};

const char *brink_log_level_name(enum brink_log_level level); /* "error", "warn", ... */

#ifdef __cplusplus
}
#endif
#endif
