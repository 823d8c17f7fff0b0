/* oneshot.pml - several threads that turn one loop: the hand-over of sessions between them.
 *
 * Some workers, a listener, the wakeup, and two sessions that stand in the table one after the
 * other, in the same entries and under the same two descriptor numbers. A session is a pair: two
 * legs, each armed EPOLLET|EPOLLONESHOT. The listener and the wakeup are armed by edge.
 * `run` has spin look at every interleaving of this, and find the fault in each broken version.
 *
 * What must hold, and where it is looked at
 *   1 nothing is lost             quiet(): when nothing can happen any more, all that is wanted has
 *                                 been read and is armed; clients, posts and deadlines were served
 *   2 never two owners            claim(), mine()
 *   3 no stale event              find(): it is for the session that it is given to
 *   4 no use after reclaim        touch()
 *   5 all closed is reclaimed     quiet()
 *   6 no call on a number that has become another descriptor's         kernel_read, _mod, _close
 *   7 it comes to an end          no cycle, whatever the scheduler does, so that 1 and 5 mean
 *                                 "always in the end"; the outside does no more than its bounds say
 *   8 who was called has come     quiet(): or nobody is called any more (`woken`)
 *
 * How it maps to the code
 *   baton.c       worker's first block is what runs under the baton: one step from one system call
 *                 to the next. Below it stand the calls, each a step, with the baton free before it
 *                 and after it. So what a call has come to is looked at when much may have changed.
 *   poller.c      `batch`, `whom`: the events of one epoll_wait, and their cookies' generation; the
 *                 entries are the same for both sessions, so a session's number will do. `vain`
 *                 stands for what was wanted when the leg was armed, and no longer is.
 *   loop.c        the labels' comments name the functions. `link` is where the source's link is,
 *                 `running` that its place is RUNNING. They are two: while call_for_help makes its
 *                 call, a source that has been popped may come to be held, and it is run all the
 *                 same. `told` is the watch ONESHOT_TOLD, `paused` that it wants nothing. Any
 *                 source of the ready list may be the next, and run_shared may end after any one.
 *   stream.c      a run reads its leg dry or ends before, and may pause it; or it does something to
 *                 the session's other leg: reads it (for a write, which clears bits of that leg as
 *                 well), pauses or resumes it; or it closes its own leg or both, for any reason.
 *   listener.c    a run accepts until EAGAIN; the session is claimed until both legs are in
 *   post.c        wakeup_run, which clears `woken` after the eventfd; `posted`: the stack has some
 *   session.c     session_timer closes the session; one that finds it claimed is LATER, for the
 *                 millisecond after. brink_leg_reclaim writes a line of the log, which is a call.
 *
 * What is assumed
 *   Only readability is modelled, and epoll_ctl does not fail (UNARMED).
 *   epoll_wait, MOD and close exclude each other (the kernel's ep->mtx), and a closed descriptor is
 *   told of no more, which holds as long as it was never duplicated.
 *   Who waits for a claim (brink_loop_yield: a sweep, a listener's timer) is not modelled.
 *
 * The negative controls: what each leaves out, and which of the above breaks
 *   NO_PENDING           what is told of a claimed source goes to `ready`, that its owner clears 1
 *   NO_HELD              a release does not look at what was held                                1
 *   ARMED_LATE           that a leg is armed is noted after the MOD, when it may have been told  1
 *   NO_REARM             what was read dry is not armed                                          1
 *   REARM_DEAF           (of the kernel) MOD does not look whether there is something already    1
 *   NO_RETRY             a timer that finds its session claimed does not fire again              1
 *   POSTS_FIRST          the posts are taken before the eventfd is cleared                       1
 *   NO_CLAIM             what is on the ready list is run, whoever has claimed it                2
 *   TIMER_UNCLAIMED      a timer fires at a session that another thread has claimed              2
 *   NO_GENERATION        the cookie's generation is not compared                                 3
 *   RECLAIM_CLAIMED      what is closed is reclaimed, whoever has claimed it                     4
 *   RECLAIM_LISTED       what is closed and claimed is off the graveyard while reclaim runs      5
 *   REARM_AFTER_RELEASE  the owner lets go first, and arms afterwards                            6
 *   RELEASE_FIRST        a release lets go first, and settles what was held afterwards           6
 *   LEVEL                (of the kernel) an event does not disarm: it is told over and over      7
 *   WOKEN_FIRST          `woken` is cleared before the eventfd, and the next call with that      8
 *
 * That a source is out of the table before its descriptor is closed is none of them: as its group
 * is claimed, nobody makes a call for it in between. */

