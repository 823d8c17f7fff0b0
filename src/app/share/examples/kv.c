/* kv - a toy key-value store. A frame holds a command, its answer comes in a frame:
 *
 *     SET key value    OK
 *     GET key          VALUE value, or NONE
 *     DEL key          OK, or NONE
 *
 * One worker owns all the data, so nothing needs a lock. Keys have no spaces; values may. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE 1 /* asprintf, tdestroy */
#endif
#include <brink/brink.h>
#include <search.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct pair {
    char *key;
    char *value;
};

struct store {
    void *tree; /* of pairs, by key; see tsearch(3) */
};

static int compare(const void *a, const void *b)
{
    const struct pair *left = a;
    const struct pair *right = b;
    return strcmp(left->key, right->key);
}

static void free_pair(void *node)
{
    struct pair *pair = node;
    free(pair->key);
    free(pair->value);
    free(pair);
}

static struct pair *find(struct store *store, char *key)
{
    struct pair wanted = {.key = key};
    void *node = tfind(&wanted, &store->tree, compare);
    return node == NULL ? NULL : *(struct pair **)node;
}

static bool del(struct store *store, char *key)
{
    struct pair *pair = find(store, key);
    if (pair == NULL)
        return false;
    (void)tdelete(pair, &store->tree, compare);
    free_pair(pair);
    return true;
}

static bool set(struct store *store, char *key, const char *value)
{
    (void)del(store, key);
    struct pair *pair = calloc(1, sizeof *pair);
    if (pair == NULL)
        return false;
    pair->key = strdup(key);
    pair->value = strdup(value);
    if (pair->key != NULL && pair->value != NULL && tsearch(pair, &store->tree, compare) != NULL)
        return true;
    free_pair(pair);
    return false;
}

static void answer(struct brink_stream *stream, const char *word, const char *text)
{
    /* What cannot be queued ends the connection: its client asks and does not read. */
    char *line = NULL;
    int length = asprintf(&line, "%s%s", word, text);
    if (length < 0 || brink_failed(brink_stream_send(stream, line, (size_t)length)))
        brink_stream_abort(stream);
    if (length >= 0)
        free(line);
}

static void obey(struct store *store, struct brink_stream *stream, char *line)
{
    char *rest = line;
    const char *verb = strsep(&rest, " ");
    char *key = strsep(&rest, " "); /* NULL once nothing is left, as `rest` is */
    if (key == NULL || *key == '\0') {
        answer(stream, "ERROR ", "write SET key value, GET key or DEL key");
    } else if (strcmp(verb, "SET") == 0) {
        answer(stream, set(store, key, rest != NULL ? rest : "") ? "OK" : "ERROR out of memory",
               "");
    } else if (strcmp(verb, "GET") == 0) {
        const struct pair *pair = find(store, key);
        answer(stream, pair != NULL ? "VALUE " : "NONE", pair != NULL ? pair->value : "");
    } else if (strcmp(verb, "DEL") == 0) {
        answer(stream, del(store, key) ? "OK" : "NONE", "");
    } else {
        answer(stream, "ERROR unknown command ", verb);
    }
}

static void on_frame(struct brink_stream *stream, const struct brink_frame *frame, void *context)
{
    struct store *store = context;
    /* The frame lives during this call only, and has no NUL at its end. */
    const char *payload = (const char *)frame->bytes + frame->header;
    char *line = strndup(payload, frame->size - frame->header);
    if (line == NULL) {
        brink_stream_close(stream);
        return;
    }
    obey(store, stream, line);
    free(line);
}

int main(int argc, char **argv)
{
    static const struct brink_stream_handler handler = {.on_frame = on_frame};
    struct store store = {NULL};
    struct brink_server_options options;
    struct brink_server *server;
    struct brink_message why;
    char address[128];
    int number;
    sigset_t leaving; /* blocked before the worker starts, taken by sigwait */
    (void)sigemptyset(&leaving);
    (void)sigaddset(&leaving, SIGTERM);
    (void)sigaddset(&leaving, SIGINT);
    (void)sigprocmask(SIG_BLOCK, &leaving, NULL);

    brink_server_options_init(&options);
    options.handler = &handler;
    options.context = &store;
    options.workers = 1;
    options.listen[options.listen_count++] = argc > 1 ? argv[1] : "127.0.0.1:0";
    if (brink_failed(brink_spec_parse(&options.spec, "u32le", 64 * 1024, &why)) ||
        brink_failed(brink_server_start(&server, &options, &why))) {
        (void)fprintf(stderr, "kv: %s\n", why.text);
        return 1;
    }
    (void)printf("listening on %s\n", brink_server_address(server, 0, address, sizeof address));
    (void)fflush(stdout);
    (void)sigwait(&leaving, &number);
    brink_server_stop(server, 5000);
    bool in_time = brink_server_wait(server);
    brink_server_free(server);
    tdestroy(store.tree, free_pair);
    return in_time ? 0 : 3;
}
