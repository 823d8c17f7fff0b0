# brink_unit_test(upstream NAME) for each source file of src/upstream
foreach(name IN ITEMS options)
    brink_unit_test(upstream ${name})
endforeach()
brink_unit_test(upstream expect)
brink_unit_test(upstream check support/checked.c support/wire.c)
brink_unit_test(upstream check_calls support/checked.c support/wire.c)
brink_unit_test(upstream check_end support/checked.c support/wire.c)
brink_unit_test(upstream health support/checked.c support/fake_group.c support/wire.c)