#ifndef WORKERS
#define WORKERS 2
#endif
#ifndef ARRIVALS
#define ARRIVALS 2
#endif
/* What else may happen, how many times. */
#ifndef VAINS
#define VAINS 0
#endif
#ifndef DEADLINES
#define DEADLINES 0
#endif
#ifndef PAUSES
#define PAUSES 0
#endif
#ifndef POSTS
#define POSTS 0
#endif
#define SESSIONS 2
#define NONE 7

/* Sources: 0 to 3 are the two sessions' legs. A leg's group is its session, and its descriptor and
 * entry of the table are 0 for the first of a session, 1 for the second. */
#define SOURCES 6
#define GROUPS 4
#define LISTENER 4
#define WAKEUP 5
#define LEG(session, leg) (2 * (session) + (leg))
#define IS_LEG(source) ((source) < LISTENER)
#define GROUP(source) (IS_LEG(source) -> (source) >> 1 : (source) - 2)
#define FDS 4
#define LISTENING 2
#define EVENTFD 3

#define BIT(n) (1 << (n))
#define VAIN(fd) BIT(FDS + (fd))

mtype = { NOWHERE, READY, HELD, GRAVEYARD }; /* where a source's link is */
mtype = { SOME, DRY };                       /* what a call has come to */
mtype = { OFF, DUE, LATER };                 /* a session's timer */
mtype = { TAKES, RUNS, ACCEPTS, FIRES, RECLAIMS }; /* what a claim was for */

/* The kernel, by descriptor. */
byte open_for[2] = NONE; /* the session whose descriptor it is */
byte unread[FDS];        /* pieces, clients, signals */
bool vain[2];            /* there is something to tell that is not wanted any more */
bool armed[2];
bool listed[FDS]; /* on the list of what epoll_wait will look at */

/* The outside. */
byte clients;
byte arrivals;
byte vains;
byte deadlines;
byte posts;

/* The loop. */
byte slot[2] = NONE; /* the table's entries: the session whose leg stands there */
mtype link[SOURCES] = NOWHERE;
bool running[SOURCES];
bool ready[SOURCES];
bool pending[SOURCES];
bool told[SOURCES];
bool paused[SOURCES];
bool busy[GROUPS];
bool advancing;
bool woken;
bool posted;
byte waiting;

/* The sessions. */
byte born;
byte pauses;
byte legs_open[SESSIONS];
mtype timer[SESSIONS] = OFF;

/* Kept for the properties only. */
byte owner[GROUPS] = NONE;
bool expired[SESSIONS];
bool reclaimed[SESSIONS];

#define OPEN(source) (!IS_LEG(source) || slot[(source) & 1] == GROUP(source))
#define RUNNABLE                                                                               \
    (link[0] == READY || link[1] == READY || link[2] == READY || link[3] == READY ||           \
     link[LISTENER] == READY || link[WAKEUP] == READY)
#define LISTED (listed[0] || listed[1] || listed[LISTENING] || listed[EVENTFD])
#define TIME_IS_OUT (!advancing && (timer[0] == DUE || timer[1] == DUE))

/* --- the kernel --- */

inline kernel_arm(fd)
{
    armed[fd] = true;
#ifndef REARM_DEAF
    if
    :: unread[fd] > 0 -> listed[fd] = true
    :: else
    fi
#endif
}

inline kernel_mod(source)
{
    assert(open_for[source & 1] == (source >> 1));
    kernel_arm(source & 1)
}

inline kernel_read(source)
{
    assert(open_for[source & 1] == (source >> 1));
    if
    :: unread[source & 1] > 0 -> unread[source & 1]--; came = SOME
    :: unread[source & 1] = 0; came = DRY
    fi
}

inline kernel_close(source)
{
    assert(open_for[source & 1] == (source >> 1));
    open_for[source & 1] = NONE;
    unread[source & 1] = 0;
    vain[source & 1] = false;
    armed[source & 1] = false;
    listed[source & 1] = false
}

inline kernel_tell(fd)
{
    if
    :: listed[fd] && unread[fd] > 0 -> batch = batch | BIT(fd); listed[fd] = false
    :: else -> listed[fd] = false
    fi
}

