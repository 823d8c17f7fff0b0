/* app/load/plan.h - what all threads and connections of a load go by. Constant while it runs. */
#ifndef BRINK_APP_LOAD_PLAN_H
#define BRINK_APP_LOAD_PLAN_H

#include <stdbool.h>
#include <stdint.h>

#include "app/load/tape.h"
#include "brink/frame.h"
#include "net/address.h"
#include "sys/sys.h"

struct brink_load_plan {
    const struct brink_sys *sys;
    struct brink_address address;
    struct brink_spec spec;
    struct brink_load_tape tape;
    const struct brink_direction *reply; /* how replies are framed; into `spec` */
    uint32_t connections;
    uint32_t idle;
    uint32_t threads;   /* at most as many as there are connections */
    uint32_t in_flight; /* frames that a connection may owe a reply to */
    uint32_t burst;     /* one way: frames that are given to the kernel at once */
    uint32_t churn;     /* frames after which a connection is made anew; 0: never */
    uint32_t rate;      /* frames per second, all connections together; 0: as they are answered */
    uint64_t count;     /* frames in all; 0: by time */
    uint32_t duration_ms;
    uint32_t timeout_ms;
    bool one_way;
    bool verify;
};

#endif
