/* oneshot.pml - the hand-over of a session between threads that wait on one epoll instance.
 *
 * Some workers, one slot of the table, and two sessions that stand in it one after the other, under
 * the same two descriptor numbers. A session is a pair: two legs, each armed EPOLLET|EPOLLONESHOT.
 * `run` has spin look at every interleaving of this, and find the fault in each broken version.
 *
 * What must hold, and where it is looked at
 *   1 no wakeup is lost           quiet(): when nothing can happen any more, all is read and armed
 *   2 never two owners            own(), mine()
 *   3 no stale event              leave_bits(): it is for the session that it is given to
 *   4 no use after reclaim        touch()
 *   5 all closed is reclaimed     quiet()
 *   6 no call on a number that has become another descriptor's         kernel_read, _mod, _close
 *   7 it comes to an end          no cycle, whatever the scheduler does, so that 1 and 5 mean
 *                                 "always in the end"; peers send no more than ARRIVALS times
 *
 * How it maps to the code
 *   told, whom    a worker's batch: the events of one epoll_wait, and their cookies' generation
 *   slot          the table's entry: which session stands there. It is cleared, and may be used
 *                 again, at the moment of the close; only the memory waits. The index is the same
 *                 for both sessions, so a session's number is its generation.
 *   state         the session's atomic word. After a close it stays BUSY for ever, so that whoever
 *                 found the session before the close can no longer come to own it.
 *   pending       for each source, the readiness that has been told and not been looked at
 *   in_turn       what a worker publishes: set when epoll_wait has returned, before it looks at the
 *                 table; cleared when its batch is worked off. A worker that waits is in no turn.
 *   held          of a closed session: workers in a turn that began before the close. In code, a
 *                 count for each worker, odd in a turn, and a copy of the counts made at the close:
 *                 a worker holds a session as long as its count is odd and as it was.
 *   waits         epoll_wait. A worker that has sessions to reclaim waits with a timeout; the turn
 *                 that a timeout begins is modelled only where it finds one to reclaim.
 * One statement, or one atomic block, is one system call or one access to one shared word.
 *
 * What is assumed
 *   Memory is sequentially consistent: in code, an access that must not pass the one before it
 *   (marked "order:" below) has to be seq_cst, or be a read-modify-write next to another.
 *   Only readability is modelled; a close may come at any time in an owner's round, for any reason.
 *   epoll_wait, MOD and close exclude each other (the kernel's ep->mtx), and a closed descriptor is
 *   told of no more, which holds as long as it was never duplicated.
 *
 * The negative controls: what each leaves out, and which of the above breaks
 *   NO_AGAIN             the owner lets go without looking whether more was left for it         1
 *   BUSY_AFTER_TAKE      going round, it takes the bits first and says BUSY afterwards          1
 *   NO_REARM             it does not arm what it has read dry                                   1
 *   REARM_DEAF           (of the kernel) MOD does not look whether there is something already   1
 *   NO_CAS               IDLE is read, and BUSY written, in two steps                           2
 *   NO_GENERATION        the cookie's generation is not compared                                3
 *   RECLAIM_AT_ONCE      a closed session is reclaimed whoever is in a turn                     4
 *   HELD_BEFORE_CLEAR    who is in a turn is noted before the table's entry is cleared          4
 *   SLEEPER_HOLDS        a worker that waits holds what is closed, until its next turn ends     5
 *   WAIT_FOR_EVER        a worker that has sessions to reclaim waits without a timeout          5
 *   REARM_AFTER_RELEASE  the owner lets go first, and arms afterwards                           6
 *   IDLE_AFTER_CLOSE     a closed session goes back to IDLE                                     6
 *   LEVEL                (of the kernel) an event does not disarm: it is told over and over     7
 */

#ifndef WORKERS
#define WORKERS 2
#endif
#define LEGS 2
#define SESSIONS 2
#ifndef ARRIVALS
#define ARRIVALS 4
#endif
#define NONE 7

mtype = { IDLE, BUSY, BUSY_AGAIN };

/* The kernel, by descriptor number. */
byte open_for[LEGS] = NONE; /* the session whose descriptor it is */
bool unread[LEGS];
bool armed[LEGS];
bool listed[LEGS]; /* on the list of what epoll_wait will look at */
byte arrivals;

