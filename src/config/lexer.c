#include "config/lexer.h"

#include <ctype.h>
#include <string.h>

enum { NAME_MAX_LENGTH = 128 };

void brink_config_lexer_init(struct brink_config_lexer *lexer, struct brink_config_words *words,
                             const char *path, unsigned file, const char *text, size_t size)
{
    static const char mark[] = "\xef\xbb\xbf"; /* that some editors put before UTF-8 */
    if (size >= 3 && memcmp(text, mark, 3) == 0) {
        text += 3;
        size -= 3;
    }
    *lexer = (struct brink_config_lexer){.words = words,
                                         .at = text,
                                         .end = text + size,
                                         .place = {.path = path, .file = file, .line = 1}};
}

#define ERROR(lexer, ...)                                                                          \
    brink_config_problems_error((lexer)->words->problems, &(lexer)->place, __VA_ARGS__)

/* The byte that many behind the present one; NUL beyond the end, which no text has. */
static char ahead(const struct brink_config_lexer *lexer, size_t bytes)
{
    return (size_t)(lexer->end - lexer->at) > bytes ? lexer->at[bytes] : '\0';
}

static bool at_end(const struct brink_config_lexer *lexer)
{
    return lexer->at == lexer->end;
}

static void skip_blanks(struct brink_config_lexer *lexer)
{
    while (ahead(lexer, 0) == ' ' || ahead(lexer, 0) == '\t' || ahead(lexer, 0) == '\r')
        lexer->at++;
    if (ahead(lexer, 0) == '#') {
        const char *line_end = memchr(lexer->at, '\n', (size_t)(lexer->end - lexer->at));
        lexer->at = line_end != NULL ? line_end : lexer->end;
    }
}

void brink_config_lexer_skip_breaks(struct brink_config_lexer *lexer)
{
    for (skip_blanks(lexer); ahead(lexer, 0) == '\n'; skip_blanks(lexer)) {
        lexer->place.line++;
        lexer->at++;
    }
}

bool brink_config_lexer_take_open(struct brink_config_lexer *lexer)
{
    struct brink_config_lexer before = *lexer;
    brink_config_lexer_skip_breaks(lexer);
    if (ahead(lexer, 0) == '{') {
        lexer->at++;
        return true;
    }
    *lexer = before;
    return false;
}

/* --- words --- */

