# brink_unit_test(config NAME) for each source file of src/config
foreach(name IN ITEMS access_log admin check circle config dump frame host key lexer listener memory overlap payload problems template tree
        units upstream value)
    brink_unit_test(config ${name})
    target_link_libraries(test_config_${name} PRIVATE brink-config)
endforeach()
