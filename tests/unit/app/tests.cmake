# brink_unit_test(app NAME) for each source file of src/app
foreach(name IN ITEMS admin admin_escape admin_fields admin_figure admin_json
        admin_metrics admin_snapshot arguments check client clock command demo demo_load demo_report frame frame_explain
        frame_list frame_scan histogram latency layout_text listen_fds load load_connection load_json load_options
        load_reply load_report load_run load_schedule load_sizes load_tape load_thread load_trouble
        load_work log_file log_json logfmt logger manager notify options picture ping ping_options probe
        repeats request run scan serve service signals stats_log)
    brink_unit_test(app ${name} support/served.c)
    target_link_libraries(test_app_${name} PRIVATE brink-app m)
endforeach()
# argp is the C library's, which MSan has not instrumented, nor has it libmicrohttpd.
if(BRINK_SANITIZE STREQUAL "memory")
    set_tests_properties(unit.app.admin unit.app.check unit.app.load unit.app.options unit.app.ping unit.app.run PROPERTIES DISABLED TRUE)
endif()
