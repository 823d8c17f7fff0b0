#include "config/tree.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define ERROR(tree, place, ...)                                                                    \
    brink_config_problems_error((tree)->words.problems, place, __VA_ARGS__)

static void read_body(struct brink_config_tree *tree, struct brink_config_lexer *lexer,
                      struct brink_config_item *section, unsigned depth, bool whole_file);

const char *brink_config_item_where(const struct brink_config_item *section,
                                    char text[BRINK_CONFIG_WHERE_MAX])
{
    if (section->parent == NULL)
        (void)snprintf(text, BRINK_CONFIG_WHERE_MAX, "the top level");
    else if (section->title != NULL)
        (void)snprintf(text, BRINK_CONFIG_WHERE_MAX, "%.20s \"%.50s\"", section->name,
                       section->title);
    else
        (void)snprintf(text, BRINK_CONFIG_WHERE_MAX, "%.70s", section->name);
    return text;
}

static void no_memory(struct brink_config_tree *tree, const struct brink_config_place *place)
{
    ERROR(tree, place, "no memory is left for more of the configuration; make it smaller");
}

/* Told already; the section knows that it is not whole. */
static void give_up(struct brink_config_lexer *lexer, struct brink_config_item *section)
{
    section->broken = true;
    section->unsure = true;
    brink_config_lexer_recover(lexer);
}

static struct brink_config_item *add_item(struct brink_config_tree *tree,
                                          const struct brink_config_place *place,
                                          struct brink_config_item *section, const char *name)
{
    struct brink_config_item *item = brink_config_memory_take(tree->words.memory, sizeof *item);
    if (item == NULL) {
        no_memory(tree, place);
        return NULL;
    }
    item->name = name;
    item->place = *place;
    item->parent = section;
    if (section->last != NULL)
        section->last->next = item;
    else
        section->items = item;
    section->last = item;
    return item;
}

/* --- values --- */

/* True if another value follows. */
static bool read_separator(struct brink_config_tree *tree, struct brink_config_lexer *lexer,
                           struct brink_config_item *item)
{
    struct brink_config_place place = lexer->place;
    struct brink_config_token token = brink_config_lexer_next(lexer, true);
    switch (token.kind) {
    case BRINK_CONFIG_TOKEN_COMMA:
        brink_config_lexer_skip_breaks(lexer);
        return true;
    case BRINK_CONFIG_TOKEN_CLOSE:
        lexer->at--; /* the section's */
        return false;
    case BRINK_CONFIG_TOKEN_WORD:
        ERROR(tree, &place,
              "%.40s has two values without a comma, up to \"%.40s\"; write a comma between "
              "them, or put one value with blanks into quotes",
              item->name, token.text);
        give_up(lexer, item->parent);
        return false;
    case BRINK_CONFIG_TOKEN_OPEN:
        lexer->at--;
        ERROR(tree, &place, "%.40s = ... ends in a {; a section has no =, as in %.40s { }",
              item->name, item->name);
        give_up(lexer, item->parent);
        return false;
    case BRINK_CONFIG_TOKEN_BAD:
        give_up(lexer, item->parent);
        return false;
    case BRINK_CONFIG_TOKEN_EQUALS:
    case BRINK_CONFIG_TOKEN_END:
    case BRINK_CONFIG_TOKEN_BREAK:
        break;
    }
    return false;
}

/* Behind the `=`. An item that has no value is dropped by who looks for its values. */
static void read_values(struct brink_config_tree *tree, struct brink_config_lexer *lexer,
                        struct brink_config_item *item)
{
    struct brink_config_value **end = &item->values;
    do {
        struct brink_config_place place = lexer->place;
        const char *before = lexer->at;
        struct brink_config_token token = brink_config_lexer_next(lexer, true);
        if (token.kind != BRINK_CONFIG_TOKEN_WORD) {
            if (token.kind != BRINK_CONFIG_TOKEN_BAD) {
                ERROR(tree, &place, "%.40s lacks a value; write %.40s = VALUE", item->name,
                      item->name);
                lexer->at = before;
                lexer->place = place;
            }
            item->broken = true;
            give_up(lexer, item->parent);
            return;
        }
        struct brink_config_value *value =
            brink_config_memory_take(tree->words.memory, sizeof *value);
        if (value == NULL) {
            no_memory(tree, &place);
            item->broken = true;
            return;
        }
        value->text = token.text;
        *end = value;
        end = &value->next;
    } while (read_separator(tree, lexer, item));
}

