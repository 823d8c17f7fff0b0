# brink_unit_test(event NAME) for each source file of src/event
