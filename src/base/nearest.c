#include "base/nearest.h"

#include <stdint.h>
#include <string.h>

enum { WORD_MAX = 63 };

static size_t least(size_t a, size_t b, size_t c)
{
    size_t ab = a < b ? a : b;
    return ab < c ? ab : c;
}

/* One row of the table at a time: row[j] is the distance from a's first i letters to b's first j.
 */
size_t brink_word_distance(const char *a, const char *b)
{
    size_t row[WORD_MAX + 1];
    size_t letters_a = strlen(a);
    size_t letters_b = strlen(b);
    if (letters_a > WORD_MAX || letters_b > WORD_MAX)
        return SIZE_MAX;
    for (size_t j = 0; j <= letters_b; j++)
        row[j] = j;
    for (size_t i = 1; i <= letters_a; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= letters_b; j++) {
            size_t above = row[j];
            size_t changed = diagonal + (a[i - 1] != b[j - 1]);
            row[j] = least(above + 1, row[j - 1] + 1, changed);
            diagonal = above;
        }
    }
    return row[letters_b];
}