/* --- includes --- */

static void read_file(struct brink_config_tree *tree, const char *path,
                      struct brink_config_item *section, unsigned depth,
                      const struct brink_config_place *from)
{
    struct brink_config_lexer lexer;
    const char *text;
    size_t size;
    const struct brink_config_host *host = tree->words.host;
    struct brink_config_place place = {.path = path, .file = tree->files};
    brink_result loaded = host->load(host->context, path, tree->words.memory, &text, &size);
    if (brink_failed(loaded)) {
        ERROR(tree, from != NULL ? from : &place, "\"%.200s\" cannot be read: %s", path,
              loaded.err == EOPNOTSUPP ? "it is a FIFO, which may never be written to; name a file"
                                       : strerror(loaded.err));
        section->broken = true;
        section->unsure = true;
        return;
    }
    tree->open[tree->depth++] = path;
    brink_config_lexer_init(&lexer, &tree->words, path, tree->files++, text, size);
    read_body(tree, &lexer, section, depth, true);
    tree->depth--;
}

static bool may_include(struct brink_config_tree *tree, const char *path,
                        const struct brink_config_place *from)
{
    for (unsigned i = 0; i < tree->depth; i++) {
        if (strcmp(tree->open[i], path) == 0) {
            ERROR(tree, from, "\"%.200s\" includes itself; remove this include", path);
            return false;
        }
    }
    if (tree->depth == BRINK_CONFIG_INCLUDES_MAX)
        ERROR(tree, from, "files include each other more than %d deep; put them into fewer files",
              BRINK_CONFIG_INCLUDES_MAX);
    else if (tree->files >= BRINK_CONFIG_FILES_MAX)
        ERROR(tree, from, "more than %d files; put them into fewer", BRINK_CONFIG_FILES_MAX);
    else
        return true;
    return false;
}

static void include_all(struct brink_config_tree *tree, const char *pattern,
                        struct brink_config_item *section, unsigned depth,
                        const struct brink_config_place *from)
{
    const char *const *paths = &pattern;
    size_t count = 1;
    const struct brink_config_host *host = tree->words.host;
    if (strpbrk(pattern, "*?[") != NULL) {
        brink_result found =
            host->match(host->context, pattern, tree->words.memory, &paths, &count);
        if (brink_failed(found)) {
            ERROR(tree, from, "\"%.200s\" cannot be looked through: %s", pattern,
                  strerror(found.err));
            section->broken = true;
            section->unsure = true;
            return;
        }
    }
    for (size_t i = 0; i < count; i++) {
        if (!may_include(tree, paths[i], from)) {
            section->broken = true;
            section->unsure = true;
            return;
        }
        read_file(tree, paths[i], section, depth, from);
    }
}

const char *brink_config_tree_resolve(struct brink_config_memory *memory, const char *from,
                                      const char *path)
{
    const char *slash = strrchr(from, '/');
    if (path[0] == '/' || slash == NULL)
        return path;
    size_t folder = (size_t)(slash - from) + 1;
    size_t length = strlen(path);
    char *joined = brink_config_memory_take(memory, folder + length + 1);
    if (joined != NULL) {
        memcpy(joined, from, folder);
        memcpy(joined + folder, path, length);
    }
    return joined;
}

static void read_include(struct brink_config_tree *tree, struct brink_config_lexer *lexer,
                         struct brink_config_item *section, unsigned depth)
{
    struct brink_config_lexer before = *lexer;
    struct brink_config_place place = lexer->place;
    struct brink_config_token path = brink_config_lexer_next(lexer, false);
    if (path.kind != BRINK_CONFIG_TOKEN_WORD || path.text[0] == '\0') {
        if (path.kind != BRINK_CONFIG_TOKEN_BAD) {
            ERROR(tree, &place, "include needs a path; write include \"conf.d/*.conf\"");
            *lexer = before;
        }
        give_up(lexer, section);
        return;
    }
    const char *resolved = brink_config_tree_resolve(tree->words.memory, place.path, path.text);
    if (resolved == NULL)
        no_memory(tree, &place);
    else
        include_all(tree, resolved, section, depth, &place);
}

/* --- items --- */

static void read_section(struct brink_config_tree *tree, struct brink_config_lexer *lexer,
                         struct brink_config_item *item, unsigned depth)
{
    item->section = true;
    if (depth < BRINK_CONFIG_DEPTH_MAX) {
        read_body(tree, lexer, item, depth + 1, false);
        return;
    }
    ERROR(tree, &item->place,
          "sections stand more than %d deep in each other; a } is missing "
          "above?",
          BRINK_CONFIG_DEPTH_MAX);
    lexer->at--; /* at the { */
    give_up(lexer, item->parent);
}

