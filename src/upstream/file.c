#include "upstream/file.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "sys/files.h"
#include "upstream/server_list.h"

/* The descriptor that tells of the folder. Lives on after the source, until it is reclaimed. */
struct brink_folder_watch {
    struct brink_source source;
    struct brink_file_source *owner;
};

/* For one reading: too much for the stack. */
struct scratch {
    struct brink_server_list list;
    char text[BRINK_FILE_SOURCE_BYTES_MAX];
};

/* --- the file --- */

static void log_problem(const struct brink_file_source *source, int error, const char *what)
{
    char upstream[BRINK_LOG_NAME_MAX];
    char path[BRINK_LOG_TEXT_MAX];
    brink_log_write(source->settings.log, BRINK_LOG_WARN,
                    "event=%s upstream=%s file=%s error=\"%s\"", what,
                    brink_log_quote(source->settings.upstream, upstream, sizeof upstream),
                    brink_log_quote(source->settings.path, path, sizeof path), strerror(error));
}

/* One line for each mistake, up to a limit: the file may be no list of servers at all. */
static void tell_mistake(void *arg, unsigned line, const char *error)
{
    struct brink_file_source *source = arg;
    char upstream[BRINK_LOG_NAME_MAX];
    char place[BRINK_LOG_TEXT_MAX];
    char quoted[BRINK_LOG_TEXT_MAX];
    char text[BRINK_LOG_TEXT_MAX];
    if (++source->errors > BRINK_FILE_SOURCE_ERRORS_MAX)
        return;
    (void)snprintf(place, sizeof place, "%.500s:%u", source->settings.path, line);
    brink_log_write(
        source->settings.log, BRINK_LOG_WARN, "event=servers-file-bad upstream=%s file=%s error=%s",
        brink_log_quote(source->settings.upstream, upstream, sizeof upstream),
        brink_log_quote(place, quoted, sizeof quoted), brink_log_quote(error, text, sizeof text));
}

static void log_kept(const struct brink_file_source *source)
{
    char upstream[BRINK_LOG_NAME_MAX];
    char path[BRINK_LOG_TEXT_MAX];
    brink_log_write(source->settings.log, BRINK_LOG_WARN,
                    "event=servers-file-refused upstream=%s file=%s errors=%u "
                    "error=\"the servers stay as they were\"",
                    brink_log_quote(source->settings.upstream, upstream, sizeof upstream),
                    brink_log_quote(source->settings.path, path, sizeof path), source->errors);
}

static void tell_group(struct brink_file_source *source, const struct brink_server_list *list)
{
    const struct brink_file_settings *settings = &source->settings;
    char upstream[BRINK_LOG_NAME_MAX];
    char path[BRINK_LOG_TEXT_MAX];
    brink_result updated = brink_group_update(settings->group, settings->source, list->entries,
                                              list->count, source->loop->now_ms);
    if (brink_failed(updated)) {
        log_problem(source, updated.err, "servers-file-refused");
        source->digest = 0; /* to be tried again */
        return;
    }
    brink_log_write(settings->log, list->count > 0 ? BRINK_LOG_INFO : BRINK_LOG_WARN,
                    "event=servers-file upstream=%s file=%s servers=%zu",
                    brink_log_quote(settings->upstream, upstream, sizeof upstream),
                    brink_log_quote(settings->path, path, sizeof path), list->count);
}

/* FNV-1a (Fowler, Noll, Vo, 1991), never 0. */
static uint64_t digest_of(const char *text, size_t size)
{
    uint64_t digest = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < size; i++)
        digest = (digest ^ (uint8_t)text[i]) * UINT64_C(0x100000001b3);
    return digest != 0 ? digest : 1;
}

static void take_text(struct brink_file_source *source, struct scratch *scratch, size_t size)
{
    uint64_t digest = digest_of(scratch->text, size);
    if (digest == source->digest)
        return;
    source->digest = digest;
    source->errors = 0;
    if (brink_failed(
            brink_server_list_read(&scratch->list, scratch->text, size, tell_mistake, source)))
        log_kept(source);
    else
        tell_group(source, &scratch->list);
}

static void read_file(struct brink_file_source *source)
{
    struct brink_arena *arena = source->loop->arena;
    struct scratch *scratch = brink_arena_alloc(arena, sizeof *scratch, _Alignof(struct scratch));
    ssize_t size = -ENOMEM;
    if (scratch != NULL)
        size = brink_file_read(source->settings.path, scratch->text, sizeof scratch->text);
    int error = size < 0 ? (int)-size : 0;
    if (error != 0 && error != source->error)
        log_problem(source, error, "servers-file-unread");
    source->error = error;
    if (error != 0)
        source->digest = 0;
    if (size >= 0)
        take_text(source, scratch, (size_t)size);
    if (scratch != NULL)
        brink_arena_release(arena, scratch, sizeof *scratch, _Alignof(struct scratch));
}

