/* proxy_bytes.h - decoding PROXY headers under a microscope: bytes in a block that ends where they
 * end, so that the sanitizers see who reads on, and read as a socket's reader would. */
#ifndef BRINK_TESTS_PROXY_BYTES_H
#define BRINK_TESTS_PROXY_BYTES_H

#include <stdlib.h>
#include <string.h>

#include "net/proxy_header.h"

/* What decoding told. */
struct proxy_told {
    enum brink_proxy_verdict verdict;
    struct brink_proxy_header header; /* unique_id is relative to the bytes: see proxy_tell */
    size_t unique_id_at;              /* where it is; 0 if there is none */
    size_t wanted;
    struct brink_message why;
};

static inline struct proxy_told proxy_tell(const uint8_t *bytes, size_t size)
{
    struct proxy_told told;
    uint8_t *block = malloc(size > 0 ? size : 1);
    if (block == NULL)
        abort();
    memset(&told, 0, sizeof told);
    if (size > 0)
        memcpy(block, bytes, size);
    told.verdict = brink_proxy_header_decode(block, size, &told.header, &told.wanted, &told.why);
    if (told.header.unique_id != NULL)
        told.unique_id_at = (size_t)(told.header.unique_id - block);
    told.header.unique_id = told.unique_id_at > 0 ? bytes + told.unique_id_at : NULL;
    free(block);
    return told;
}

static inline bool proxy_same_peer(const struct brink_peer *a, const struct brink_peer *b)
{
    return a->family == b->family && a->port == b->port &&
           memcmp(a->bytes, b->bytes, sizeof a->bytes) == 0;
}

static inline bool proxy_same_header(const struct brink_proxy_header *a,
                                     const struct brink_proxy_header *b)
{
    if (a->version != b->version || a->kind != b->kind ||
        !proxy_same_peer(&a->source, &b->source) ||
        !proxy_same_peer(&a->destination, &b->destination))
        return false;
    if (a->unique_id == NULL || b->unique_id == NULL)
        return a->unique_id == b->unique_id;
    return a->unique_id_length == b->unique_id_length &&
           memcmp(a->unique_id, b->unique_id, a->unique_id_length) == 0;
}

/* True if `told` keeps its promises, and is what `all` (of all the bytes) lets expect of the first
 * `size` of them. */
static inline bool proxy_fits(const struct proxy_told *told, size_t size,
                              const struct proxy_told *all)
{
    if (told->verdict == BRINK_PROXY_MORE)
        return told->wanted > 0 && told->header.version == 0 && told->why.text[0] == '\0' &&
               (all->verdict != BRINK_PROXY_COMPLETE || size + told->wanted <= all->header.length);
    if (told->verdict != all->verdict)
        return false;
    if (told->verdict != BRINK_PROXY_COMPLETE)
        return told->header.version == 0 && told->why.text[0] != '\0';
    return told->header.length <= size && told->header.length == all->header.length &&
           proxy_same_header(&told->header, &all->header);
}

/* Reads as one does who must not read beyond the header: as much as is wanted, or less. Returns how
 * many bytes it took until the verdict, or until all were read. */
static inline size_t proxy_read(const uint8_t *bytes, size_t size, size_t at_a_time,
                                struct proxy_told *told)
{
    size_t read = 0;
    *told = proxy_tell(bytes, 0);
    while (told->verdict == BRINK_PROXY_MORE && read < size) {
        size_t next = told->wanted < at_a_time ? told->wanted : at_a_time;
        read += next < size - read ? next : size - read;
        *told = proxy_tell(bytes, read);
    }
    return read;
}

#endif
