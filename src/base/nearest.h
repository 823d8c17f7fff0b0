/* base/nearest.h - what somebody probably meant. */
#ifndef BRINK_BASE_NEAREST_H
#define BRINK_BASE_NEAREST_H

#include <stddef.h>

/* The distance between two words in insertions, deletions and substitutions of a letter (V. I.
 * Levenshtein, 1966). Words of more than 63 letters are as far as can be. Pure. */
size_t brink_word_distance(const char *a, const char *b);

#endif
