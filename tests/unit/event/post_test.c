/* Work posted to a loop: from its own thread, from many others, and when it is sealed. */
#include "probe.h"

#include <pthread.h>

enum { THREADS = 4, POSTS = 2000 };

struct job {
    struct brink_post post;
    unsigned thread;
    unsigned number;
    unsigned runs;
};

/* What the loop's thread has seen; jobs find it through `seen`, which the test sets. */
struct seen {
    unsigned total;
    unsigned next[THREADS]; /* the number due from each thread */
};

static struct seen seen;

static void run_job(struct brink_loop *loop, struct brink_post *post)
{
    (void)loop;
    struct job *job = BRINK_CONTAINER_OF(post, struct job, post);
    job->runs++;
    assert_int_equal(job->number, seen.next[job->thread]);
    seen.next[job->thread]++;
    seen.total++;
}

static void prepare(struct job *jobs, unsigned count, unsigned thread)
{
    for (unsigned i = 0; i < count; i++)
        jobs[i] = (struct job){.post = {.run = run_job}, .thread = thread, .number = i};
}

static void begin(struct fixture *fixture)
{
    start(fixture);
    seen = (struct seen){0};
}

static void test_posts_are_run_in_order_with_one_signal(void **state)
{
    (void)state;
    struct fixture fixture;
    struct job jobs[10];
    begin(&fixture);
    prepare(jobs, 10, 0);
    for (unsigned i = 0; i < 10; i++)
        assert_false(brink_failed(brink_loop_post(&fixture.loop, &jobs[i].post)));
    assert_int_equal(seen.total, 0); /* not on the poster's stack */
    assert_int_equal(fixture.fake.signals, 1);
    turn(&fixture);
    assert_int_equal(seen.total, 10);
    turn(&fixture);
    assert_int_equal(seen.total, 10);
    stop(&fixture);
}

static void post_again(struct brink_loop *loop, struct brink_post *post)
{
    struct job *job = BRINK_CONTAINER_OF(post, struct job, post);
    if (++job->runs < 5)
        assert_false(brink_failed(brink_loop_post(loop, post)));
}

static void test_what_a_post_posts_is_run_in_the_next_turn(void **state)
{
    (void)state;
    struct fixture fixture;
    struct job job = {.post = {.run = post_again}};
    begin(&fixture);
    assert_false(brink_failed(brink_loop_post(&fixture.loop, &job.post)));
    for (unsigned i = 1; i <= 5; i++) {
        turn(&fixture);
        assert_int_equal(job.runs, i);
    }
    turn(&fixture);
    assert_int_equal(job.runs, 5);
    stop(&fixture);
}

static void free_job(struct brink_loop *loop, struct brink_post *post)
{
    (void)loop;
    seen.total++;
    free(BRINK_CONTAINER_OF(post, struct job, post));
}

static void test_run_takes_the_post_over(void **state)
{
    (void)state;
    struct fixture fixture;
    begin(&fixture);
    for (unsigned i = 0; i < 10; i++) {
        struct job *job = calloc(1, sizeof(*job));
        assert_non_null(job);
        job->post.run = free_job;
        assert_false(brink_failed(brink_loop_post(&fixture.loop, &job->post)));
    }
    turn(&fixture);
    assert_int_equal(seen.total, 10);
    stop(&fixture);
}

static void test_sealing_runs_what_has_come_and_refuses_the_rest(void **state)
{
    (void)state;
    struct fixture fixture;
    struct job jobs[4];
    begin(&fixture);
    prepare(jobs, 4, 0);
    for (unsigned i = 0; i < 3; i++)
        assert_false(brink_failed(brink_loop_post(&fixture.loop, &jobs[i].post)));
    brink_loop_seal(&fixture.loop);
    assert_int_equal(seen.total, 3);
    brink_result late = brink_loop_post(&fixture.loop, &jobs[3].post);
    assert_int_equal(late.err, EPIPE);
    brink_loop_seal(&fixture.loop);
    turn(&fixture); /* the signal is still there, and means nothing now */
    turn(&fixture);
    late = brink_loop_post(&fixture.loop, &jobs[3].post);
    assert_int_equal(late.err, EPIPE);
    assert_int_equal(jobs[3].runs, 0);
    stop(&fixture);
}

static void test_closing_runs_what_has_come(void **state)
{
    (void)state;
    struct fixture fixture;
    struct job job;
    begin(&fixture);
    prepare(&job, 1, 0);
    assert_false(brink_failed(brink_loop_post(&fixture.loop, &job.post)));
    stop(&fixture);
    assert_int_equal(job.runs, 1);
}

