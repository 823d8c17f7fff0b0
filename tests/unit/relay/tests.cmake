# brink_unit_test(relay NAME) for each source file of src/relay, and scarcity: what memory has to do with it
foreach(name application couple deadline drain drain_cut drain_idle echo endpoint flow longest meter pair reading reason report scarcity service session sources standing)
    brink_unit_test(relay ${name} support/rig.c)
endforeach()
foreach(name access answers dialing drain_server goodbye greeting greeting_send greeting_trust leave no_memory patience redial rehome stay waiting)
    brink_unit_test(relay ${name} support/rig.c support/servers.c)
endforeach()
