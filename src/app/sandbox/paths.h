/* app/sandbox/paths.h - the files and folders that a program may use once it is in its sandbox.
 *
 * Mostly folders: a file that is written anew and renamed is another one, and a rule of
 * landlock(7) is about one that is there. One thread. */
#ifndef BRINK_APP_SANDBOX_PATHS_H
#define BRINK_APP_SANDBOX_PATHS_H

#include <stddef.h>

#include "brink/result.h"
#include "brink/server.h"

/* What for; they may be joined. */
enum brink_path_use {
    BRINK_PATH_READ = 1,   /* files, and what is in folders */
    BRINK_PATH_WRITE = 2,  /* files that are there */
    BRINK_PATH_CREATE = 4, /* files in a folder: with WRITE, a log that is opened anew */
    BRINK_PATH_SOCKET = 8, /* unix sockets in a folder, made and removed */
    BRINK_PATH_OWN = 16    /* itself, to be given to the user that the program will be */
};

struct brink_path {
    char *name; /* absolute, without symbolic links, unless it could not be found */
    unsigned uses;
};

/* All zeros: none. */
struct brink_paths {
    struct brink_path *all;
    size_t count;
    size_t room;
};

/* Each adds what is needed for one thing; what is not there is left out. All fail with ENOMEM only.
 * Relative paths are those of the folder that the process is in. */

/* A file or folder, and no more. */
BRINK_MUST_CHECK brink_result brink_paths_add(struct brink_paths *paths, const char *name,
                                              unsigned uses);
/* The folder that a file is in and, if the file is a symbolic link, the one that it leads to. The
 * root folder would be everything: the file alone is meant then. */
BRINK_MUST_CHECK brink_result brink_paths_add_folder(struct brink_paths *paths, const char *file,
                                                     unsigned uses);
/* What every server wants of the system: to look names up, descriptors in reserve. */
BRINK_MUST_CHECK brink_result brink_paths_add_system(struct brink_paths *paths);
/* A log file, which may be moved away; NULL: none. */
BRINK_MUST_CHECK brink_result brink_paths_add_log(struct brink_paths *paths, const char *file);
/* An address to listen at; NULL: none. */
BRINK_MUST_CHECK brink_result brink_paths_add_listen(struct brink_paths *paths,
                                                     const char *address);
/* The unix sockets that a server listens at, the files of servers that it watches. */
BRINK_MUST_CHECK brink_result brink_paths_add_server(struct brink_paths *paths,
                                                     const struct brink_server_options *options);

/* Those of another list; NULL: none. */
BRINK_MUST_CHECK brink_result brink_paths_join(struct brink_paths *paths,
                                               const struct brink_paths *others);

/* True if each of `wanted` is at or below one of `allowed` of the same uses; else `why` names one
 * that is not, and says what to do. */
bool brink_paths_cover(const struct brink_paths *allowed, const struct brink_paths *wanted,
                       struct brink_message *why);

/* Frees what they hold; there are none then. */
void brink_paths_free(struct brink_paths *paths);

#endif
