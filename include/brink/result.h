/* brink/result.h - errors as values.
 *
 * A brink_result is a type of its own, so that it can neither be dropped (the compiler warns) nor
 * be taken for a count. What it carries on failure is an errno value: everything that fails in
 * brink is the kernel, memory (ENOMEM) or an argument (EINVAL), and errno names all three. */
#ifndef BRINK_RESULT_H
#define BRINK_RESULT_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

#define BRINK_MUST_CHECK __attribute__((warn_unused_result))

typedef struct brink_result {
    int err; /* 0 on success, else an errno value */
} brink_result;

static inline brink_result brink_ok(void)
{
    brink_result result = {0};
    return result;
}

static inline brink_result brink_fail(int err)
{
    brink_result result = {err};
    return result;
}

static inline bool brink_failed(brink_result result)
{
    return result.err != 0;
}

/* A sentence for a person: what is wrong, where, and what to do about it. Functions that read text
 * (an address, a frame spec, a size) fill one in when they fail. Owned by the caller. */
struct brink_message {
    char text[320];
};

#ifdef __cplusplus
}
#endif
#endif