struct poster {
    pthread_t thread;
    struct brink_loop *loop;
    struct job *jobs;
    unsigned accepted; /* before the loop was sealed */
};

/* Posts all its jobs, or until the loop is sealed. */
static void *post_all(void *arg)
{
    struct poster *poster = arg;
    while (poster->accepted < POSTS) {
        brink_result posted = brink_loop_post(poster->loop, &poster->jobs[poster->accepted].post);
        if (brink_failed(posted))
            return posted.err == EPIPE ? NULL : poster;
        poster->accepted++;
    }
    return NULL;
}

static void start_posters(struct fixture *fixture, struct poster *posters)
{
    for (unsigned i = 0; i < THREADS; i++) {
        posters[i] = (struct poster){.loop = &fixture->loop};
        posters[i].jobs = calloc(POSTS, sizeof(*posters[i].jobs));
        assert_non_null(posters[i].jobs);
        prepare(posters[i].jobs, POSTS, i);
    }
    for (unsigned i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&posters[i].thread, NULL, post_all, &posters[i]), 0);
}

static void join_posters(struct poster *posters)
{
    for (unsigned i = 0; i < THREADS; i++) {
        void *error = NULL;
        assert_int_equal(pthread_join(posters[i].thread, &error), 0);
        assert_null(error);
    }
}

/* Each job that was accepted was run exactly once, and no other. */
static void check_posters(struct poster *posters)
{
    for (unsigned i = 0; i < THREADS; i++) {
        for (unsigned j = 0; j < POSTS; j++)
            assert_int_equal(posters[i].jobs[j].runs, j < posters[i].accepted ? 1 : 0);
        free(posters[i].jobs);
    }
}

/* The loop waits without a limit: a lost wakeup would hang it (and the test's timeout tell). */
static void test_every_post_of_every_thread_is_run_once_and_in_order(void **state)
{
    (void)state;
    struct fixture fixture;
    struct poster posters[THREADS];
    begin(&fixture);
    start_posters(&fixture, posters);
    while (seen.total < THREADS * POSTS)
        assert_false(brink_failed(brink_loop_turn(&fixture.loop, -1)));
    join_posters(posters);
    check_posters(posters);
    stop(&fixture);
}

static void test_sealing_amid_posts_runs_exactly_the_accepted(void **state)
{
    (void)state;
    struct fixture fixture;
    struct poster posters[THREADS];
    begin(&fixture);
    start_posters(&fixture, posters);
    while (seen.total < POSTS / 2)
        assert_false(brink_failed(brink_loop_turn(&fixture.loop, -1)));
    brink_loop_seal(&fixture.loop);
    join_posters(posters);
    check_posters(posters);
    stop(&fixture);
}

/* A timer that arms itself, and posts from other threads, neither of which starves the other. */
struct ticker {
    struct brink_loop *loop;
    struct brink_timer *timer;
    unsigned ticks;
};

static void tick(void *arg, uint64_t now_ms)
{
    struct ticker *ticker = arg;
    ticker->ticks++;
    brink_timer_arm(&ticker->loop->wheel, ticker->timer, now_ms + 1);
}

static void test_timers_fire_amid_posts(void **state)
{
    (void)state;
    struct fixture fixture;
    struct poster posters[THREADS];
    begin(&fixture);
    struct ticker ticker = {.loop = &fixture.loop};
    ticker.timer = brink_timer_new(&fixture.loop.wheel, tick, &ticker);
    assert_non_null(ticker.timer);
    brink_timer_arm(&fixture.loop.wheel, ticker.timer, fixture.fake.now_ms);
    start_posters(&fixture, posters);
    unsigned turns = 0;
    while (seen.total < THREADS * POSTS) {
        fixture.fake.now_ms++;
        assert_false(brink_failed(brink_loop_turn(&fixture.loop, 1)));
        assert_int_equal(ticker.ticks, ++turns);
    }
    join_posters(posters);
    check_posters(posters);
    brink_timer_free(&fixture.loop.wheel, ticker.timer);
    stop(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_posts_are_run_in_order_with_one_signal),
        cmocka_unit_test(test_what_a_post_posts_is_run_in_the_next_turn),
        cmocka_unit_test(test_run_takes_the_post_over),
        cmocka_unit_test(test_sealing_runs_what_has_come_and_refuses_the_rest),
        cmocka_unit_test(test_closing_runs_what_has_come),
        cmocka_unit_test(test_every_post_of_every_thread_is_run_once_and_in_order),
        cmocka_unit_test(test_sealing_amid_posts_runs_exactly_the_accepted),
        cmocka_unit_test(test_timers_fire_amid_posts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
