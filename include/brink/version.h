/* brink/version.h - which brink this is. */
#ifndef BRINK_VERSION_H
#define BRINK_VERSION_H

#define BRINK_VERSION "0.1.0"

#ifdef __cplusplus
extern "C" {
#endif

/* The version of the library that is linked, to be compared with BRINK_VERSION. */
const char *brink_version(void);

#ifdef __cplusplus
}
#endif
#endif
