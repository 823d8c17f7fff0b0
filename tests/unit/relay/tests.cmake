# brink_unit_test(relay NAME) for each source file of src/relay
foreach(name application couple deadline drain echo endpoint flow pair reason report service session)
    brink_unit_test(relay ${name} support/rig.c)
endforeach()
