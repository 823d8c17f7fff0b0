/* time/wheel.c - the hierarchical timing wheel.
 *
 * A time is written in digits of base 64, one per level; level 5 takes all that is above:
 *
 *     now       ...  d5   d4   d3   d2   d1   d0        one slot of level L spans 64^L ms
 *                                   |
 *     deadline  ...  d5   d4   d3   e2   x    x         first digit that differs: level 2,
 *                                                       slot e2
 *
 *     level 5  [ ][ ][ ][d5 ][ ][*][ ] ...   a ring; the slots behind d5 are next round's
 *     level 1  [ ][ ][d1 ][ ][*][ ]    ...   only slots after d1 are used
 *     level 0  [d0 ][*][ ][*]          ...   one slot is one tick
 *     due      [*]                           armed for a time that had come already
 *     expiring [*]                           what the running advance has taken out to fire
 *
 * Placement: a timer on level L < 5 agrees with now in all digits above L, and its digit L is
 * greater than now's. So nothing is ever in a slot that now points at or has passed; the lowest
 * occupied level holds the timer that is due first; and its first slot after now's digit begins no
 * later than that timer is due. On level 5 a timer's slot comes round every 64 spans: next
 * between 1 and 64 spans from now, and not after the timer is due.
 *
 * Advancing hops from the start of one occupied slot to the next: a slot of level 0 expires, one
 * from above is dealt out anew, relative to its start. Its timers land on lower levels, but for
 * those of level 5 that are due in a later round: they stay in their slot. A timer so moves at most
 * once per level, and once more for each 2^36 ms it has to wait.
 *
 * Occupied: a bit is set exactly if its slot's list is not empty.
 *
 * All that is due is taken out before the first fn runs. So what a fn arms can't fire in this
 * advance, and what it cancels or frees merely leaves the list it is in. */
#include "time/wheel.h"

#include "base/check.h"

enum { DIGIT_BITS = 6, TOP = BRINK_WHEEL_LEVELS - 1 };

#define UNARMED (BRINK_WHEEL_LATEST_MS + 1) /* all the bits of deadline_ms */

/* Armed exactly if deadline_ms is not UNARMED, and then in one list of its wheel. */
struct brink_timer {
    struct brink_link link;
    uint64_t deadline_ms : 60;
    uint64_t fn : 4; /* its number in the wheel's fns */
    void *arg;
};
_Static_assert(sizeof(struct brink_timer) == 32, "thousands of idle connections have one each");
_Static_assert(BRINK_WHEEL_FNS == 1 << 4, "a function's number fits");

/* A slot, and when it begins. */
struct spot {
    unsigned level;
    unsigned slot;
    uint64_t start_ms;
};

static struct brink_timer *timer_of(const struct brink_link *link)
{
    return BRINK_CONTAINER_OF((uintptr_t)link, struct brink_timer, link);
}

static unsigned shift_of(unsigned level)
{
    return level * DIGIT_BITS;
}

static unsigned digit(uint64_t number)
{
    return (unsigned)(number % BRINK_WHEEL_SLOTS);
}

/* Where a deadline after `now_ms` belongs. */
static struct spot spot_for(uint64_t now_ms, uint64_t deadline_ms)
{
    unsigned highest = 63U - (unsigned)__builtin_clzll(now_ms ^ deadline_ms);
    unsigned level = highest / DIGIT_BITS;
    if (level > TOP)
        level = TOP;
    uint64_t span = deadline_ms >> shift_of(level);
    return (struct spot){level, digit(span), span << shift_of(level)};
}

/* The occupied slot of `level` that begins first; the level must have one. The bits are turned so
 * that the slot after now's is bit 0; on levels below the top nothing comes round the end. */
static struct spot first_spot(const struct brink_wheel *wheel, unsigned level)
{
    uint64_t span = wheel->now_ms >> shift_of(level);
    uint64_t bits = wheel->occupied[level];
    unsigned turn = digit(span + 1);
    if (turn != 0)
        bits = bits >> turn | bits << (BRINK_WHEEL_SLOTS - turn);
    span += 1U + (unsigned)__builtin_ctzll(bits);
    return (struct spot){level, digit(span), span << shift_of(level)};
}

