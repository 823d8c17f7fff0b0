# brink_unit_test(server NAME) for each source file of src/server
foreach(name admission answer call channel figures groups handover_wire limit listener_check listener_options listeners mailbox options post scarcity
        server services services_limits stats tasks threads upstream_check upstream_stats view worker)
    brink_unit_test(server ${name} support/served.c)
endforeach()
brink_unit_test(server control support/fake_group.c support/fake_sys.c)
brink_unit_test(server handover support/served.c support/succession.c support/stream_load.c)
foreach(name reload)
    brink_unit_test(server ${name} support/served.c support/reloads.c)
endforeach()