/* The program, by session; a leg's bit in `pending` is its source's word. */
byte slot = NONE;
mtype state[SESSIONS] = IDLE;
byte pending[SESSIONS];
byte in_turn; /* a bit for each worker */
byte born;
byte held[SESSIONS];
byte graveyard[SESSIONS] = NONE; /* the worker who has it to reclaim */

/* Kept for the properties only. */
byte owner[SESSIONS] = NONE;
bool closed[SESSIONS];
bool reclaimed[SESSIONS];

#define BIT(n) (1 << (n))
#define EVERYONE (BIT(WORKERS) - 1)

inline touch() { assert(!reclaimed[session]) }

inline mine() { touch(); assert(owner[session] == _pid) }

inline own() { assert(owner[session] == NONE); owner[session] = _pid }

inline kernel_arm(leg)
{
    armed[leg] = true;
#ifndef REARM_DEAF
    if
    :: unread[leg] -> listed[leg] = true
    :: else
    fi
#endif
}

inline kernel_read(leg) { assert(open_for[leg] == session); unread[leg] = false }

inline kernel_mod(leg) { assert(open_for[leg] == session); kernel_arm(leg) }

inline kernel_close(leg)
{
    assert(open_for[leg] == session);
    open_for[leg] = NONE;
    unread[leg] = false;
    armed[leg] = false;
    listed[leg] = false
}

/* epoll_wait comes to a descriptor on its list: tells of it and disarms it, or finds nothing. */
inline kernel_tell(leg)
{
    if
    :: listed[leg] ->
        listed[leg] = false;
        if
        :: unread[leg] ->
#ifdef LEVEL
            listed[leg] = true;
#else
            armed[leg] = false;
#endif
            told = told | BIT(leg);
            whom = open_for[leg]
        :: else
        fi
    :: else
    fi
}

inline leave_bits()
{
    touch();
    assert(session == whom);
    pending[session] = pending[session] | BIT(leg)
}

/* A compare-and-swap that fails changes nothing, so the loop around it is this one step. */
inline try_to_own()
{
    touch();
    if
    :: state[session] == IDLE -> state[session] = BUSY; own(); owning = true
    :: state[session] == BUSY -> state[session] = BUSY_AGAIN
    :: state[session] == BUSY_AGAIN
    fi
}

#define may_reclaim(n) (graveyard[n] == _pid && held[n] == 0)

inline reclaim(n) { graveyard[n] = NONE; reclaimed[n] = true }

inline take_bits(leg)
{
    mine();
    took = took | (pending[session] & BIT(leg));
    pending[session] = pending[session] & ~BIT(leg)
}

inline serve(leg)
{
    if
    :: took & BIT(leg) ->
        do
        :: atomic { unread[leg] -> mine(); kernel_read(leg) }
        :: atomic { !unread[leg] -> mine(); kernel_read(leg); break } /* EAGAIN */
        :: goto closes /* for whatever reason */
        od;
#if !defined(NO_REARM) && !defined(REARM_AFTER_RELEASE)
        atomic { mine(); kernel_mod(leg) }
#endif
    :: else
    fi
}

