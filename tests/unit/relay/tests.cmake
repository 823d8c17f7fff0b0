# brink_unit_test(relay NAME) for each source file of src/relay, and scarcity: what memory has to do with it
foreach(name adopt application couple deadline drain echo endpoint flow handover longest meter pair parcel reading reason report scarcity service session sources)
    brink_unit_test(relay ${name} support/rig.c)
endforeach()
foreach(name access answers dialing ending figures goodbye greeting greeting_send greeting_trust leave no_memory patience redial rehome stay waiting)
    brink_unit_test(relay ${name} support/rig.c support/servers.c)
endforeach()
