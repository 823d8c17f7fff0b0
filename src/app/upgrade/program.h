/* app/upgrade/program.h - what this process is: the program's file, and the words it was started
 * with, to start it anew. */
#ifndef BRINK_APP_UPGRADE_PROGRAM_H
#define BRINK_APP_UPGRADE_PROGRAM_H

#include "brink/result.h"

struct brink_program {
    char *path;  /* absolute: as it was called, by its path or through PATH, so that a symbolic link
                    which is turned to a new version leads there; else where the file is */
    char **argv; /* as at the start, whatever has been made of main's argv since; NULL-terminated */
    char *words; /* what argv points into */
};

/* Reads both from /proc; to be called while PATH and the folder are those of the start. The caller
 * ends it with brink_program_free. Fails with what the system said, and `why`; nothing is to be
 * freed then. */
BRINK_MUST_CHECK brink_result brink_program_read(struct brink_program *program,
                                                 struct brink_message *why);

void brink_program_free(struct brink_program *program);

#endif
