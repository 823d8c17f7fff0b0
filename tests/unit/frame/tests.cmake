# brink_unit_test(frame NAME) for each source file of src/frame
