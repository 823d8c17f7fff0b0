/* config/tree.h - a configuration's text as sections, keys and values, whatever they are called.
 *
 *     body    = *( item | include | break )            break: a newline or `;`
 *     item    = word "=" value *( "," value )          a newline may follow a comma
 *             | word [ title ] "{" body "}"
 *     include = "include" path                         relative to the file; glob(7)
 *
 * The reader is our own, as libConfuse ends at the first unknown key, tells neither name nor line
 * of what it passes over, and has a lexer with global state: nobody could be told all mistakes at
 * once, each with its place. */
#ifndef BRINK_CONFIG_TREE_H
#define BRINK_CONFIG_TREE_H

#include <stdbool.h>
#include <stddef.h>

#include "config/lexer.h"

enum {
    BRINK_CONFIG_DEPTH_MAX = 6,    /* of sections within sections */
    BRINK_CONFIG_INCLUDES_MAX = 8, /* of files that include each other */
    BRINK_CONFIG_FILES_MAX = 256
};

struct brink_config_value {
    struct brink_config_value *next;
    const char *text;
};

/* A key with its values, or a section. */
struct brink_config_item {
    struct brink_config_item *next;
    struct brink_config_item *parent; /* NULL: this is the whole configuration */
    const char *name;
    const char *title; /* of a section; NULL: none */
    struct brink_config_place place;
    bool section;
    bool broken;                     /* something in it could not be read, and was told */
    bool unsure;                     /* what is missing may stand there, under a wrong name */
    struct brink_config_item *items; /* of a section */
    struct brink_config_item *last;
    struct brink_config_value *values; /* of a key: one or more */
};

struct brink_config_tree {
    struct brink_config_words words;
    unsigned files;                              /* read so far */
    unsigned depth;                              /* files that are open */
    const char *open[BRINK_CONFIG_INCLUDES_MAX]; /* their paths */
    struct brink_config_item root;
};

/* Reads `path` and what it includes into tree->root. What is wrong goes to `problems`; what could
 * be read in spite of it is there. All memory is `memory`'s. */
void brink_config_tree_read(struct brink_config_tree *tree, const struct brink_config_host *host,
                            struct brink_config_memory *memory,
                            struct brink_config_problems *problems, const char *path);

/* `path` as the file `from` means it: relative to that file's folder. NULL if no memory is left. */
const char *brink_config_tree_resolve(struct brink_config_memory *memory, const char *from,
                                      const char *path);

/* `listener "dns"`, `health`, `the top level`: how messages call a section. Returns `text`. */
enum { BRINK_CONFIG_WHERE_MAX = 80 };
const char *brink_config_item_where(const struct brink_config_item *section,
                                    char text[BRINK_CONFIG_WHERE_MAX]);

#endif
