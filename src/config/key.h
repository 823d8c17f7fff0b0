/* config/key.h - a table of a section's keys: reads them into a structure, finds what is unknown or
 * stands twice, and writes the structure as the same keys. */
#ifndef BRINK_CONFIG_KEY_H
#define BRINK_CONFIG_KEY_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "config/tree.h"
#include "config/value.h"

enum brink_config_type {
    BRINK_CONFIG_BOOL = 0,
    BRINK_CONFIG_COUNT, /* from `least` to `most`; of 1, 4 or 8 bytes */
    BRINK_CONFIG_PERCENT,
    BRINK_CONFIG_SIZE, /* 8 bytes */
    BRINK_CONFIG_DURATION,
    BRINK_CONFIG_RATE, /* 8 bytes: a second */
    BRINK_CONFIG_BYTE_RATE,
    BRINK_CONFIG_CHOICE, /* an enum: the index in `names` */
    BRINK_CONFIG_TEXT,   /* const char *; NULL: not set. `check` */
    BRINK_CONFIG_LIST,   /* const char *const * and a size_t; `check` of each */
    BRINK_CONFIG_BYTES,  /* struct brink_bytes; NULL: not set */
    BRINK_CONFIG_OWN,    /* a key that `take` reads and `print` writes */
    BRINK_CONFIG_SECTION /* a section that `take` reads and `print` writes */
};

enum { BRINK_CONFIG_KEYS_MAX = 32 }; /* of one section */

/* What is at hand while a configuration is read. */
struct brink_config_reading {
    struct brink_config_memory *memory;
    struct brink_config_problems *problems;
    struct brink_config *config;
};

struct brink_config_dump {
    FILE *out;
    unsigned depth; /* of sections */
};

struct brink_config_key {
    const char *name;
    enum brink_config_type type;
    bool many;       /* may stand more than once; lists may anyway */
    uint8_t width;   /* of a COUNT: bytes */
    size_t at;       /* where the value stands in the section's structure */
    size_t count_at; /* of a LIST: its count */
    uint64_t least;  /* of a COUNT and a DURATION */
    uint64_t most;   /* of a COUNT; of a LIST: how many */
    const char *const *names;
    brink_result (*check)(const char *text, struct brink_message *why);
    void (*take)(struct brink_config_reading *reading, struct brink_config_item *item,
                 void *target);
    void (*print)(struct brink_config_dump *dump, const void *target);
};

struct brink_config_table {
    const struct brink_config_key *keys;
    size_t count;
};

/* Reads each item of `section` into `target`; what is wrong is told, and marks the section as
 * broken. */
void brink_config_table_read(struct brink_config_reading *reading,
                             const struct brink_config_table *table,
                             struct brink_config_item *section, void *target);

/* Writes each key with its value; one that is not set as a comment. */
void brink_config_table_dump(struct brink_config_dump *dump, const struct brink_config_table *table,
                             const void *target);

/* The first line of a section, with its `{`; the line of its `}`. `title` may be NULL. */
void brink_config_dump_open(struct brink_config_dump *dump, const char *name, const char *title);
void brink_config_dump_close(struct brink_config_dump *dump);
/* A line with a text; NULL: a comment. */
void brink_config_dump_text(struct brink_config_dump *dump, const char *name, const char *text);
/* The beginning of a line: `name = `. */
void brink_config_dump_name(struct brink_config_dump *dump, const char *name);

/* Tells an error at an item, and marks the section that it stands in as broken. */
__attribute__((format(printf, 3, 4))) void
brink_config_item_error(struct brink_config_reading *reading, struct brink_config_item *item,
                        const char *format, ...);

/* True if a section has nothing of that name, neither right nor wrong: if that is needed, it is to
 * be told. */
bool brink_config_item_lacks(const struct brink_config_item *section, const char *name);

/* The one value of a key; NULL, and told, if it has several. */
const char *brink_config_item_value(struct brink_config_reading *reading,
                                    struct brink_config_item *item);

/* The values of a key with commas between them, as they stood in the text; NULL if no memory is
 * left. */
const char *brink_config_item_joined(struct brink_config_reading *reading,
                                     struct brink_config_item *item);

#endif
