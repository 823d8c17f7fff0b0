#include "sim/fault.h"

static const char *const names[SIM_FAULT_COUNT] = {
    [SIM_RECV_SHORT] = "recv-short",
    [SIM_RECV_AGAIN] = "recv-again",
    [SIM_RECV_EINTR] = "recv-eintr",
    [SIM_RECV_NO_MEMORY] = "recv-no-memory",
    [SIM_SEND_SHORT] = "send-short",
    [SIM_SEND_AGAIN] = "send-again",
    [SIM_SEND_EINTR] = "send-eintr",
    [SIM_SEND_NO_MEMORY] = "send-no-memory",
    [SIM_BREAK] = "break",
    [SIM_ACCEPT_ABORTED] = "accept-aborted",
    [SIM_ACCEPT_EXHAUSTED] = "accept-exhausted",
    [SIM_SOCKET] = "socket",
    [SIM_CONNECT_REFUSED] = "connect-refused",
    [SIM_CONNECT_LATE] = "connect-late",
    [SIM_CONNECT_NEVER] = "connect-never",
    [SIM_EPOLL_ADD] = "epoll-add",
    [SIM_EPOLL_MOD] = "epoll-mod",
    [SIM_EPOLL_EINTR] = "epoll-eintr",
    [SIM_EPOLL_PART] = "epoll-part",
    [SIM_EPOLL_SPURIOUS] = "epoll-spurious",
    [SIM_EPOLL_STALE] = "epoll-stale",
    [SIM_OPTION] = "option",
    [SIM_ALLOCATION] = "allocation",
    [SIM_CLOCK_STALLS] = "clock-stalls",
};

const char *sim_fault_name(enum sim_fault fault)
{
    return names[fault];
}

void sim_faults_draw(struct sim_faults *faults, struct sim_tape *tape)
{
    *faults = (struct sim_faults){0};
    uint32_t share = sim_choose(tape, 4); /* none, few, some, most of them */
    for (unsigned i = 0; i < SIM_FAULT_COUNT; i++)
        if (sim_chance(tape, share * 64))
            faults->mask |= UINT32_C(1) << i;
    faults->per_256 = UINT32_C(1) << sim_choose(tape, 7);
}

bool sim_fault(struct sim_faults *faults, struct sim_tape *tape, enum sim_fault fault)
{
    if (!faults->on || !(faults->mask & UINT32_C(1) << fault) || !sim_chance(tape, faults->per_256))
        return false;
    faults->happened[fault]++;
    return true;
}
