# brink_unit_test(upstream NAME) for each source file of src/upstream
foreach(name IN ITEMS eject maglev options pick)
    brink_unit_test(upstream ${name})
endforeach()
