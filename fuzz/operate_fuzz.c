/* Targets: brink_admin_request_take, brink_admin_request_finish, brink_control_target_make,
 * brink_admin_trust_host.
 *
 * The first line is a path, the second a Host header, the others are parameters: what is taken has
 * its place in the request, what is not says why. The same lines as words of a command: what ctl
 * asks for is understood by who is asked. */
#include <stdio.h>

#include "app/admin/request.h"
#include "app/admin/trust.h"
#include "app/control/target.h"
#include "fuzz_input.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { LINES = 12, TEXT_MOST = 4096 };

struct text {
    char bytes[TEXT_MOST];
    char *lines[LINES];
    size_t count;
};

static void split(struct text *text, const uint8_t *data, size_t size)
{
    size_t length = size < TEXT_MOST - 1 ? size : TEXT_MOST - 1;
    memcpy(text->bytes, data, length);
    text->bytes[length] = '\0';
    text->count = 0;
    char *line = text->bytes;
    while (line != NULL && text->count < LINES) {
        char *end = strchr(line, '\n');
        text->lines[text->count++] = line;
        if (end != NULL)
            *end++ = '\0';
        line = end;
    }
}

static const struct brink_drain_options usual = {.timeout_ms = 30000};

/* --- what is asked --- */

static void check_told(brink_result result, const struct brink_message *why)
{
    FUZZ_ASSERT(brink_failed(result) == (why->text[0] != '\0'));
    FUZZ_ASSERT(memchr(why->text, '\0', sizeof why->text) != NULL);
}

static void check_request(const struct brink_admin_request *request)
{
    FUZZ_ASSERT(
        (request->server == NULL) == (request->upstream == NULL) ||
        (request->endpoint != BRINK_ADMIN_DRAIN && request->endpoint != BRINK_ADMIN_UNDRAIN));
    FUZZ_ASSERT(request->endpoint != BRINK_ADMIN_CLOSE || request->client.value != 0);
    FUZZ_ASSERT(request->limit >= 1 && request->limit <= BRINK_ADMIN_LIMIT_MOST);
    FUZZ_ASSERT(request->weight <= 256);
    FUZZ_ASSERT(request->drain.policy <= BRINK_DRAIN_POLICY_NOW);
    FUZZ_ASSERT(!request->plain || request->drain.timeout_ms == usual.timeout_ms);
}

static void ask(char *const *lines, size_t count)
{
    struct brink_admin_request request;
    struct brink_message why = {""};
    enum brink_admin_endpoint endpoint = brink_admin_endpoint_find(lines[0]);
    if (endpoint == BRINK_ADMIN_NOWHERE)
        return;
    brink_admin_request_init(&request, endpoint, &usual);
    for (size_t i = 2; i < count; i++) {
        char key[TEXT_MOST];
        (void)snprintf(key, sizeof key, "%s", lines[i]);
        char *value = strchr(key, '=');
        if (value != NULL)
            *value = '\0';
        brink_result taken = brink_admin_request_take(
            &request, key, value != NULL ? lines[i] + (value - key) + 1 : NULL, &why);
        check_told(taken, &why);
        if (brink_failed(taken))
            return;
    }
    brink_result finished = brink_admin_request_finish(&request, &why);
    check_told(finished, &why);
    if (!brink_failed(finished))
        check_request(&request);
}

/* --- what is commanded --- */

static unsigned digit(char text)
{
    return (unsigned)(text <= '9' ? text - '0' : text - 'A' + 10);
}

/* In place, as HTTP servers do it. */
static void decode(char *text)
{
    char *to = text;
    for (; *text != '\0'; text++) {
        FUZZ_ASSERT(*text > ' ' && *text < 0x7f);
        if (*text == '%') {
            *to++ = (char)(digit(text[1]) << 4 | digit(text[2]));
            text += 2;
        } else {
            *to++ = *text;
        }
    }
    *to = '\0';
}

static void understand(const struct brink_control_target *target)
{
    struct brink_admin_request request;
    struct brink_message why;
    char text[BRINK_CONTROL_TARGET_MAX];
    (void)snprintf(text, sizeof text, "%s", target->text);
    char *query = strchr(text, '?');
    if (query != NULL)
        *query++ = '\0';
    enum brink_admin_endpoint endpoint = brink_admin_endpoint_find(text);
    FUZZ_ASSERT(endpoint != BRINK_ADMIN_NOWHERE);
    FUZZ_ASSERT(brink_admin_endpoint_is_command(endpoint) == target->post);
    brink_admin_request_init(&request, endpoint, &usual);
    while (query != NULL) {
        char *next = strchr(query, '&');
        if (next != NULL)
            *next++ = '\0';
        char *value = strchr(query, '=');
        FUZZ_ASSERT(value != NULL);
        *value++ = '\0';
        decode(value);
        FUZZ_ASSERT(!brink_failed(brink_admin_request_take(&request, query, value, &why)));
        query = next;
    }
    FUZZ_ASSERT(!brink_failed(brink_admin_request_finish(&request, &why)));
    check_request(&request);
}

static void command(uint8_t choice, char *const *lines, size_t count)
{
    struct brink_control_options options = {
        .kind = (enum brink_control_kind)(choice % BRINK_CONTROL_KINDS), .now = choice & 64};
    struct brink_control_target target;
    struct brink_message why = {""};
    for (size_t i = 0; i < count && i < BRINK_CONTROL_WORDS; i++)
        options.words[options.count++] = lines[i];
    if ((choice & 128) != 0) {
        options.policy = "boundary";
        options.timeout = "3s";
        options.spread = "0";
    }
    brink_result made = brink_control_target_make(&target, &options, &why);
    check_told(made, &why);
    if (brink_failed(made))
        return;
    understand(&target);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const names[] = {"brink.example"};
    static struct text text;
    if (size == 0)
        return 0;
    split(&text, data + 1, size - 1);
    ask(text.lines, text.count);
    if (text.count > 1)
        (void)brink_admin_trust_host(text.lines[1], names, 1);
    command(data[0], text.lines, text.count);
    return 0;
}
