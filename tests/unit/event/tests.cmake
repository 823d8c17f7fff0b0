# brink_unit_test(event NAME) for each source file of src/event
brink_unit_test(event slots)
brink_unit_test(event baton)
brink_unit_test(event turns)
foreach(name IN ITEMS claim poller loop loop_check loop_close loop_oneshot loop_shared post)
    brink_unit_test(event ${name} support/fake_sys.c)
endforeach()
