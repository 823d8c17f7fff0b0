# brink_unit_test(server NAME) for each source file of src/server
foreach(name groups limit listener_check listener_options listeners mailbox options post server services stats threads upstream_check view worker)
    brink_unit_test(server ${name} support/served.c)
endforeach()
brink_unit_test(server control support/fake_group.c support/fake_sys.c)
