# brink_unit_test(upstream NAME) for each source file of src/upstream
foreach(name IN ITEMS eject group group_health group_lease group_options group_threads group_update group_watch
        maglev options pick roster)
    brink_unit_test(upstream ${name})
endforeach()
