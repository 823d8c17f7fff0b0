/* Histograms have the unit of their kind in their names; figures by side have one each. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "app/admin/figure.h"
#include "brink/figures.h"

static const struct brink_admin_table *const tables[] = {
    &brink_admin_listener_figures, &brink_admin_upstream_figures, &brink_admin_worker_figures,
    &brink_admin_pools};

static void histograms_name_their_unit(void **state)
{
    (void)state;
    static const struct brink_server_listener_figures none;
    size_t histograms = 0;
    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++) {
        for (size_t j = 0; j < tables[i]->count; j++) {
            const struct brink_admin_field *field = &tables[i]->fields[j];
            if (brink_admin_histogram_of(field, &none, 0) == NULL)
                continue;
            bool bytes = brink_admin_histogram_kind(field->form) == BRINK_HISTOGRAM_BYTES;
            const char *end = bytes ? "_bytes" : "_seconds";
            assert_string_equal(field->metric + strlen(field->metric) - strlen(end), end);
            histograms++;
        }
    }
    assert_int_equal(histograms, 5);
}

static void a_listeners_figures_are_all_told(void **state)
{
    (void)state;
    struct brink_server_listener_figures figures;
    size_t told = 0;
    for (size_t i = 0; i < brink_admin_listener_figures.count; i++) {
        const struct brink_admin_field *field = &brink_admin_listener_figures.fields[i];
        struct brink_admin_parts parts = brink_admin_parts_of(field->form);
        size_t one = brink_admin_histogram_of(field, &figures, 0) != NULL
                         ? sizeof(struct brink_histogram)
                         : sizeof(uint64_t);
        told += one * parts.count * (parts.by_side ? 2 : 1);
    }
    assert_int_equal(told, sizeof figures);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(histograms_name_their_unit),
        cmocka_unit_test(a_listeners_figures_are_all_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