active [WORKERS] proctype worker()
{
    byte told; /* legs, in this batch */
    byte whom; /* the session that its cookies name */
    byte leg;
    byte session;
    byte took;
    bool owning;

waits:
    atomic { told = 0; whom = 0; leg = 0; session = 0; took = 0; owning = false };
end:
    if
    :: atomic { /* epoll_wait, with room for one event or for more */
           listed[0] || listed[1] ->
           if
           :: listed[0] -> kernel_tell(0)
           :: listed[1] -> kernel_tell(1)
           :: listed[0] && listed[1] -> kernel_tell(0); kernel_tell(1)
           fi;
           if
           :: told == 0 -> goto waits
           :: else
           fi
       };
       in_turn = in_turn | BIT(_pid) /* order: before the table is looked at */
    :: atomic { /* a client is accepted, by who owns the session until both legs are armed */
           born < SESSIONS && slot == NONE && open_for[0] == NONE && open_for[1] == NONE ->
           in_turn = in_turn | BIT(_pid);
           session = born;
           born++;
           state[session] = BUSY;
           own();
           slot = session
       };
       atomic { open_for[0] = session; kernel_arm(0) };
       atomic { open_for[1] = session; kernel_arm(1) };
       goto lets_go
#ifndef WAIT_FOR_EVER
    :: atomic { may_reclaim(0) -> reclaim(0); goto waits }
    :: atomic { may_reclaim(1) -> reclaim(1); goto waits }
#endif
    fi;

next_event:
    atomic { session = 0; took = 0; owning = false; leg = 0 };
    if
    :: atomic { told & BIT(0) -> leg = 0 }
    :: atomic { !(told & BIT(0)) && (told & BIT(1)) -> leg = 1 }
    :: atomic { told == 0 -> goto ends_turn }
    fi;
    told = told & ~BIT(leg);
    session = slot;
#ifdef NO_GENERATION
    if
    :: session == NONE -> goto next_event
    :: else
    fi;
#else
    if
    :: session == NONE -> goto next_event
    :: atomic { session != NONE && session != whom -> touch(); goto next_event }
    :: atomic { session == whom -> touch() }
    fi;
#endif
    atomic { leave_bits() };
#ifdef NO_CAS
    if
    :: atomic { state[session] == IDLE -> touch() };
       atomic { touch(); state[session] = BUSY; own(); owning = true }
    :: atomic { state[session] != IDLE -> touch(); state[session] = BUSY_AGAIN }
    fi;
#else
    atomic { try_to_own() }; /* order: after the bits were left */
#endif
    if
    :: owning
    :: else -> goto next_event
    fi;

takes:
    took = 0;
    atomic { take_bits(0) };
    atomic { take_bits(1) };
#ifdef BUSY_AFTER_TAKE
    atomic { mine(); state[session] = BUSY };
#endif
    serve(0);
    serve(1);

lets_go:
#ifdef NO_AGAIN
    atomic { mine(); state[session] = IDLE; owner[session] = NONE; goto next_event };
#endif
    if
    :: atomic { state[session] == BUSY -> mine(); state[session] = IDLE; owner[session] = NONE }
#ifdef REARM_AFTER_RELEASE
       if
       :: atomic { took & BIT(0) -> kernel_mod(0) }
       :: !(took & BIT(0))
       fi;
       if
       :: atomic { took & BIT(1) -> kernel_mod(1) }
       :: !(took & BIT(1))
       fi;
#endif
       goto next_event
    :: atomic { state[session] == BUSY_AGAIN -> mine() }
    fi;
#ifndef BUSY_AFTER_TAKE
    atomic { mine(); state[session] = BUSY }; /* order: before the bits are taken */
#endif
    goto takes;

closes:
    atomic { mine(); kernel_close(0) };
    atomic { mine(); kernel_close(1) };
#ifdef HELD_BEFORE_CLEAR
    held[session] = in_turn;
    slot = NONE;
#else
    slot = NONE;
    held[session] = in_turn; /* order: after the entry was cleared */
#endif
    atomic {
        mine();
        owner[session] = NONE;
        closed[session] = true;
#ifdef IDLE_AFTER_CLOSE
        state[session] = IDLE;
#endif
#ifdef SLEEPER_HOLDS
        held[session] = EVERYONE;
#endif
#ifdef RECLAIM_AT_ONCE
        reclaimed[session] = true;
#else
        graveyard[session] = _pid;
#endif
    };
    goto next_event;

ends_turn:
    atomic {
        in_turn = in_turn & ~BIT(_pid);
        held[0] = held[0] & ~BIT(_pid);
        held[1] = held[1] & ~BIT(_pid)
    };
#ifdef WAIT_FOR_EVER
    if
    :: atomic { may_reclaim(0) -> reclaim(0) }
    :: atomic { may_reclaim(1) -> reclaim(1) }
    :: atomic { !may_reclaim(0) && !may_reclaim(1) }
    fi;
#endif
    goto waits
}

active proctype peers()
{
end:
    do
    :: atomic {
           arrivals < ARRIVALS && open_for[0] != NONE && !unread[0] ->
           arrivals++; unread[0] = true; listed[0] = armed[0]
       }
    :: atomic {
           arrivals < ARRIVALS && open_for[1] != NONE && !unread[1] ->
           arrivals++; unread[1] = true; listed[1] = armed[1]
       }
    od
}

/* Runs when no one else can. */
active proctype quiet()
{
    timeout ->
    d_step {
        assert(!unread[0] && !unread[1]);
        assert(open_for[0] == NONE || armed[0]);
        assert(open_for[1] == NONE || armed[1]);
        assert(slot == NONE || (state[slot] == IDLE && pending[slot] == 0));
        assert(closed[0] == reclaimed[0] && closed[1] == reclaimed[1])
    }
}
