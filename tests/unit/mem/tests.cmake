# brink_unit_test(mem NAME) for each source file of src/mem