/* The occupied slot that begins first; false with none. */
static bool find_first(const struct brink_wheel *wheel, struct spot *first)
{
    for (unsigned level = 0; level < BRINK_WHEEL_LEVELS; level++) {
        if (wheel->occupied[level] != 0) {
            *first = first_spot(wheel, level);
            return true;
        }
    }
    return false;
}

/* Puts an armed timer where its deadline belongs, or into `due` if the time has come. */
static void place(struct brink_wheel *wheel, struct brink_timer *timer, struct brink_link *due)
{
    if (timer->deadline_ms <= wheel->now_ms) {
        brink_list_push_back(due, &timer->link);
        return;
    }
    struct spot spot = spot_for(wheel->now_ms, timer->deadline_ms);
    brink_list_push_back(&wheel->slots[spot.level][spot.slot], &timer->link);
    wheel->occupied[spot.level] |= UINT64_C(1) << spot.slot;
}

/* Clears the bit of the slot whose list head this is, if it is a slot's. */
static void mark_empty(struct brink_wheel *wheel, const struct brink_link *head)
{
    size_t offset = (size_t)((uintptr_t)head - (uintptr_t)wheel->slots);
    if (offset >= sizeof(wheel->slots))
        return;
    size_t index = offset / sizeof(*head);
    wheel->occupied[index / BRINK_WHEEL_SLOTS] &= ~(UINT64_C(1) << index % BRINK_WHEEL_SLOTS);
}

size_t brink_timer_size(void)
{
    return sizeof(struct brink_timer);
}

void brink_wheel_init(struct brink_wheel *wheel, struct brink_slab_pool *timers, uint64_t now_ms)
{
    *wheel = (struct brink_wheel){.timers = timers, .now_ms = now_ms};
    for (unsigned level = 0; level < BRINK_WHEEL_LEVELS; level++) {
        for (unsigned slot = 0; slot < BRINK_WHEEL_SLOTS; slot++)
            brink_list_init(&wheel->slots[level][slot]);
    }
    brink_list_init(&wheel->due);
    brink_list_init(&wheel->expiring);
}

/* The function's number, a new one if it has none; BRINK_WHEEL_FNS if there is none left. */
static unsigned number_of(struct brink_wheel *wheel, brink_timer_fn *fn)
{
    for (unsigned i = 0; i < wheel->fn_count; i++) {
        if (wheel->fns[i] == fn)
            return i;
    }
    if (wheel->fn_count == BRINK_WHEEL_FNS)
        return BRINK_WHEEL_FNS;
    wheel->fns[wheel->fn_count] = fn;
    return wheel->fn_count++;
}

struct brink_timer *brink_timer_new(struct brink_wheel *wheel, brink_timer_fn *fn, void *arg)
{
    unsigned number = number_of(wheel, fn);
    struct brink_timer *timer = number < BRINK_WHEEL_FNS ? brink_slab_alloc(wheel->timers) : NULL;
    if (!timer)
        return NULL;
    *timer = (struct brink_timer){.deadline_ms = UNARMED, .fn = number & 15U, .arg = arg};
    brink_list_init(&timer->link);
    return timer;
}

void brink_timer_free(struct brink_wheel *wheel, struct brink_timer *timer)
{
    if (!timer)
        return;
    brink_timer_cancel(wheel, timer);
    brink_slab_free(wheel->timers, timer);
}

void brink_timer_arm(struct brink_wheel *wheel, struct brink_timer *timer, uint64_t deadline_ms)
{
    brink_timer_cancel(wheel, timer);
    if (deadline_ms > BRINK_WHEEL_LATEST_MS)
        return;
    timer->deadline_ms = deadline_ms & UNARMED;
    wheel->armed++;
    place(wheel, timer, &wheel->due);
}

void brink_timer_cancel(struct brink_wheel *wheel, struct brink_timer *timer)
{
    if (timer->deadline_ms == UNARMED)
        return;
    struct brink_link *neighbour = timer->link.next;
    brink_list_remove(&timer->link);
    if (brink_list_empty(neighbour)) /* it was the last one, and its neighbour the head */
        mark_empty(wheel, neighbour);
    timer->deadline_ms = UNARMED;
    wheel->armed--;
}

uint64_t brink_timer_deadline(const struct brink_timer *timer)
{
    return timer->deadline_ms == UNARMED ? BRINK_NEVER : timer->deadline_ms;
}

