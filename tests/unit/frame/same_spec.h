/* Whether two specs mean the same. Fields that a kind of length has no use for do not count. */
#ifndef BRINK_TESTS_SAME_SPEC_H
#define BRINK_TESTS_SAME_SPEC_H

#include "brink/frame.h"

static inline bool same_layout(const struct brink_layout *a, const struct brink_layout *b)
{
    if (a->kind != b->kind)
        return false;
    if (a->kind == BRINK_LENGTH_NONE)
        return true;
    return (a->endian == b->endian || a->kind != BRINK_LENGTH_FIXED) && a->offset == b->offset &&
           a->size == b->size && a->delimiter == b->delimiter && a->has_sign == b->has_sign &&
           a->adjust == b->adjust && a->mask == b->mask && a->unit == b->unit && a->pad == b->pad &&
           a->header_only == b->header_only && a->min == b->min && a->max == b->max;
}

static inline bool same_direction(const struct brink_direction *a, const struct brink_direction *b)
{
    return a->preface == b->preface && a->has_first == b->has_first &&
           (!a->has_first || same_layout(&a->first, &b->first)) &&
           same_layout(&a->frame, &b->frame);
}

static inline bool same_spec(const struct brink_spec *a, const struct brink_spec *b)
{
    return same_direction(&a->request, &b->request) && same_direction(&a->reply, &b->reply) &&
           a->pin == b->pin && a->negotiate == b->negotiate;
}

#endif
