/* base/tlv.h - fields with a tag and a length each, in one block of bytes.
 *
 *     field = tag (16 bits) length (16 bits) value (length bytes)          little-endian
 *
 * Whoever reads passes over the tags that it does not know, so that two versions of a program
 * understand each other. Pure. */
#ifndef BRINK_BASE_TLV_H
#define BRINK_BASE_TLV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Zeroed but for `bytes` and `room`. */
struct brink_tlv_writer {
    uint8_t *bytes;
    size_t room;
    size_t size; /* so far */
    bool full;   /* something did not fit: it is left out, as all that follows */
};

void brink_tlv_put(struct brink_tlv_writer *writer, uint16_t tag, const void *value, size_t length);
void brink_tlv_put_number(struct brink_tlv_writer *writer, uint16_t tag, uint64_t number);
void brink_tlv_put_text(struct brink_tlv_writer *writer, uint16_t tag, const char *text);

struct brink_tlv_reader {
    const uint8_t *bytes;
    size_t size;
    size_t at;
    bool bad; /* a field reaches beyond the end */
};

struct brink_tlv {
    uint16_t tag;
    uint16_t length;
    const uint8_t *value;
};

/* False at the end, and where the rest is bad. */
bool brink_tlv_next(struct brink_tlv_reader *reader, struct brink_tlv *field);

/* Of any length up to 8 bytes. False, with nothing written, for others. */
bool brink_tlv_number(const struct brink_tlv *field, uint64_t *number);

/* False, with nothing written, if it has a NUL in it or does not fit in `room` with one behind. */
bool brink_tlv_text(const struct brink_tlv *field, char *text, size_t room);

#endif
