# brink_unit_test(base NAME) for each source file of src/base
