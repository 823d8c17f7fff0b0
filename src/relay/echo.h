/* relay/echo.h - sessions that send back what comes. */
#ifndef BRINK_RELAY_ECHO_H
#define BRINK_RELAY_ECHO_H

#include "relay/service.h"

extern const struct brink_service_kind brink_echo_kind;

#endif
