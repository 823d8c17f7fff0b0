#include <inttypes.h>
#include <stdio.h>

#include "base/log.h"
#include "upstream/group_inner.h"

void brink_group_find_return(struct brink_group *group)
{
    uint64_t first_ms = UINT64_MAX;
    for (size_t i = 0; i < group->roster.count; i++) {
        const struct brink_target *target = group->roster.members[i].target;
        if (target->eject.ejected && target->eject.until_ms < first_ms)
            first_ms = target->eject.until_ms;
    }
    atomic_store(&group->return_ms, first_ms);
}

void brink_group_set_state(struct brink_group *group, struct brink_target *target,
                           enum brink_target_state state, uint64_t now_ms, struct brink_news *news)
{
    bool was_ejected = brink_target_state_of(target) == BRINK_TARGET_EJECTED;
    group->ejected -= was_ejected;
    group->ejected += state == BRINK_TARGET_EJECTED;
    if (state != BRINK_TARGET_EJECTED)
        brink_eject_end(&target->eject);
    target->since_ms = now_ms;
    target->returned = true;
    atomic_store(&target->state, (uint8_t)state);
    if (was_ejected || state == BRINK_TARGET_EJECTED)
        brink_group_find_return(group);
    target->references++;
    news->target = target;
    news->state = state;
}

static void log_news(const struct brink_group *group, const struct brink_news *news)
{
    const struct brink_target *target = news->target;
    char upstream_text[BRINK_LOG_NAME_MAX];
    char name_text[BRINK_LOG_NAME_MAX];
    char address_text[BRINK_LOG_NAME_MAX];
    char why_text[BRINK_LOG_TEXT_MAX];
    const char *upstream =
        brink_log_quote(brink_group_options(group)->name, upstream_text, sizeof upstream_text);
    const char *name = brink_log_quote(target->name, name_text, sizeof name_text);
    const char *address = brink_log_quote(target->text, address_text, sizeof address_text);
    const char *why = brink_log_quote(news->why, why_text, sizeof why_text);
    if (news->state == BRINK_TARGET_UP)
        brink_log_write(&group->log, BRINK_LOG_INFO,
                        "event=server-up upstream=%s server=%s address=%s", upstream, name,
                        address);
    else if (news->state == BRINK_TARGET_EJECTED)
        brink_log_write(&group->log, BRINK_LOG_WARN,
                        "event=server-ejected upstream=%s server=%s address=%s reason=%s "
                        "ms=%" PRIu64,
                        upstream, name, address, why, news->ms);
    else
        brink_log_write(&group->log, BRINK_LOG_WARN,
                        "event=server-down upstream=%s server=%s address=%s reason=%s", upstream,
                        name, address, why);
}

void brink_group_tell(struct brink_group *group, struct brink_news *news)
{
    if (news->target == NULL)
        return;
    log_news(group, news);
    brink_group_notify(group, true);
    brink_group_drop(group, news->target);
}

/* The one whose ejection is over first; NULL: nobody is ejected. */
static struct brink_target *first_to_return(const struct brink_group *group)
{
    struct brink_target *first = NULL;
    for (size_t i = 0; i < group->roster.count; i++) {
        struct brink_target *target = group->roster.members[i].target;
        if (target->eject.ejected &&
            (first == NULL || target->eject.until_ms < first->eject.until_ms))
            first = target;
    }
    return first;
}

static bool surplus(const struct brink_group *group)
{
    uint32_t servers = (uint32_t)group->roster.count;
    return group->ejected > 0 &&
           !brink_eject_allowed(&brink_group_options(group)->eject, servers, group->ejected - 1);
}

/* Ends one ejection that is over or, else, a surplus one. False: there is none. */
static bool end_one(struct brink_group *group, uint64_t now_ms, bool surplus_too)
{
    struct brink_news news = {0};
    (void)pthread_mutex_lock(&group->lock);
    struct brink_target *target = first_to_return(group);
    if (target != NULL && (target->eject.until_ms <= now_ms || (surplus_too && surplus(group))))
        brink_group_set_state(group, target, BRINK_TARGET_UP, now_ms, &news);
    (void)pthread_mutex_unlock(&group->lock);
    brink_group_tell(group, &news);
    return news.target != NULL;
}

void brink_group_settle(struct brink_group *group, uint64_t now_ms)
{
    while (now_ms >= atomic_load(&group->return_ms) && end_one(group, now_ms, false))
        continue;
}

