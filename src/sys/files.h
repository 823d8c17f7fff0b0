/* sys/files.h - reading a small file, and watching folders for changes (inotify(7)).
 *
 * Not of the data path, so not in the table of sys/sys.h: the thread that minds configuration calls
 * these, a few times an hour. As there a negative errno value is returned on failure. Thread-safe.
 */
#ifndef BRINK_SYS_FILES_H
#define BRINK_SYS_FILES_H

#include <stddef.h>
#include <sys/types.h>

/* Reads a whole regular file into `buffer`; returns its size. -EFBIG: it is larger than `room`;
 * -EISDIR, -ENOTSUP: it is a folder, a pipe, a device. Does not wait for a pipe's writer. */
ssize_t brink_file_read(const char *path, char *buffer, size_t room);

/* An inotify descriptor, close-on-exec and non-blocking; closed by brink_sys's close. */
int brink_folder_watch_open(void);

/* Has it tell when a file in the folder of `path` comes, goes, changes its owner or mode, or is
 * closed by who has written to it; not while it is being written. Where `path` is a symbolic link,
 * the same for the folder of the file that it leads to. Fails if the first folder cannot be
 * watched. */
int brink_folder_watch_add(int fd, const char *path);

/* Forgets what has been told. */
int brink_folder_watch_clear(int fd);

#endif
