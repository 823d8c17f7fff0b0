# brink_unit_test(upstream NAME) for each source file of src/upstream
foreach(name IN ITEMS eject group group_health group_lease group_lease_address group_options group_threads group_update group_watch
        maglev options pick roster share)
    brink_unit_test(upstream ${name})
endforeach()
brink_unit_test(upstream expect)
brink_unit_test(upstream check support/checked.c support/wire.c)
brink_unit_test(upstream check_calls support/checked.c support/wire.c)
brink_unit_test(upstream check_end support/checked.c support/wire.c)
brink_unit_test(upstream health support/checked.c support/fake_group.c support/wire.c)
brink_unit_test(upstream health_faults support/fake_group.c faults/failing_sys.c)
foreach(name IN ITEMS dns_answer dns_hosts server_list)
    brink_unit_test(upstream ${name})
endforeach()
brink_unit_test(upstream file support/discovery.c)
if(NOT BRINK_SANITIZE MATCHES memory) # MSan takes what c-ares, which it does not see, writes for unwritten
    brink_unit_test(upstream dns support/discovery.c)
    brink_unit_test(upstream dns_channel support/discovery.c)
endif()
