/* config/memory.h - what a configuration is made of, given back all at once.
 *
 * Pieces of the heap, cut from front to back. Bounded, so that no file, however it includes
 * others, takes more than BRINK_CONFIG_MEMORY_MAX. One thread. */
#ifndef BRINK_CONFIG_MEMORY_H
#define BRINK_CONFIG_MEMORY_H

#include <stddef.h>

enum { BRINK_CONFIG_MEMORY_MAX = 64 * 1024 * 1024 };

struct brink_config_piece;

/* All zeros at first: holds nothing. */
struct brink_config_memory {
    struct brink_config_piece *pieces; /* the one that is cut from is the first */
    size_t used;                       /* of that */
    size_t total;                      /* bytes of all */
};

/* `size` bytes of zeros, aligned for any type; NULL if the heap or the bound is at its end. */
void *brink_config_memory_take(struct brink_config_memory *memory, size_t size);

/* The same for `count` things of `size` bytes. */
void *brink_config_memory_array(struct brink_config_memory *memory, size_t count, size_t size);

/* `length` bytes of `text` with a NUL behind them; NULL as above. */
char *brink_config_memory_copy(struct brink_config_memory *memory, const char *text, size_t length);

/* Gives all of it back; it may be used again. */
void brink_config_memory_free(struct brink_config_memory *memory);

#endif
