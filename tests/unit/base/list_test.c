/* The circular list. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/list.h"

struct item {
    int number;
    struct brink_link link;
};

static void assert_holds(const struct brink_link *head, const int *numbers, size_t count)
{
    const struct brink_link *link = head;
    for (size_t i = 0; i < count; i++) {
        assert_ptr_equal(link->next->prev, link);
        link = link->next;
        assert_ptr_not_equal(link, head);
        assert_int_equal(BRINK_CONTAINER_OF_CONST(link, struct item, link)->number, numbers[i]);
    }
    assert_ptr_equal(link->next, head);
    assert_ptr_equal(head->prev, link);
}

static void test_pushes_at_either_end(void **state)
{
    (void)state;
    struct brink_link head;
    struct item a = {.number = 1}, b = {.number = 2}, c = {.number = 3};
    brink_list_init(&head);
    assert_true(brink_list_empty(&head));
    brink_list_push_back(&head, &b.link);
    brink_list_push_back(&head, &c.link);
    brink_list_push_front(&head, &a.link);
    assert_false(brink_list_empty(&head));
    assert_holds(&head, (const int[]){1, 2, 3}, 3);
}

static void test_pops_from_the_front_until_empty(void **state)
{
    (void)state;
    struct brink_link head;
    struct item a = {.number = 1}, b = {.number = 2};
    brink_list_init(&head);
    brink_list_push_back(&head, &a.link);
    brink_list_push_back(&head, &b.link);
    assert_ptr_equal(brink_list_pop_front(&head), &a.link);
    assert_true(brink_list_empty(&a.link));
    assert_ptr_equal(brink_list_pop_front(&head), &b.link);
    assert_null(brink_list_pop_front(&head));
    assert_true(brink_list_empty(&head));
}

static void test_removing_twice_is_harmless(void **state)
{
    (void)state;
    struct brink_link head;
    struct item a = {.number = 1}, b = {.number = 2}, c = {.number = 3};
    brink_list_init(&head);
    brink_list_push_back(&head, &a.link);
    brink_list_push_back(&head, &b.link);
    brink_list_push_back(&head, &c.link);
    brink_list_remove(&b.link);
    brink_list_remove(&b.link);
    assert_holds(&head, (const int[]){1, 3}, 2);
}

static void test_move_takes_all_and_leaves_an_empty_list(void **state)
{
    (void)state;
    struct brink_link from, to;
    struct item a = {.number = 1}, b = {.number = 2};
    brink_list_init(&from);
    brink_list_init(&to);
    brink_list_move(&to, &from);
    assert_true(brink_list_empty(&to));
    brink_list_push_back(&from, &a.link);
    brink_list_push_back(&from, &b.link);
    brink_list_move(&to, &from);
    assert_true(brink_list_empty(&from));
    assert_holds(&to, (const int[]){1, 2}, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pushes_at_either_end),
        cmocka_unit_test(test_pops_from_the_front_until_empty),
        cmocka_unit_test(test_removing_twice_is_harmless),
        cmocka_unit_test(test_move_takes_all_and_leaves_an_empty_list),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
