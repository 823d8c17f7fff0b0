# brink_unit_test(server NAME) for each source file of src/server