/* --- its folder --- */

static void look_after(struct brink_file_source *source, uint64_t delay_ms)
{
    uint64_t deadline_ms = source->loop->now_ms + delay_ms;
    if (deadline_ms < brink_timer_deadline(source->timer))
        brink_timer_arm(&source->loop->wheel, source->timer, deadline_ms);
}

static void run_watch(struct brink_loop *loop, struct brink_source *source)
{
    const struct brink_folder_watch *watch =
        BRINK_CONTAINER_OF(source, struct brink_folder_watch, source);
    (void)loop;
    (void)brink_folder_watch_clear(source->fd); /* what failed is told again, or looked at now */
    source->ready &= (uint8_t)~BRINK_READABLE;
    look_after(watch->owner, BRINK_FILE_SOURCE_SETTLE_MS);
}

static void reclaim_watch(struct brink_loop *loop, struct brink_source *source)
{
    struct brink_folder_watch *watch =
        BRINK_CONTAINER_OF(source, struct brink_folder_watch, source);
    brink_arena_release(loop->arena, watch, sizeof *watch, _Alignof(struct brink_folder_watch));
}

static const struct brink_source_ops watch_ops = {.run = run_watch, .reclaim = reclaim_watch};

static int add_watch(struct brink_file_source *source, struct brink_folder_watch *watch)
{
    const struct brink_sys *sys = source->loop->sys;
    int fd = brink_folder_watch_open();
    if (fd < 0)
        return -fd;
    *watch = (struct brink_folder_watch){
        .source = {.ops = &watch_ops, .fd = fd, .want = BRINK_READABLE}, .owner = source};
    int error = -brink_folder_watch_add(fd, source->settings.path);
    if (error == 0)
        error = brink_loop_add(source->loop, &watch->source, BRINK_ARM_EDGE).err;
    if (error != 0)
        (void)sys->ops->close(sys->context, fd);
    return error;
}

/* Watches the folder, and the one that a link leads to, as they are now: a new watch each time, as
 * folders and links may be others now. It comes before the old one goes and before the file is
 * read, so that no change is missed. */
static void renew_watch(struct brink_file_source *source)
{
    struct brink_arena *arena = source->loop->arena;
    struct brink_folder_watch *before = source->watch;
    struct brink_folder_watch *watch =
        brink_arena_alloc(arena, sizeof *watch, _Alignof(struct brink_folder_watch));
    int error = watch != NULL ? add_watch(source, watch) : ENOMEM;
    if (error != 0 && watch != NULL)
        brink_arena_release(arena, watch, sizeof *watch, _Alignof(struct brink_folder_watch));
    if (error != 0 && error != source->watch_error)
        log_problem(source, error, "servers-file-unwatched");
    source->watch = error == 0 ? watch : NULL;
    source->watch_error = error;
    if (before != NULL)
        brink_loop_close_source(source->loop, &before->source);
}

static void look(void *arg, uint64_t now_ms)
{
    struct brink_file_source *source = arg;
    (void)now_ms;
    renew_watch(source);
    read_file(source);
    /* Not every reason's end is told of: memory, descriptors, what is at the end of a link. */
    if (source->watch == NULL || source->digest == 0)
        look_after(source, BRINK_FILE_SOURCE_RETRY_MS);
}

void brink_file_source_init(struct brink_file_source *source,
                            const struct brink_file_settings *settings)
{
    memset(source, 0, sizeof *source);
    source->settings = *settings;
}

brink_result brink_file_source_prepare(struct brink_file_source *source, struct brink_loop *loop)
{
    source->timer = brink_timer_new(&loop->wheel, look, source);
    if (source->timer == NULL)
        return brink_fail(ENOMEM);
    source->loop = loop;
    return brink_ok();
}

void brink_file_source_begin(struct brink_file_source *source)
{
    look(source, source->loop->now_ms);
}

brink_result brink_file_source_start(struct brink_file_source *source, struct brink_loop *loop)
{
    brink_result prepared = brink_file_source_prepare(source, loop);
    if (!brink_failed(prepared))
        brink_file_source_begin(source);
    return prepared;
}

void brink_file_source_stop(struct brink_file_source *source)
{
    if (source->loop == NULL)
        return;
    if (source->watch != NULL)
        brink_loop_close_source(source->loop, &source->watch->source);
    brink_timer_free(&source->loop->wheel, source->timer);
    source->watch = NULL;
    source->timer = NULL;
    source->loop = NULL;
}