inline kernel_tell_leg(fd)
{
    if
    :: listed[fd] && (unread[fd] > 0 || vain[fd]) ->
        batch = batch | BIT(fd) | (unread[fd] > 0 -> 0 : VAIN(fd));
        whom = open_for[fd];
        vain[fd] = false;
#ifdef LEVEL
        listed[fd] = true
#else
        listed[fd] = false;
        armed[fd] = false
#endif
    :: else -> listed[fd] = false
    fi
}

/* With room for one event or for all. */
inline kernel_wait()
{
    if
    :: listed[0] -> kernel_tell_leg(0)
    :: listed[1] -> kernel_tell_leg(1)
    :: listed[LISTENING] -> kernel_tell(LISTENING)
    :: listed[EVENTFD] -> kernel_tell(EVENTFD)
    :: LISTED ->
        kernel_tell_leg(0);
        kernel_tell_leg(1);
        kernel_tell(LISTENING);
        kernel_tell(EVENTFD)
    :: else
    fi
}

/* --- the loop's functions: no call in them --- */

inline touch(source) { assert(!IS_LEG(source) || !reclaimed[GROUP(source)]) }

inline mine(source) { touch(source); assert(owner[GROUP(source)] == _pid) }

inline claim(source)
{
    touch(source);
    assert(owner[GROUP(source)] == NONE);
    owner[GROUP(source)] = _pid;
    busy[GROUP(source)] = true
}

inline unclaim(source) { busy[GROUP(source)] = false; owner[GROUP(source)] = NONE }

inline take_pending(source)
{
    ready[source] = ready[source] || pending[source];
    pending[source] = false
}

inline hold(source)
{
    if
    :: !running[source] -> link[source] = HELD
    :: else
    fi
}

/* `arms`: it is to be armed, by a call that follows. */
inline settle(source)
{
    arms = false;
    if
    :: !OPEN(source) || running[source]
    :: OPEN(source) && !running[source] && ready[source] && !paused[source] -> link[source] = READY
    :: else ->
        link[source] = (link[source] == READY -> NOWHERE : link[source]);
#ifndef NO_REARM
        arms = told[source] && !paused[source];
#ifndef ARMED_LATE
        told[source] = told[source] && paused[source]
#endif
#endif
    fi
}

#ifdef ARMED_LATE
#define armed_late(source) told[source] = false
#else
#define armed_late(source) skip
#endif

#if defined(RECLAIM_CLAIMED) || defined(RECLAIM_LISTED)
#define may_reclaim(source) (link[source] == GRAVEYARD)
#else
#define may_reclaim(source) (link[source] == GRAVEYARD && !busy[GROUP(source)])
#endif

/* The source that an event is for. */
inline find(fd)
{
    came = (batch & VAIN(fd) -> DRY : SOME);
    batch = batch & ~(BIT(fd) | VAIN(fd));
    x = slot[fd];
#ifdef NO_GENERATION
    if
    :: x == NONE -> goto takes
    :: else
    fi;
#else
    if
    :: x != whom -> goto takes
    :: else
    fi;
#endif
    assert(x == whom);
    at = LEG(x, fd);
    told[at] = true
}

/* --- the threads --- */

