/* What several lists say together. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#include "support/counting_source.h"
#include "upstream/roster.h"

enum { SERVERS = 12 };

struct book {
    struct brink_group_memory memory;
    struct counting_source source;
    struct brink_target targets[SERVERS];
    struct brink_list lists[3];
};

static void open_book(struct book *book)
{
    memset(book, 0, sizeof *book);
    counting_open(&book->memory.arena, &book->source);
    assert_int_equal(pthread_mutex_init(&book->memory.lock, NULL), 0);
    for (int i = 0; i < SERVERS; i++)
        (void)snprintf(book->targets[i].text, sizeof book->targets[i].text, "server %d", i);
    for (int i = 0; i < 3; i++)
        assert_int_equal(brink_list_open(&book->memory, &book->lists[i], SERVERS + 1).err, 0);
}

static void close_book(struct book *book)
{
    for (int i = 0; i < 3; i++)
        brink_list_close(&book->memory, &book->lists[i]);
    assert_int_equal(book->source.blocks, 0);
    (void)pthread_mutex_destroy(&book->memory.lock);
}

static void say(struct book *book, int list, int server, uint32_t weight, uint32_t tier)
{
    struct brink_list *to = &book->lists[list];
    to->members[to->count++] = (struct brink_roster_entry){
        .target = &book->targets[server], .weight = weight, .tier = tier};
}

static void the_first_list_has_the_word(void **state)
{
    (void)state;
    static struct book book;
    struct brink_roster roster;
    open_book(&book);
    say(&book, 0, 1, 10, 0);
    say(&book, 2, 0, 20, 0);
    say(&book, 2, 1, 30, 0);
    assert_int_equal(brink_roster_open(&book.memory, &roster, book.lists, 3, 5).err, 0);
    assert_int_equal(roster.count, 2);
    assert_ptr_equal(roster.members[0].target, &book.targets[1]);
    assert_int_equal(roster.members[0].weight, 10);
    assert_ptr_equal(roster.members[1].target, &book.targets[0]);
    assert_int_equal(book.targets[0].listed, 5);
    assert_int_equal(book.targets[1].listed, 5);
    assert_int_equal(book.targets[2].listed, 0);
    brink_roster_close(&book.memory, &roster);
    close_book(&book);
}

static void tiers_have_tables_in_their_order(void **state)
{
    (void)state;
    static struct book book;
    struct brink_roster roster;
    open_book(&book);
    for (int i = 0; i < SERVERS; i++)
        say(&book, 0, i, 1, (uint32_t)(SERVERS - i) * 5);
    say(&book, 0, 0, 1, UINT32_MAX); /* a second time in a list: not seen */
    assert_int_equal(brink_roster_open(&book.memory, &roster, book.lists, 3, 1).err, 0);
    assert_int_equal(roster.table_count, BRINK_ROSTER_TABLES);
    for (uint32_t i = 0; i < SERVERS; i++) {
        uint32_t rank = SERVERS - 1 - i;
        assert_int_equal(roster.members[i].table,
                         rank < BRINK_ROSTER_TABLES ? rank : BRINK_ROSTER_TABLES - 1);
    }
    assert_int_equal(brink_roster_tabulate(&book.memory, &roster).err, 0);
    for (size_t slot = 0; slot < BRINK_MAGLEV_SLOTS; slot++) {
        assert_int_equal(roster.tables[0].owners[slot], SERVERS - 1);
        assert_true(roster.tables[BRINK_ROSTER_TABLES - 1].owners[slot] <=
                    SERVERS - BRINK_ROSTER_TABLES);
    }
    brink_roster_close(&book.memory, &roster);
    close_book(&book);
}

static void tables_are_the_same_for_the_same(void **state)
{
    (void)state;
    static struct book book;
    struct brink_roster one, other;
    open_book(&book);
    say(&book, 0, 0, 1, 0);
    say(&book, 0, 1, 1, 9);
    assert_int_equal(brink_roster_open(&book.memory, &one, book.lists, 3, 1).err, 0);
    book.lists[0].members[1].tier = 4; /* the second still */
    book.lists[0].members[1].max_connections = 4;
    assert_int_equal(brink_roster_open(&book.memory, &other, book.lists, 3, 2).err, 0);
    assert_true(brink_roster_same_tables(&one, &other));
    brink_roster_close(&book.memory, &other);
    book.lists[0].members[1].tier = 0;
    assert_int_equal(brink_roster_open(&book.memory, &other, book.lists, 3, 3).err, 0);
    assert_false(brink_roster_same_tables(&one, &other));
    brink_roster_close(&book.memory, &other);
    book.lists[0].count = 1;
    assert_int_equal(brink_roster_open(&book.memory, &other, book.lists, 3, 4).err, 0);
    assert_false(brink_roster_same_tables(&one, &other));
    brink_roster_close(&book.memory, &other);
    brink_roster_close(&book.memory, &one);
    close_book(&book);
}

static void nothing_listed_is_nothing_held(void **state)
{
    (void)state;
    static struct book book;
    struct brink_roster roster;
    struct brink_list none;
    open_book(&book);
    size_t calls = book.source.calls;
    assert_int_equal(brink_list_open(&book.memory, &none, 0).err, 0);
    assert_int_equal(brink_roster_open(&book.memory, &roster, book.lists, 3, 1).err, 0);
    assert_int_equal(brink_roster_tabulate(&book.memory, &roster).err, 0);
    assert_int_equal(book.source.calls, calls);
    brink_roster_close(&book.memory, &roster);
    brink_list_close(&book.memory, &none);
    close_book(&book);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_list_has_the_word),
        cmocka_unit_test(tiers_have_tables_in_their_order),
        cmocka_unit_test(tables_are_the_same_for_the_same),
        cmocka_unit_test(nothing_listed_is_nothing_held),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
