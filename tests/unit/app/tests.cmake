# brink_unit_test(app NAME) for each source file of src/app
foreach(name IN ITEMS arguments client clock command demo demo_report frame frame_explain frame_list
        frame_scan latency layout_text load logger options picture ping ping_options request scan serve
        signals units)
    brink_unit_test(app ${name})
    target_link_libraries(test_app_${name} PRIVATE brink-app m)
endforeach()