void brink_group_end_surplus(struct brink_group *group, uint64_t now_ms)
{
    while (end_one(group, now_ms, true))
        continue;
}

uint64_t brink_group_advance(struct brink_group *group, uint64_t now_ms)
{
    brink_group_settle(group, now_ms);
    return atomic_load(&group->return_ms);
}

static void count_outcome(struct brink_group *group, struct brink_target *target,
                          enum brink_outcome outcome)
{
    bool failed = outcome == BRINK_OUTCOME_CONNECT_FAILED;
    target->connect_failures += failed;
    group->connect_failures += failed;
    target->unanswered += outcome == BRINK_OUTCOME_UNANSWERED;
    target->resets += outcome == BRINK_OUTCOME_RESET;
}

static void eject(struct brink_group *group, struct brink_target *target,
                  enum brink_outcome outcome, uint64_t now_ms, struct brink_news *news)
{
    bool reset = outcome == BRINK_OUTCOME_RESET;
    uint32_t failures = reset ? target->eject.resets : target->eject.connect_failures;
    const char *what = reset ? "connections reset" : "connects failed";
    if (outcome == BRINK_OUTCOME_UNANSWERED)
        what = "requests unanswered or connects failed";
    (void)snprintf(news->why, sizeof news->why, "%" PRIu32 " %s in a row", failures, what);
    news->ms = brink_eject_begin(&target->eject, &brink_group_options(group)->eject, now_ms);
    target->ejections++;
    group->ejections++;
    brink_group_set_state(group, target, BRINK_TARGET_EJECTED, now_ms, news);
}

void brink_group_note(struct brink_group *group, struct brink_target *target,
                      enum brink_outcome outcome, uint64_t now_ms)
{
    struct brink_news news = {0};
    const struct brink_eject_options *options = &brink_group_options(group)->eject;
    brink_group_settle(group, now_ms);
    (void)pthread_mutex_lock(&group->lock);
    enum brink_target_state state = brink_target_state_of(target);
    count_outcome(group, target, outcome);
    enum brink_eject_verdict verdict = brink_eject_note(&target->eject, options, outcome);
    if (verdict == BRINK_EJECT_OVER && state == BRINK_TARGET_EJECTED)
        brink_group_set_state(group, target, BRINK_TARGET_UP, now_ms, &news);
    else if (verdict == BRINK_EJECT_DUE && state == BRINK_TARGET_UP &&
             brink_eject_allowed(options, (uint32_t)group->roster.count, group->ejected))
        eject(group, target, outcome, now_ms, &news);
    (void)pthread_mutex_unlock(&group->lock);
    brink_group_tell(group, &news);
}

/* For between quotes in a log line. */
static void copy_reason(char *to, size_t size, const char *why)
{
    (void)snprintf(to, size, "%s", why == NULL ? "check failed" : why);
    for (; *to != '\0'; to++) {
        if (*to == '"' || *to == '\\')
            *to = '\'';
        else if ((unsigned char)*to < ' ' || *to == 127)
            *to = ' ';
    }
}

/* At least one. */
static bool enough(uint32_t count, uint32_t wanted)
{
    return count >= (wanted > 1 ? wanted : 1);
}

void brink_group_checked(struct brink_group *group, struct brink_target *target, bool passed,
                         const char *why, uint64_t now_ms)
{
    struct brink_news news = {0};
    const struct brink_health_options *health = &brink_group_options(group)->health;
    copy_reason(news.why, sizeof news.why, why);
    brink_group_settle(group, now_ms);
    (void)pthread_mutex_lock(&group->lock);
    enum brink_target_state state = brink_target_state_of(target);
    target->passed = passed ? target->passed + 1 : 0;
    target->failed = passed ? 0 : target->failed + 1;
    if (state == BRINK_TARGET_DOWN && enough(target->passed, health->rise))
        brink_group_set_state(group, target, BRINK_TARGET_UP, now_ms, &news);
    else if ((state == BRINK_TARGET_UP || state == BRINK_TARGET_EJECTED) &&
             enough(target->failed, health->fall))
        brink_group_set_state(group, target, BRINK_TARGET_DOWN, now_ms, &news);
    (void)pthread_mutex_unlock(&group->lock);
    brink_group_tell(group, &news);
}
