/* upstream/server_list.h - the text of a servers file. Pure.
 *
 *     # an address and options a line
 *     10.0.0.1:7001 weight=2 max-connections=100 name=a
 *     10.0.0.2:7001 backup
 *     unix:/run/c.sock
 *
 * weight: 0 to BRINK_WEIGHT_MAX, 1 if not said; 0 gets no new connections. max-connections: 0, the
 * default, is no limit. backup: used only while no other is usable. name: for the log. A # and what
 * follows it up to the line's end is a comment where a word could begin. Names of hosts are errors:
 * they are what the option `dns` looks up, again and again. */
#ifndef BRINK_UPSTREAM_SERVER_LIST_H
#define BRINK_UPSTREAM_SERVER_LIST_H

#include <stddef.h>

#include "brink/result.h"
#include "upstream/group.h"

/* Too large for the stack. */
struct brink_server_list {
    size_t count;
    struct brink_target_entry entries[BRINK_UPSTREAM_SERVERS_MAX]; /* their names are in `names` */
    char names[BRINK_UPSTREAM_SERVERS_MAX][BRINK_TARGET_NAME_MAX];
    unsigned lines[BRINK_UPSTREAM_SERVERS_MAX]; /* where each stands, from 1 */
};

/* What is wrong in a line, counted from 1. */
typedef void brink_server_list_error_fn(void *arg, unsigned line, const char *error);

/* Reads all lines and tells of every one that is wrong, of each line's first mistake. Fails with
 * EINVAL if there was any: the list is not to be used then. No server at all is no error. */
BRINK_MUST_CHECK brink_result brink_server_list_read(struct brink_server_list *list,
                                                     const char *text, size_t size,
                                                     brink_server_list_error_fn *tell, void *arg);

#endif
