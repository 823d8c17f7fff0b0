# brink_unit_test(time NAME) for each source file of src/time
brink_unit_test(time bucket)
brink_unit_test(time pace)
brink_unit_test(time wheel)
brink_unit_test(time wheel_check)
brink_unit_test(time wheel_fns)
brink_unit_test(time wheel_random)
brink_unit_test(time wheel_some)
