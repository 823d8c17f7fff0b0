/* brink/brink.h - all of libbrink. See brink/server.h to start. */
#ifndef BRINK_BRINK_H
#define BRINK_BRINK_H

#include "brink/drain.h"
#include "brink/figures.h"
#include "brink/frame.h"
#include "brink/handover.h"
#include "brink/histogram.h"
#include "brink/listener.h"
#include "brink/log.h"
#include "brink/operate.h"
#include "brink/result.h"
#include "brink/server.h"
#include "brink/stream.h"
#include "brink/upstream.h"
#include "brink/version.h"

#endif
