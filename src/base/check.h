/* base/check.h - the two kinds of assertion.
 *
 * BRINK_ASSERT states what only a fault in brink itself could break; nothing that a peer sends and
 * no call that the kernel fails may reach one. It is off in release builds (NDEBUG), as every
 * condition that the outside can bring about is an error value instead. */
#ifndef BRINK_BASE_CHECK_H
#define BRINK_BASE_CHECK_H

#include <assert.h>
#include <stddef.h>

#define BRINK_ASSERT(condition) assert(condition)

#define BRINK_LIKELY(condition)   __builtin_expect(!!(condition), 1)
#define BRINK_UNLIKELY(condition) __builtin_expect(!!(condition), 0)

#define BRINK_CONTAINER_OF(pointer, type, member)                                                  \
    ((type *)(void *)((char *)(pointer)-offsetof(type, member)))
#define BRINK_CONTAINER_OF_CONST(pointer, type, member)                                            \
    ((const type *)(const void *)((const char *)(pointer)-offsetof(type, member)))

/* Memory that must not be touched until it is handed out again: ASan reports any access. */
#if defined(__SANITIZE_ADDRESS__)
#define BRINK_HAS_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define BRINK_HAS_ASAN 1
#endif
#endif

#if defined(BRINK_HAS_ASAN)
#include <sanitizer/asan_interface.h>
#define BRINK_POISON(address, size)   ASAN_POISON_MEMORY_REGION(address, size)
#define BRINK_UNPOISON(address, size) ASAN_UNPOISON_MEMORY_REGION(address, size)
#else
#define BRINK_POISON(address, size)   ((void)(address), (void)(size))
#define BRINK_UNPOISON(address, size) ((void)(address), (void)(size))
#endif

#endif
