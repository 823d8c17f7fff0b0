# brink_unit_test(mem NAME) for each source file of src/mem
foreach(name IN ITEMS arena slab slab_random slab_waste)
    brink_unit_test(mem ${name})
    if(BRINK_MEMORY STREQUAL "jemalloc")
        target_compile_definitions(test_mem_${name} PRIVATE BRINK_MEMORY_JEMALLOC=1)
    endif()
endforeach()
