/* app/frame/explain.h - brink frame explain: a spec in a picture and in words. */
#ifndef BRINK_APP_FRAME_EXPLAIN_H
#define BRINK_APP_FRAME_EXPLAIN_H

#include <stdio.h>

#include "app/command.h"
#include "brink/frame.h"

enum brink_exit brink_frame_explain(int argc, char **argv);

void brink_frame_explain_print(const struct brink_spec *spec, FILE *out);

#endif
