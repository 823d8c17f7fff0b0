/* sim/fault.h - what the simulated kernel may do to the program besides working. */
#ifndef BRINK_SIM_FAULT_H
#define BRINK_SIM_FAULT_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/tape.h"

enum sim_fault {
    SIM_RECV_SHORT = 0, /* less than is there; the rest comes as if it had arrived later */
    SIM_RECV_AGAIN,     /* nothing, though data was promised; it comes later */
    SIM_RECV_EINTR,
    SIM_RECV_NO_MEMORY, /* ENOMEM, ENOBUFS */
    SIM_SEND_SHORT,
    SIM_SEND_AGAIN,
    SIM_SEND_EINTR,
    SIM_SEND_NO_MEMORY,
    SIM_BREAK,            /* a connection dies: ECONNRESET, ETIMEDOUT, EHOSTUNREACH; then EPIPE */
    SIM_ACCEPT_ABORTED,   /* ECONNABORTED, EINTR, EPERM: this client only */
    SIM_ACCEPT_EXHAUSTED, /* EMFILE, ENFILE, ENOBUFS, ENOMEM */
    SIM_SOCKET,           /* EMFILE, ENFILE, ENOBUFS, ENOMEM */
    SIM_CONNECT_REFUSED,  /* at once: ECONNREFUSED, ENETUNREACH, EADDRNOTAVAIL; EAGAIN if unix */
    SIM_CONNECT_LATE,     /* later: ECONNREFUSED, ETIMEDOUT */
    SIM_CONNECT_NEVER,    /* no answer at all */
    SIM_EPOLL_ADD,        /* ENOSPC, ENOMEM */
    SIM_EPOLL_MOD,        /* ENOMEM */
    SIM_EPOLL_EINTR,
    SIM_EPOLL_PART,     /* some of the events are told later, and in another order */
    SIM_EPOLL_SPURIOUS, /* an event that is none */
    SIM_EPOLL_STALE,    /* an event for what was closed (it lives on in a forked child) */
    SIM_OPTION,         /* setsockopt, getsockopt, shutdown and SIOCOUTQ fail */
    SIM_ALLOCATION,
    SIM_CLOCK_STALLS, /* the process does not get the processor for a while */
    SIM_FAULT_COUNT
};

struct sim_faults {
    uint32_t mask; /* which may happen in this run */
    uint32_t per_256;
    bool on;
    uint64_t happened[SIM_FAULT_COUNT];
};

const char *sim_fault_name(enum sim_fault fault);

/* Draws which faults this run has, and how often they happen. */
void sim_faults_draw(struct sim_faults *faults, struct sim_tape *tape);

/* True if it happens now. */
bool sim_fault(struct sim_faults *faults, struct sim_tape *tape, enum sim_fault fault);

#endif
