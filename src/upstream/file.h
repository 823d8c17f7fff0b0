/* upstream/file.h - servers listed in a file, which is read again whenever it changes.
 *
 * Editors and template programs put a new file in the old one's place, and Kubernetes turns a
 * symbolic link of the folder round: so the folder is watched (inotify(7)), not the file, and after
 * anything that happens there the file is read and compared. A file that is wrong, too large or
 * gone leaves the group as it is, and says so; one that is not there yet is waited for. While the
 * file cannot be read, or its folder not be watched, it is looked at once a second as well.
 *
 * All functions: the loop's thread. */
#ifndef BRINK_UPSTREAM_FILE_H
#define BRINK_UPSTREAM_FILE_H

#include "brink/log.h"
#include "event/loop.h"
#include "upstream/group.h"

enum {
    BRINK_FILE_SOURCE_BYTES_MAX = 512 * 1024,
    BRINK_FILE_SOURCE_SETTLE_MS = 20,  /* from what is told of a folder until it is looked at */
    BRINK_FILE_SOURCE_RETRY_MS = 1000, /* without a watch, or a file */
    BRINK_FILE_SOURCE_ERRORS_MAX = 50  /* logged of one file */
};

/* What is pointed to must outlive the source. */
struct brink_file_settings {
    struct brink_group *group;
    unsigned source; /* for brink_group_update */
    const char *upstream;
    const struct brink_log *log;
    const char *path;
};

struct brink_folder_watch;

struct brink_file_source {
    struct brink_file_settings settings;
    struct brink_loop *loop;          /* NULL: stopped */
    struct brink_timer *timer;        /* armed: the file will be read */
    struct brink_folder_watch *watch; /* NULL: none could be had */
    uint64_t digest;                  /* of what has been read; 0: nothing */
    int error;                        /* errno of the latest reading, for the log */
    int watch_error;                  /* and of watching */
    unsigned errors;                  /* in the file that is being read */
};

void brink_file_source_init(struct brink_file_source *source,
                            const struct brink_file_settings *settings);

/* What may fail of a start, and the rest of it: in between nothing happens. Fails with ENOMEM,
 * holding nothing. */
BRINK_MUST_CHECK brink_result brink_file_source_prepare(struct brink_file_source *source,
                                                        struct brink_loop *loop);
void brink_file_source_begin(struct brink_file_source *source);

/* Both. Reads the file at once, and tells the group before it returns if the file can be read.
 * Fails with ENOMEM, holding nothing. */
BRINK_MUST_CHECK brink_result brink_file_source_start(struct brink_file_source *source,
                                                      struct brink_loop *loop);

/* At any time, also when it was not started. Afterwards the source's memory may go; the loop must
 * turn once more before it is closed. What the group was told stays. */
void brink_file_source_stop(struct brink_file_source *source);

#endif