/* Behind a section's name and title, which is not followed by a `{`. */
static void no_item(struct brink_config_tree *tree, struct brink_config_lexer *lexer,
                    const struct brink_config_place *place, const char *name, const char *title,
                    struct brink_config_item *section)
{
    if (title == NULL)
        ERROR(tree, place, "%.60s lacks a value; write %.60s = VALUE, or %.60s { } for a section",
              name, name, name);
    else
        ERROR(tree, place,
              "\"%.60s %.60s\" lacks an = or a {; write %.60s = %.60s, or "
              "%.60s \"%.60s\" { }",
              name, title, name, title, name, title);
    give_up(lexer, section);
}

/* Behind the item's name. */
static void read_item(struct brink_config_tree *tree, struct brink_config_lexer *lexer,
                      struct brink_config_item *section, const char *name, unsigned depth)
{
    struct brink_config_place place = lexer->place;
    const char *title = NULL;
    bool open = brink_config_lexer_take_open(lexer);
    if (!open) {
        struct brink_config_lexer before = *lexer;
        struct brink_config_token token = brink_config_lexer_next(lexer, false);
        if (token.kind == BRINK_CONFIG_TOKEN_EQUALS) {
            struct brink_config_item *key = add_item(tree, &place, section, name);
            if (key != NULL)
                read_values(tree, lexer, key);
            return;
        }
        if (token.kind == BRINK_CONFIG_TOKEN_BAD) {
            give_up(lexer, section);
            return;
        }
        if (token.kind == BRINK_CONFIG_TOKEN_WORD)
            title = token.text;
        else
            *lexer = before;
        open = title != NULL && brink_config_lexer_take_open(lexer);
    }
    if (!open) {
        no_item(tree, lexer, &place, name, title, section);
        return;
    }
    struct brink_config_item *item = add_item(tree, &place, section, name);
    if (item == NULL) {
        lexer->at--;
        give_up(lexer, section);
        return;
    }
    item->title = title;
    read_section(tree, lexer, item, depth);
}

/* Up to the section's `}`, or, of a whole file, to its end. */
static void read_body(struct brink_config_tree *tree, struct brink_config_lexer *lexer,
                      struct brink_config_item *section, unsigned depth, bool whole_file)
{
    char where[BRINK_CONFIG_WHERE_MAX];
    for (;;) {
        struct brink_config_token token = brink_config_lexer_next(lexer, false);
        switch (token.kind) {
        case BRINK_CONFIG_TOKEN_END:
            if (!whole_file)
                ERROR(tree, &section->place, "%s is not closed; a } is missing",
                      brink_config_item_where(section, where));
            return;
        case BRINK_CONFIG_TOKEN_CLOSE:
            if (!whole_file)
                return;
            ERROR(tree, &lexer->place, "a } without a section; remove it");
            break;
        case BRINK_CONFIG_TOKEN_WORD:
            if (strcmp(token.text, "include") == 0)
                read_include(tree, lexer, section, depth);
            else
                read_item(tree, lexer, section, token.text, depth);
            break;
        case BRINK_CONFIG_TOKEN_EQUALS:
        case BRINK_CONFIG_TOKEN_COMMA:
        case BRINK_CONFIG_TOKEN_OPEN:
            ERROR(tree, &lexer->place, "a \"%c\" where a name should stand", lexer->at[-1]);
            lexer->at -= token.kind == BRINK_CONFIG_TOKEN_OPEN; /* to pass over all of it */
            give_up(lexer, section);
            break;
        case BRINK_CONFIG_TOKEN_BAD:
            give_up(lexer, section);
            break;
        case BRINK_CONFIG_TOKEN_BREAK:
            break;
        }
    }
}

void brink_config_tree_read(struct brink_config_tree *tree, const struct brink_config_host *host,
                            struct brink_config_memory *memory,
                            struct brink_config_problems *problems, const char *path)
{
    tree->words.host = host;
    tree->words.memory = memory;
    tree->words.problems = problems;
    tree->files = 0;
    tree->depth = 0;
    tree->root = (struct brink_config_item){.name = "", .place = {.path = path}};
    tree->root.section = true;
    read_file(tree, path, &tree->root, 0, NULL);
}
