/* The k-th system call fails, for every k and each plausible errno; and the k-th allocation.
 * Nothing leaks, nothing aborts, who has nothing to do with it does not notice, and whoever comes
 * later is served. */
#include <string.h>

#include "faults/scene.h"
#include "relay/echo.h"
#include "relay/endpoint.h"
#include "relay/pair.h"

enum { K_MAX = 2000 }; /* more than any script has calls of a kind */

/* What fails: the k-th call of a kind, or the k-th allocation. */
struct fault {
    bool memory;
    enum fault_call call;
    int error;
    unsigned k;
};

static void arm(struct scene *scene, const struct fault *fault)
{
    if (fault->memory) {
        scene->memory.fail_at = scene->memory.calls + fault->k;
        return;
    }
    failing_sys_arm(&scene->sys, fault->call, fault->error, fault->k);
}

static bool fired(const struct scene *scene, const struct fault *fault)
{
    return fault->memory ? scene->memory.calls >= scene->memory.fail_at : scene->sys.fired;
}

static bool passes(const struct fault *fault, bool alone)
{
    return !fault->memory && fault_passes(fault->call, fault->error, alone);
}

static void describe(const struct scene *scene, const struct fault *fault, const char *when)
{
    if (fault->memory)
        print_message("   %s, %s: allocation %u\n", scene->kind->name, when, fault->k);
    else
        print_message("   %s, %s: %s %u fails with %s\n", scene->kind->name, when,
                      fault_kinds[fault->call].name, fault->k, strerror(fault->error));
}

/* Whom it hits may be ended, unless it is one that passes. */
static void visit_in_trouble(struct scene *scene, const struct fault *fault, bool alone)
{
    enum scene_outcome outcome = scene_visit(scene, scene_connect(scene));
    if (passes(fault, alone))
        assert_int_equal(outcome, SCENE_SERVED);
}

/* It fails before anything is set up, or some time afterwards. True if it came to that. */
static bool from_the_start(struct scene *scene, const struct fault *fault)
{
    arm(scene, fault);
    bool open = scene_open(scene);
    if (open)
        visit_in_trouble(scene, fault, true);
    bool came = fired(scene, fault);
    assert_true(open || came);
    if (open && came)
        assert_int_equal(scene_visit(scene, scene_connect(scene)), SCENE_SERVED);
    scene_close(scene);
    return came;
}

/* It fails while one client is served; another that was there before must not notice. */
static bool beside_another(struct scene *scene, const struct fault *fault)
{
    assert_true(scene_open(scene));
    int bystander = scene_connect(scene);
    scene_echo(scene, bystander);
    arm(scene, fault);
    visit_in_trouble(scene, fault, false);
    bool came = fired(scene, fault);
    scene_calm(scene);
    scene_echo(scene, bystander);
    assert_int_equal(scene_visit(scene, scene_connect(scene)), SCENE_SERVED);
    scene_echo(scene, bystander);
    (void)brink_sys_linux.ops->close(NULL, bystander);
    scene_close(scene);
    return came;
}

typedef bool script(struct scene *scene, const struct fault *fault);

/* For every k, until there are no more calls. */
static unsigned every_k(const struct brink_service_kind *kind, enum brink_arming arming,
                        bool with_refusing, struct fault fault, script *play, const char *when)
{
    static struct scene scene;
    static struct scene told; /* for a test that fails: the last line says where */
    for (fault.k = 1; fault.k < K_MAX; fault.k++) {
        scene_prepare(&scene, kind, arming, with_refusing);
        told.kind = kind;
        if (getenv("BRINK_TELL") != NULL)
            describe(&told, &fault, when);
        if (!play(&scene, &fault))
            return fault.k - 1;
    }
    fail_msg("there is no end of it");
    return 0;
}

static unsigned every_fault(const struct brink_service_kind *kind, enum brink_arming arming,
                            bool with_refusing)
{
    unsigned count = 0;
    for (unsigned call = 0; call < FAULT_CALLS; call++)
        for (unsigned i = 0; fault_kinds[call].errors[i] != 0; i++) {
            struct fault fault = {.call = call, .error = fault_kinds[call].errors[i]};
            count += every_k(kind, arming, with_refusing, fault, from_the_start, "from the start");
            count += every_k(kind, arming, with_refusing, fault, beside_another, "beside another");
        }
    struct fault memory = {.memory = true};
    count += every_k(kind, arming, with_refusing, memory, from_the_start, "from the start");
    count += every_k(kind, arming, with_refusing, memory, beside_another, "beside another");
    return count;
}

static void test_kind(const struct brink_service_kind *kind, bool with_refusing)
{
    print_message("   %u calls and allocations failed\n",
                  every_fault(kind, BRINK_ARM_EDGE, with_refusing) +
                      every_fault(kind, BRINK_ARM_ONESHOT, with_refusing));
}

static void test_echo(void **state)
{
    (void)state;
    test_kind(&brink_echo_kind, false);
}

static void test_pair(void **state)
{
    (void)state;
    test_kind(&brink_pair_kind, false);
}

static void test_pair_that_is_refused_first(void **state)
{
    (void)state;
    test_kind(&brink_pair_kind, true);
}

static void test_endpoint(void **state)
{
    (void)state;
    test_kind(&brink_endpoint_kind, false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_echo),
        cmocka_unit_test(test_pair),
        cmocka_unit_test(test_pair_that_is_refused_first),
        cmocka_unit_test(test_endpoint),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
