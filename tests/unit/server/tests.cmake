# brink_unit_test(server NAME) for each source file of src/server
foreach(name limit listener_options mailbox options post server sources stats worker)
    brink_unit_test(server ${name} support/served.c)
endforeach()
