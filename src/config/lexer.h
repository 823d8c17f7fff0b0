/* config/lexer.h - the words and signs of one file's text.
 *
 *     bare word    ends at white space and at any of { } ; , and, before the `=`, at that
 *     "quoted"     \" \\ \$ \n \r \t and \xHH; ends in its line
 *     # comment    to the end of its line; only where a word could begin
 *     ${NAME}      in both kinds of words, and ${NAME:-default}, if NAME is unset or empty
 *
 * Pure, but for the host's variables. */
#ifndef BRINK_CONFIG_LEXER_H
#define BRINK_CONFIG_LEXER_H

#include <stdbool.h>
#include <stddef.h>

#include "config/host.h"
#include "config/memory.h"
#include "config/problems.h"

enum { BRINK_CONFIG_WORD_MAX = 16 * 1024 };

enum brink_config_token_kind {
    BRINK_CONFIG_TOKEN_END = 0, /* of the file */
    BRINK_CONFIG_TOKEN_BREAK,   /* a newline or `;` */
    BRINK_CONFIG_TOKEN_WORD,
    BRINK_CONFIG_TOKEN_EQUALS,
    BRINK_CONFIG_TOKEN_COMMA,
    BRINK_CONFIG_TOKEN_OPEN, /* { */
    BRINK_CONFIG_TOKEN_CLOSE,
    BRINK_CONFIG_TOKEN_BAD /* what is wrong has been told */
};

struct brink_config_token {
    enum brink_config_token_kind kind;
    unsigned line;
    const char *text; /* of a word; belongs to the memory */
};

/* What the texts of all files share. */
struct brink_config_words {
    const struct brink_config_host *host;
    struct brink_config_memory *memory;
    struct brink_config_problems *problems;
    char word[BRINK_CONFIG_WORD_MAX]; /* the one that is being read */
    size_t length;
};

struct brink_config_lexer {
    struct brink_config_words *words;
    const char *at;
    const char *end;
    struct brink_config_place place; /* of `at` */
};

void brink_config_lexer_init(struct brink_config_lexer *lexer, struct brink_config_words *words,
                             const char *path, unsigned file, const char *text, size_t size);

/* The next token. `value`: behind an `=`, where another `=` is a letter of a word. */
struct brink_config_token brink_config_lexer_next(struct brink_config_lexer *lexer, bool value);

/* Passes over newlines and comments to a `{` and takes that, if that is what comes next; else
 * stays where it is. */
bool brink_config_lexer_take_open(struct brink_config_lexer *lexer);

/* Passes over newlines and comments. */
void brink_config_lexer_skip_breaks(struct brink_config_lexer *lexer);

/* Goes on to the end of a line or statement, past a section that it opens; stays before the `}` of
 * the section that it stands in. For after a mistake. */
void brink_config_lexer_recover(struct brink_config_lexer *lexer);

#endif
