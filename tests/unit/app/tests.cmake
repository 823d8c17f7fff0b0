# brink_unit_test(app NAME) for each source file of src/app
