/* net/proxy_line.h - version 1 of the PROXY protocol: a line of text (section 2.1). */
#ifndef BRINK_NET_PROXY_LINE_H
#define BRINK_NET_PROXY_LINE_H

#include "net/proxy_header.h"

enum {
    BRINK_PROXY_LINE_SHORTEST = 15, /* "PROXY UNKNOWN" and its CR LF */
    BRINK_PROXY_LINE_MAX = 107      /* CR LF included */
};

/* How each line begins. */
#define BRINK_PROXY_LINE_HEAD "PROXY "

/* Part of brink_proxy_header_decode: for bytes, at least one, that begin as a line does. */
enum brink_proxy_verdict brink_proxy_line_decode(const uint8_t *bytes, size_t size,
                                                 struct brink_proxy_header *header, size_t *wanted,
                                                 struct brink_message *why);

#endif
