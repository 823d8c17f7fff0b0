/* Names are what readers of JSON and Prometheus expect, and no two are the same. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdbool.h>
#include <string.h>

#include "app/admin/fields.h"

static const struct brink_admin_table *const tables[] = {
    &brink_admin_totals,           &brink_admin_listeners,        &brink_admin_upstreams,
    &brink_admin_servers,          &brink_admin_workers,          &brink_admin_pools,
    &brink_admin_listener_figures, &brink_admin_upstream_figures, &brink_admin_worker_figures};
enum { TABLES = sizeof tables / sizeof tables[0] };

static bool is_lower_word(const char *name)
{
    return name[0] != '\0' && strspn(name, "abcdefghijklmnopqrstuvwxyz_") == strlen(name);
}

/* "": another says more. */
static const char *metric_of(const struct brink_admin_field *field)
{
    return field->metric != NULL ? field->metric : "";
}

static void names_are_words_and_help_is_a_sentence(void **state)
{
    (void)state;
    for (size_t i = 0; i < TABLES; i++) {
        assert_true(tables[i]->count > 0);
        for (size_t j = 0; j < tables[i]->count; j++) {
            const struct brink_admin_field *field = &tables[i]->fields[j];
            assert_true(is_lower_word(field->name));
            assert_true(metric_of(field)[0] == '\0' || is_lower_word(field->metric));
            assert_int_equal(strncmp(metric_of(field), "brink_", field->metric != NULL ? 6 : 0), 0);
            assert_int_equal(field->help[strlen(field->help) - 1], '.');
        }
    }
}

static void no_two_metrics_are_the_same(void **state)
{
    (void)state;
    for (size_t i = 0; i < TABLES * 32; i++) {
        for (size_t j = 0; j < i; j++) {
            if (i % 32 >= tables[i / 32]->count || j % 32 >= tables[j / 32]->count)
                continue;
            const struct brink_admin_field *one = &tables[i / 32]->fields[i % 32];
            const struct brink_admin_field *other = &tables[j / 32]->fields[j % 32];
            assert_string_not_equal(metric_of(one), metric_of(other));
            if (i / 32 == j / 32) {
                assert_string_not_equal(one->name, other->name);
                assert_true(one->at != other->at);
            }
        }
    }
}

static bool is_time(enum brink_admin_form form)
{
    return form == BRINK_ADMIN_US || form == BRINK_ADMIN_MS || form == BRINK_ADMIN_NS ||
           form == BRINK_ADMIN_SIDES_US || form == BRINK_ADMIN_TIMES ||
           form == BRINK_ADMIN_SIDES_TIMES;
}

static void times_are_told_in_seconds(void **state)
{
    (void)state;
    for (size_t i = 0; i < TABLES; i++) {
        for (size_t j = 0; j < tables[i]->count; j++) {
            const struct brink_admin_field *field = &tables[i]->fields[j];
            bool time = is_time(field->form);
            assert_int_equal(strstr(metric_of(field), "_seconds") != NULL, time);
            assert_int_equal(strstr(field->name, "_seconds") != NULL, time);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_words_and_help_is_a_sentence),
        cmocka_unit_test(no_two_metrics_are_the_same),
        cmocka_unit_test(times_are_told_in_seconds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
