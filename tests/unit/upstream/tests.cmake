# brink_unit_test(upstream NAME) for each source file of src/upstream
foreach(name IN ITEMS options dns_answer dns_hosts server_list)
    brink_unit_test(upstream ${name})
endforeach()
foreach(name IN ITEMS dns dns_channel file)
    brink_unit_test(upstream ${name} support/discovery.c)
endforeach()
