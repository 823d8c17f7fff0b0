# brink_unit_test(sys NAME) for each source file of src/sys
brink_unit_test(sys sys)
brink_unit_test(sys files)
brink_unit_test(sys pass)