/* Moves now to the start of an occupied slot, and the slot's timers to where they belong then. */
static void open_slot(struct brink_wheel *wheel, struct spot spot)
{
    struct brink_link opened;
    brink_list_init(&opened);
    brink_list_move(&opened, &wheel->slots[spot.level][spot.slot]);
    wheel->occupied[spot.level] &= ~(UINT64_C(1) << spot.slot);
    wheel->now_ms = spot.start_ms;
    struct brink_link *link;
    while ((link = brink_list_pop_front(&opened)))
        place(wheel, timer_of(link), &wheel->expiring);
}

static uint64_t fire_expiring(struct brink_wheel *wheel, uint64_t most)
{
    uint64_t fired = 0;
    while (fired < most) {
        struct brink_link *link = brink_list_pop_front(&wheel->expiring);
        if (link == NULL)
            break;
        struct brink_timer *timer = timer_of(link);
        timer->deadline_ms = UNARMED;
        wheel->armed--;
        fired++;
        wheel->fns[timer->fn](timer->arg, wheel->now_ms); /* may free the timer */
    }
    return fired;
}

/* What was too many for this advance is due before whatever has been armed meanwhile. */
static void put_off(struct brink_wheel *wheel)
{
    if (brink_list_empty(&wheel->expiring))
        return;
    struct brink_link *link;
    while ((link = brink_list_pop_front(&wheel->due)))
        brink_list_push_back(&wheel->expiring, link);
    brink_list_move(&wheel->due, &wheel->expiring);
}

uint64_t brink_wheel_advance_some(struct brink_wheel *wheel, uint64_t now_ms, uint64_t most)
{
    BRINK_ASSERT(brink_list_empty(&wheel->expiring));
    brink_list_move(&wheel->expiring, &wheel->due);
    struct spot first;
    while (find_first(wheel, &first) && first.start_ms <= now_ms)
        open_slot(wheel, first);
    if (wheel->now_ms < now_ms)
        wheel->now_ms = now_ms;
    uint64_t fired = fire_expiring(wheel, most);
    put_off(wheel);
    return fired;
}

uint64_t brink_wheel_advance(struct brink_wheel *wheel, uint64_t now_ms)
{
    return brink_wheel_advance_some(wheel, now_ms, UINT64_MAX);
}

uint64_t brink_wheel_next(const struct brink_wheel *wheel)
{
    if (!brink_list_empty(&wheel->due) || !brink_list_empty(&wheel->expiring))
        return wheel->now_ms;
    struct spot first;
    return find_first(wheel, &first) ? first.start_ms : BRINK_NEVER;
}

static bool belongs(const struct brink_wheel *wheel, const struct brink_timer *timer,
                    unsigned level, unsigned slot)
{
    if (timer->deadline_ms <= wheel->now_ms || timer->deadline_ms == UNARMED)
        return false;
    struct spot spot = spot_for(wheel->now_ms, timer->deadline_ms);
    return spot.level == level && spot.slot == slot;
}

static bool check_slot(const struct brink_wheel *wheel, unsigned level, unsigned slot,
                       uint64_t *count)
{
    const struct brink_link *head = &wheel->slots[level][slot];
    for (const struct brink_link *link = head->next; link != head; link = link->next) {
        if (link->next->prev != link || !belongs(wheel, timer_of(link), level, slot))
            return false;
        ++*count;
    }
    return (wheel->occupied[level] >> slot & 1U) == !brink_list_empty(head);
}

static bool check_past(const struct brink_wheel *wheel, const struct brink_link *head,
                       uint64_t *count)
{
    for (const struct brink_link *link = head->next; link != head; link = link->next) {
        if (link->next->prev != link || timer_of(link)->deadline_ms > wheel->now_ms)
            return false;
        ++*count;
    }
    return true;
}

bool brink_wheel_check(const struct brink_wheel *wheel)
{
    uint64_t count = 0;
    for (unsigned level = 0; level < BRINK_WHEEL_LEVELS; level++) {
        for (unsigned slot = 0; slot < BRINK_WHEEL_SLOTS; slot++) {
            if (!check_slot(wheel, level, slot, &count))
                return false;
        }
    }
    return check_past(wheel, &wheel->due, &count) && check_past(wheel, &wheel->expiring, &count) &&
           count == wheel->armed;
}