active [WORKERS] proctype worker()
{
    byte batch; /* descriptors, told of */
    byte whom;  /* the session that their cookies name, or that is being opened */
    byte at;    /* the source at hand; its group is claimed, if any is */
    byte x;     /* another of its group, or itself */
    mtype came;
    mtype then;
    bool arms;
    bool both; /* legs are to be closed */
#ifdef RECLAIM_LISTED
    byte aside;
#endif

    atomic { /* the baton is held from here to the end of the block */
        skip;

turn: /* brink_loop_turn, wait_for_events */
        assert(!arms);
        if
        :: RUNNABLE -> goto polls
        :: else -> waiting++; goto sleeps
        fi;
slept:
        waiting--;

takes: /* take_event, for each of the batch */
        at = 0; x = 0;
        if
        :: batch & BIT(0) -> find(0)
        :: batch & BIT(1) -> find(1)
        :: batch & BIT(LISTENING) -> batch = batch & ~BIT(LISTENING); at = LISTENER; came = SOME
        :: batch & BIT(EVENTFD) -> batch = batch & ~BIT(EVENTFD); at = WAKEUP; came = SOME
        :: batch == 0 -> whom = 0; goto runs
        fi;
        touch(at);
        if
        :: busy[GROUP(at)] ->
#ifdef NO_PENDING
            ready[at] = ready[at] || came == SOME;
#else
            pending[at] = pending[at] || came == SOME;
#endif
            came = 0;
            hold(at);
            goto takes
        :: else -> claim(at)
        fi;
        ready[at] = ready[at] || came == SOME;
        came = 0;
        settle(at);
        then = TAKES;
        if
        :: arms -> goto arms_it
        :: else -> goto releases
        fi;

runs: /* run_shared */
        if
        :: link[0] == READY -> at = 0
        :: link[1] == READY -> at = 1
        :: link[2] == READY -> at = 2
        :: link[3] == READY -> at = 3
        :: link[LISTENER] == READY -> at = LISTENER
        :: link[WAKEUP] == READY -> at = WAKEUP
        :: !RUNNABLE -> goto fires
        fi;
        touch(at);
        link[at] = NOWHERE;
#ifndef NO_CLAIM
        if
        :: busy[GROUP(at)] -> hold(at); goto ran
        :: else
        fi;
#endif
        claim(at);
        if /* call_for_help */
        :: waiting > 0 && !woken && RUNNABLE -> woken = true; goto signals
        :: else
        fi;

called: /* run */
        mine(at);
        running[at] = true;
        take_pending(at);
        assert(ready[at] && !paused[at]);
        if
        :: at == LISTENER -> goto lets_in
        :: at == WAKEUP ->
            ready[at] = false;
#ifdef WOKEN_FIRST
            woken = false;
#endif
#ifdef POSTS_FIRST
            posted = false;
#endif
            goto clears
        :: else -> goto reads
        fi;

cleared: /* wakeup_run */
#ifndef WOKEN_FIRST
        woken = false;
#endif
#ifndef POSTS_FIRST
        posted = false;
#endif
        goto run_is_over;

let_in: /* listener_run, open_session */
        mine(at);
        if
        :: came == DRY -> came = 0; ready[at] = false; goto run_is_over
        :: else -> came = 0
        fi;
        x = LEG(whom, 0);
        claim(x);
        slot[0] = whom;
        goto adds_client;
added_client:
        x = LEG(whom, 1);
        slot[1] = whom;
        goto adds_upstream;
added_upstream:
        legs_open[whom] = 2;
        at = LEG(whom, 0);
        whom = 0;
        x = 0;
        then = ACCEPTS;
        goto releases;

has_read: /* read_turn, brink_stream_source_run */
        mine(at);
        ready[at] = ready[at] && came != DRY;
        x = at ^ 1;
        if
        :: came == SOME -> came = 0; goto reads
        :: came = 0; goto run_is_over
        :: OPEN(x) && ready[x] -> came = 0; goto reads_other
        :: pauses < PAUSES -> came = 0; pauses++; paused[at] = true; goto run_is_over
        :: OPEN(x) && !paused[x] && pauses < PAUSES ->
            came = 0;
            pauses++;
            paused[x] = true;
            settle(x);
            goto run_is_over
        :: OPEN(x) && paused[x] ->
            came = 0;
            paused[x] = false;
            told[x] = true; /* what is armed may be armed for other than is wanted now */
            goto settles_other
        :: came = 0; x = at; then = RUNS; goto closes
        :: came = 0; x = at & ~1; both = true; then = RUNS; goto closes
        fi;

has_read_other:
        mine(at);
        ready[x] = ready[x] && came != DRY;
        came = 0;
settles_other:
        settle(x);
        if
        :: arms -> goto arms_other
        :: else -> goto run_is_over
        fi;
armed_other:
        armed_late(x);

run_is_over: /* run */
        x = 0;
        mine(at);
        running[at] = false;
        take_pending(at);
        settle(at);
        then = RUNS;
#ifdef REARM_AFTER_RELEASE
        goto releases;
#endif
        if
        :: arms -> goto arms_it
        :: else -> goto releases
        fi;
armed_it:
        armed_late(at);
#ifndef REARM_AFTER_RELEASE
        arms = false;
#endif

releases: /* brink_loop_release */
        mine(at);
#ifdef RELEASE_FIRST
        unclaim(at);
#endif
looks:
#ifdef NO_HELD
        x = NONE;
#else
        if
        :: IS_LEG(at) && link[at & ~1] == HELD -> x = at & ~1
        :: IS_LEG(at) && link[at | 1] == HELD -> x = at | 1
        :: !IS_LEG(at) && link[at] == HELD -> x = at
        :: else -> x = NONE
        fi;
#endif
        if
        :: x != NONE ->
            link[x] = NOWHERE;
            take_pending(x);
            settle(x);
            if
            :: arms -> goto arms_held
            :: else -> goto looks
            fi
        :: else -> x = 0
        fi;
#ifndef RELEASE_FIRST
        unclaim(at);
#endif
#ifdef REARM_AFTER_RELEASE
        if
        :: arms -> arms = false; goto arms_late
        :: else
        fi;
#endif
released:
        if
        :: then == TAKES -> then = 0; goto takes
        :: then == ACCEPTS -> then = 0; at = LISTENER; goto lets_in
        :: then == FIRES -> then = 0; at = 0; advancing = false; goto fires
        :: then == RECLAIMS -> then = 0; at = 0; goto reclaims
        :: then == RUNS -> then = 0
        fi;
ran:
        at = 0;
        if
        :: RUNNABLE -> goto runs
        :: goto fires
        fi;

armed_held:
        armed_late(x);
        arms = false;
        goto looks;

closes: /* brink_loop_close_source */
        mine(x);
        if
        :: !OPEN(x) -> goto closed
        :: else
        fi;
        slot[x & 1] = NONE;
        link[x] = GRAVEYARD;
        running[x] = false;
        goto closes_fd;
closed_fd:
        mine(x);
closed:
        if
        :: both && !(x & 1) -> x = x | 1; goto closes
        :: both && (x & 1) -> both = false
        :: !both
        fi;
        x = 0;
        if
        :: then == RUNS -> goto run_is_over
        :: then == FIRES -> goto releases
        fi;

fires: /* fire_timers, session_timer */
        if
        :: !advancing && timer[0] == DUE -> at = LEG(0, 0)
        :: !advancing && timer[1] == DUE -> at = LEG(1, 0)
        :: !TIME_IS_OUT -> goto reclaims
        fi;
        touch(at);
#ifndef TIMER_UNCLAIMED
        if
        :: busy[GROUP(at)] ->
#ifdef NO_RETRY
            timer[GROUP(at)] = OFF;
#else
            timer[GROUP(at)] = LATER;
#endif
            at = 0;
            goto fires
        :: else
        fi;
#endif
        claim(at);
        advancing = true;
        timer[GROUP(at)] = OFF;
        x = at;
        both = true;
        then = FIRES;
        goto closes;

reclaims: /* reclaim, brink_leg_reclaim */
        if
        :: may_reclaim(0) -> at = 0
        :: may_reclaim(1) -> at = 1
        :: may_reclaim(2) -> at = 2
        :: may_reclaim(3) -> at = 3
        :: else ->
#ifdef RECLAIM_LISTED
            link[0] = (aside & BIT(0) -> GRAVEYARD : link[0]);
            link[1] = (aside & BIT(1) -> GRAVEYARD : link[1]);
            link[2] = (aside & BIT(2) -> GRAVEYARD : link[2]);
            link[3] = (aside & BIT(3) -> GRAVEYARD : link[3]);
            aside = 0;
#endif
            goto turn
        fi;
        touch(at);
        link[at] = NOWHERE;
#ifdef RECLAIM_LISTED
        if
        :: busy[GROUP(at)] -> aside = aside | BIT(at); at = 0; goto reclaims
        :: else
        fi;
#endif
#ifndef RECLAIM_CLAIMED
        claim(at);
#endif
        legs_open[GROUP(at)]--;
        if
#ifdef RECLAIM_CLAIMED
        :: legs_open[GROUP(at)] > 0 -> at = 0; goto reclaims
#else
        :: legs_open[GROUP(at)] > 0 -> then = RECLAIMS; goto releases
#endif
        :: else -> goto reports
        fi;
reported:
#ifndef RECLAIM_CLAIMED
        mine(at);
#endif
        reclaimed[GROUP(at)] = true;
        timer[GROUP(at)] = OFF;
        unclaim(at);
        at = 0;
        goto reclaims
    };

    /* The calls. The baton is free before each of them, and after it. */

end_sleeps:
sleeps:
    atomic {
        LISTED || TIME_IS_OUT -> kernel_wait();
        if
        :: batch == 0 && !TIME_IS_OUT -> goto sleeps
        :: else
        fi
    };
    goto slept;
polls:
    atomic { kernel_wait() };
    goto takes;
signals:
    atomic { unread[EVENTFD] = 1; listed[EVENTFD] = true };
    goto called;
clears:
    atomic { unread[EVENTFD] = 0 };
    goto cleared;
lets_in:
    atomic {
        if
        :: unread[LISTENING] > 0 ->
            unread[LISTENING]--;
            open_for[0] = born;
            open_for[1] = born;
            whom = born;
            born++;
            came = SOME
        :: else -> came = DRY
        fi
    };
    goto let_in;
adds_client:
    atomic { kernel_mod(x) };
    goto added_client;
adds_upstream:
    atomic { kernel_mod(x) };
    goto added_upstream;
reads:
    atomic { kernel_read(at) };
    goto has_read;
reads_other:
    atomic { kernel_read(x) };
    goto has_read_other;
arms_other:
    atomic { kernel_mod(x) };
    goto armed_other;
arms_it:
    atomic { kernel_mod(at) };
    goto armed_it;
arms_held:
    atomic { kernel_mod(x) };
    goto armed_held;
#ifdef REARM_AFTER_RELEASE
arms_late:
    atomic { kernel_mod(at) };
    goto released;
#endif
closes_fd:
    atomic { kernel_close(x) };
    goto closed_fd;
reports: /* a line of the log */
    atomic { skip };
    goto reported
}

