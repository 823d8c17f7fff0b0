#include "config/memory.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { PIECE_SIZE = 64 * 1024, ALIGNMENT = alignof(max_align_t) };

struct brink_config_piece {
    struct brink_config_piece *next;
    size_t size;
    alignas(max_align_t) unsigned char bytes[];
};

static struct brink_config_piece *add_piece(struct brink_config_memory *memory, size_t size)
{
    if (size > BRINK_CONFIG_MEMORY_MAX - memory->total)
        return NULL;
    struct brink_config_piece *piece = calloc(1, sizeof *piece + size);
    if (piece == NULL)
        return NULL;
    piece->size = size;
    piece->next = memory->pieces;
    memory->pieces = piece;
    memory->used = 0;
    memory->total += size;
    return piece;
}

void *brink_config_memory_take(struct brink_config_memory *memory, size_t size)
{
    struct brink_config_piece *piece = memory->pieces;
    if (size > BRINK_CONFIG_MEMORY_MAX)
        return NULL;
    size = (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    if (piece == NULL || size > piece->size - memory->used)
        piece = add_piece(memory, size > PIECE_SIZE ? size : PIECE_SIZE);
    if (piece == NULL)
        return NULL;
    void *taken = piece->bytes + memory->used;
    memory->used += size;
    return taken;
}

void *brink_config_memory_array(struct brink_config_memory *memory, size_t count, size_t size)
{
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes))
        return NULL;
    return brink_config_memory_take(memory, bytes);
}

char *brink_config_memory_copy(struct brink_config_memory *memory, const char *text, size_t length)
{
    if (length >= BRINK_CONFIG_MEMORY_MAX)
        return NULL;
    char *copy = brink_config_memory_take(memory, length + 1);
    if (copy != NULL && length > 0)
        memcpy(copy, text, length);
    return copy;
}

void brink_config_memory_free(struct brink_config_memory *memory)
{
    while (memory->pieces != NULL) {
        struct brink_config_piece *next = memory->pieces->next;
        free(memory->pieces);
        memory->pieces = next;
    }
    *memory = (struct brink_config_memory){0};
}
