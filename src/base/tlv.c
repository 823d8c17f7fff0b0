#include "base/tlv.h"

#include <string.h>

enum { HEAD = 4 };

void brink_tlv_put(struct brink_tlv_writer *writer, uint16_t tag, const void *value, size_t length)
{
    writer->full =
        writer->full || length > UINT16_MAX || writer->room - writer->size < HEAD + length;
    if (writer->full)
        return;
    uint8_t *at = writer->bytes + writer->size;
    at[0] = (uint8_t)tag;
    at[1] = (uint8_t)(tag >> 8);
    at[2] = (uint8_t)length;
    at[3] = (uint8_t)(length >> 8);
    if (length > 0)
        memcpy(at + HEAD, value, length);
    writer->size += HEAD + length;
}

/* Without zeros at its end: most are small. */
void brink_tlv_put_number(struct brink_tlv_writer *writer, uint16_t tag, uint64_t number)
{
    uint8_t bytes[8];
    size_t length = 0;
    for (; number != 0; number >>= 8)
        bytes[length++] = (uint8_t)number;
    brink_tlv_put(writer, tag, bytes, length);
}

void brink_tlv_put_text(struct brink_tlv_writer *writer, uint16_t tag, const char *text)
{
    brink_tlv_put(writer, tag, text, strlen(text));
}

bool brink_tlv_next(struct brink_tlv_reader *reader, struct brink_tlv *field)
{
    size_t left = reader->size - reader->at;
    if (left == 0 || reader->bad)
        return false;
    const uint8_t *at = reader->bytes + reader->at;
    size_t length = left < HEAD ? 0 : (size_t)(at[2] | at[3] << 8);
    reader->bad = left < HEAD || left - HEAD < length;
    if (reader->bad)
        return false;
    *field = (struct brink_tlv){(uint16_t)(at[0] | at[1] << 8), (uint16_t)length, at + HEAD};
    reader->at += HEAD + length;
    return true;
}

bool brink_tlv_number(const struct brink_tlv *field, uint64_t *number)
{
    if (field->length > sizeof *number)
        return false;
    *number = 0;
    for (unsigned i = 0; i < field->length; i++)
        *number |= (uint64_t)field->value[i] << (8 * i);
    return true;
}

bool brink_tlv_text(const struct brink_tlv *field, char *text, size_t room)
{
    if (field->length >= room || memchr(field->value, '\0', field->length) != NULL)
        return false;
    memcpy(text, field->value, field->length);
    text[field->length] = '\0';
    return true;
}