static bool put(struct brink_config_lexer *lexer, const char *bytes, size_t count)
{
    struct brink_config_words *words = lexer->words;
    if (count >= sizeof words->word - words->length) {
        ERROR(lexer, "a word of more than %zu bytes; shorten it", sizeof words->word - 1);
        return false;
    }
    memcpy(words->word + words->length, bytes, count);
    words->length += count;
    return true;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Stands behind the backslash. */
static bool put_escape(struct brink_config_lexer *lexer)
{
    static const char from[] = "\"\\$nrt";
    static const char to[] = "\"\\$\n\r\t";
    char c = ahead(lexer, 0);
    const char *found = c != '\0' ? strchr(from, c) : NULL;
    if (found != NULL) {
        lexer->at++;
        return put(lexer, &to[found - from], 1);
    }
    int high = c == 'x' ? hex_digit(ahead(lexer, 1)) : -1;
    int low = high >= 0 ? hex_digit(ahead(lexer, 2)) : -1;
    if (low < 0 || high + low == 0) {
        ERROR(lexer, "an unknown escape in quotes; write \\\\ \\\" \\$ \\n \\r \\t or \\x01 to "
                     "\\xff");
        return false;
    }
    lexer->at += 3;
    char byte = (char)(high * 16 + low);
    return put(lexer, &byte, 1);
}

/* The name behind `${`; its length is 0 if there is none. */
static size_t read_name(struct brink_config_lexer *lexer, char name[NAME_MAX_LENGTH])
{
    size_t length = 0;
    while (isalnum((unsigned char)ahead(lexer, 0)) || ahead(lexer, 0) == '_') {
        if (length == NAME_MAX_LENGTH - 1)
            return 0;
        name[length++] = *lexer->at++;
    }
    name[length] = '\0';
    return isdigit((unsigned char)name[0]) ? 0 : length;
}

/* Moves behind the `}`; `fallback` is what stands behind `:-`, or NULL. */
static bool read_fallback(struct brink_config_lexer *lexer, const char **fallback, size_t *length)
{
    *fallback = NULL;
    *length = 0;
    if (ahead(lexer, 0) == ':' && ahead(lexer, 1) == '-') {
        lexer->at += 2;
        *fallback = lexer->at;
        while (!at_end(lexer) && *lexer->at != '}' && *lexer->at != '\n')
            lexer->at++;
        *length = (size_t)(lexer->at - *fallback);
    }
    if (ahead(lexer, 0) != '}')
        return false;
    lexer->at++;
    return true;
}

/* Stands at `${`. */
static bool put_variable(struct brink_config_lexer *lexer)
{
    char name[NAME_MAX_LENGTH];
    const char *fallback;
    size_t length;
    lexer->at += 2;
    if (read_name(lexer, name) == 0 || !read_fallback(lexer, &fallback, &length)) {
        while (!at_end(lexer) && *lexer->at != '\n' && *lexer->at != '}')
            lexer->at++;
        lexer->at += ahead(lexer, 0) == '}'; /* which ends no section */
        ERROR(lexer, "a variable is written ${NAME} or ${NAME:-default}; for a plain ${ write "
                     "\"\\${\"");
        return false;
    }
    const struct brink_config_host *host = lexer->words->host;
    const char *value = host->variable(host->context, name);
    if (value != NULL && (*value != '\0' || fallback == NULL))
        return put(lexer, value, strlen(value));
    if (fallback != NULL)
        return put(lexer, fallback, length);
    ERROR(lexer, "the variable %s is not set; set it in the environment or write ${%s:-default}",
          name, name);
    return false;
}

static struct brink_config_token finish_word(struct brink_config_lexer *lexer)
{
    struct brink_config_words *words = lexer->words;
    struct brink_config_token token = {BRINK_CONFIG_TOKEN_WORD, lexer->place.line, NULL};
    token.text = brink_config_memory_copy(words->memory, words->word, words->length);
    if (token.text == NULL) {
        ERROR(lexer, "no memory is left for more of the configuration; make it smaller");
        token.kind = BRINK_CONFIG_TOKEN_BAD;
    }
    return token;
}

static struct brink_config_token bad(const struct brink_config_lexer *lexer)
{
    return (struct brink_config_token){BRINK_CONFIG_TOKEN_BAD, lexer->place.line, NULL};
}

static bool at_variable(const struct brink_config_lexer *lexer)
{
    return ahead(lexer, 0) == '$' && ahead(lexer, 1) == '{';
}

static bool is_control(char c)
{
    return (unsigned char)c < ' ' || c == 0x7f;
}

/* Behind a mistake within quotes: to their end, so that what follows is read as it is meant. */
static void leave_quotes(struct brink_config_lexer *lexer)
{
    for (; !at_end(lexer) && *lexer->at != '\n'; lexer->at++) {
        if (*lexer->at == '"') {
            lexer->at++;
            return;
        }
        if (*lexer->at == '\\' && ahead(lexer, 1) == '"')
            lexer->at++;
    }
}

static struct brink_config_token read_quoted(struct brink_config_lexer *lexer)
{
    lexer->words->length = 0;
    lexer->at++;
    while (ahead(lexer, 0) != '"') {
        bool good;
        if (at_end(lexer) || ahead(lexer, 0) == '\n') {
            ERROR(lexer, "the quotes are not closed in this line; add a \"");
            return bad(lexer);
        }
        if (at_variable(lexer)) {
            good = put_variable(lexer);
        } else if (*lexer->at == '\\') {
            lexer->at++;
            good = put_escape(lexer);
        } else if (is_control(*lexer->at) && *lexer->at != '\t') {
            ERROR(lexer, "a control character within quotes; write it as \\xHH");
            good = false;
        } else {
            good = put(lexer, lexer->at++, 1);
        }
        if (!good) {
            leave_quotes(lexer);
            return bad(lexer);
        }
    }
    lexer->at++;
    return finish_word(lexer);
}

static bool ends_bare_word(char c, bool value)
{
    return c == '\0' || strchr(" \t\r\n{};,", c) != NULL || (c == '=' && !value);
}

static struct brink_config_token read_bare(struct brink_config_lexer *lexer, bool value)
{
    lexer->words->length = 0;
    while (!at_end(lexer)) {
        char c = *lexer->at;
        if (at_variable(lexer)) {
            if (!put_variable(lexer))
                return bad(lexer);
            continue;
        }
        if (c != '\0' && ends_bare_word(c, value))
            break;
        if (is_control(c) || c == '"') {
            ERROR(lexer, c == '"' ? "quotes within a word; put the whole word into quotes"
                                  : "a control character in a word; write \"\\xHH\"");
            lexer->at++;
            return bad(lexer);
        }
        if (!put(lexer, lexer->at++, 1))
            return bad(lexer);
    }
    return finish_word(lexer);
}

struct brink_config_token brink_config_lexer_next(struct brink_config_lexer *lexer, bool value)
{
    skip_blanks(lexer);
    struct brink_config_token token = {BRINK_CONFIG_TOKEN_END, lexer->place.line, NULL};
    if (at_end(lexer))
        return token;
    switch (*lexer->at) {
    case '\n':
        lexer->place.line++;
        token.kind = BRINK_CONFIG_TOKEN_BREAK;
        break;
    case ';':
        token.kind = BRINK_CONFIG_TOKEN_BREAK;
        break;
    case ',':
        token.kind = BRINK_CONFIG_TOKEN_COMMA;
        break;
    case '{':
        token.kind = BRINK_CONFIG_TOKEN_OPEN;
        break;
    case '}':
        token.kind = BRINK_CONFIG_TOKEN_CLOSE;
        break;
    case '"':
        return read_quoted(lexer);
    default:
        if (*lexer->at != '=' || value)
            return read_bare(lexer, value);
        token.kind = BRINK_CONFIG_TOKEN_EQUALS;
    }
    lexer->at++;
    return token;
}

/* A `{` and what else a mistaken line is made of, by signs only: it is told of once. */
void brink_config_lexer_recover(struct brink_config_lexer *lexer)
{
    unsigned depth = 0;
    for (;;) {
        skip_blanks(lexer);
        char c = ahead(lexer, 0);
        if (at_end(lexer) || (depth == 0 && (c == '\n' || c == ';' || c == '}')))
            return;
        lexer->at++;
        if (c == '\n')
            lexer->place.line++;
        else if (c == '"')
            leave_quotes(lexer);
        else if (c == '{')
            depth++;
        else if (c == '}')
            depth--;
    }
}
