# brink_unit_test(net NAME) for each source file of src/net
