# brink_unit_test(upstream NAME) for each source file of src/upstream
foreach(name IN ITEMS options dns_answer dns_hosts server_list)
    brink_unit_test(upstream ${name})
endforeach()
brink_unit_test(upstream file support/discovery.c)
if(NOT BRINK_SANITIZE MATCHES memory) # MSan takes what c-ares, which it does not see, writes for unwritten
    brink_unit_test(upstream dns support/discovery.c)
    brink_unit_test(upstream dns_channel support/discovery.c)
endif()