/* A client connects as soon as the one before it has left both numbers free. */
active proctype outside()
{
end:
    do
    :: atomic {
           clients < SESSIONS && clients == born && slot[0] == NONE && slot[1] == NONE &&
           open_for[0] == NONE && open_for[1] == NONE ->
           clients++; unread[LISTENING]++; listed[LISTENING] = true
       }
    :: atomic {
           arrivals < ARRIVALS && open_for[0] != NONE && unread[0] < 2 ->
           arrivals++; unread[0]++; listed[0] = listed[0] || armed[0]
       }
    :: atomic {
           arrivals < ARRIVALS && open_for[1] != NONE && unread[1] < 2 ->
           arrivals++; unread[1]++; listed[1] = listed[1] || armed[1]
       }
    :: atomic {
           vains < VAINS && armed[0] && !listed[0] ->
           vains++; vain[0] = true; listed[0] = true
       }
    :: atomic {
           vains < VAINS && armed[1] && !listed[1] ->
           vains++; vain[1] = true; listed[1] = true
       }
    :: atomic {
           deadlines < DEADLINES && legs_open[0] > 0 && !expired[0] ->
           deadlines++; expired[0] = true; timer[0] = DUE
       }
    :: atomic {
           deadlines < DEADLINES && legs_open[1] > 0 && !expired[1] ->
           deadlines++; expired[1] = true; timer[1] = DUE
       }
    :: atomic { timer[0] == LATER && !busy[0] -> timer[0] = DUE }
    :: atomic { timer[1] == LATER && !busy[1] -> timer[1] = DUE }
    :: atomic { posts < POSTS && !posted -> posts++; posted = true };
       atomic { unread[EVENTFD] = 1; listed[EVENTFD] = true }
    od
}

/* Something may be left in `pending`: of a leg that was held, and that its owner has settled since,
 * so that it was run or armed anyway. */
inline leg_at_rest(leg)
{
    assert(link[leg] != READY && link[leg] != HELD && !running[leg]);
    assert(!OPEN(leg) || paused[leg] || (unread[leg & 1] == 0 && armed[leg & 1]))
}

inline session_at_rest(session)
{
    leg_at_rest(2 * session);
    leg_at_rest(2 * session + 1);
    assert(!busy[session]);
    assert(legs_open[session] == (OPEN(2 * session) + OPEN(2 * session + 1)));
    assert(reclaimed[session] == (session < born && legs_open[session] == 0));
    assert(!expired[session] || reclaimed[session])
}

/* Runs when no one else can. */
active proctype quiet()
{
    timeout ->
    d_step {
        session_at_rest(0);
        session_at_rest(1);
        assert(unread[LISTENING] == 0 && link[LISTENER] == NOWHERE && link[WAKEUP] == NOWHERE);
        assert(!busy[GROUP(LISTENER)] && !busy[GROUP(WAKEUP)]);
        assert(!posted);
        assert(!woken);
        assert(waiting == WORKERS && !advancing)
    }
}
