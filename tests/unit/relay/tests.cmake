# brink_unit_test(relay NAME) for each source file of src/relay
