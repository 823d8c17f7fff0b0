/* app/load/trouble.h - what went wrong during a load, by reason. One thread each; merge when the
 * threads are done. */
#ifndef BRINK_APP_LOAD_TROUBLE_H
#define BRINK_APP_LOAD_TROUBLE_H

#include <stddef.h>
#include <stdint.h>

/* What a connection was about. */
enum brink_load_stage {
    BRINK_LOAD_CONNECTING,
    BRINK_LOAD_OPENING, /* the first frame, there and back, that is not counted */
    BRINK_LOAD_AT_WORK,
    BRINK_LOAD_SILENT /* one of those that do nothing */
};

enum { BRINK_LOAD_REASONS_MAX = 16, BRINK_LOAD_REASON_TEXT = 200 };

struct brink_load_reason {
    enum brink_load_stage stage;
    int err; /* an errno value: ETIMEDOUT no reply in time, ECONNABORTED the peer closed, EPROTO no
                frame, else the kernel's */
    uint64_t count;
};

/* Invariant: no two reasons are the same; what had no room is in `count` alone. */
struct brink_load_troubles {
    uint64_t count;
    unsigned reasons_count;
    struct brink_load_reason reasons[BRINK_LOAD_REASONS_MAX];
    char no_frame[256]; /* of the first EPROTO: what stood there; "" without one */
};

void brink_load_troubles_add(struct brink_load_troubles *troubles, enum brink_load_stage stage,
                             int err, uint64_t count);
void brink_load_troubles_merge(struct brink_load_troubles *troubles,
                               const struct brink_load_troubles *from);

/* "connecting: Connection refused". Returns `text`. */
const char *brink_load_reason_format(const struct brink_load_reason *reason, char *text,
                                     size_t size);

#endif
