/* base/crc32c.h - the checksum CRC32c (Castagnoli), as in RFC 4960 appendix B and RFC 3720. */
#ifndef BRINK_BASE_CRC32C_H
#define BRINK_BASE_CRC32C_H

#include <stddef.h>
#include <stdint.h>

/* The checksum of what `before` is the checksum of, with `size` bytes appended; 0 for nothing
 * before. Pure. About 4 ns a byte: for headers, not for payloads. */
uint32_t brink_crc32c(uint32_t before, const void *bytes, size_t size);

#endif
