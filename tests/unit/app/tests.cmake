# brink_unit_test(FOLDER NAME) for each source file of src/app
function(brink_app_tests folder)
    foreach(name IN LISTS ARGN)
        brink_unit_test(${folder} ${name} support/served.c)
        string(REPLACE "/" "_" target test_${folder}_${name})
        target_link_libraries(${target} PRIVATE brink-app m)
    endforeach()
endfunction()
brink_app_tests(app
    arguments
    client
    clock
    command
    request)
brink_app_tests(app/admin
    admin
    answer
    clients
    door
    escape
    fields
    figure
    json
    measured
    metrics
    operate
    place
    program
    request
    snapshot
    trust
    work)
foreach(name door trust)
    target_sources(test_app_admin_${name} PRIVATE ${CMAKE_CURRENT_SOURCE_DIR}/support/fake_sys.c)
endforeach()
brink_app_tests(app/check
    check)
brink_app_tests(app/control
    control
    http
    options
    show
    table
    target
    value)
brink_app_tests(app/demo
    demo
    load
    picture
    report)
brink_app_tests(app/frame
    explain
    frame
    layout_text
    list
    scan
    scan_file)
brink_app_tests(app/load
    connection
    histogram
    json
    latency
    load
    options
    reply
    report
    run
    schedule
    sizes
    tape
    thread
    trouble
    work)
brink_app_tests(app/log
    access_lines
    figures
    file
    json
    logfmt
    logger
    output
    recent
    repeats
    template)
brink_app_tests(app/ping
    options
    ping
    probe)
brink_app_tests(app/sandbox
    landlock
    paths
    reads
    sandbox
    seccomp
    user)
brink_app_tests(app/serve
    operator
    options
    reload
    run
    serve
    lines
    service
    signals
    stopping)
brink_app_tests(app/systemd
    listen_fds
    manager
    notify)
brink_app_tests(app/top
    options
    rows
    sample
    screen
    top
    view)
brink_app_tests(app/upgrade
    inheritance
    launch
    launcher
    program
    succession
    upgrade)
# argp is the C library's, which MSan has not instrumented, nor has it libmicrohttpd, libcurl, jansson
# and ncurses.
if(BRINK_SANITIZE STREQUAL "memory")
    set_tests_properties(
        unit.app.admin.admin
        unit.app.admin.answer
        unit.app.check.check
        unit.app.control.control
        unit.app.control.http
        unit.app.control.options
        unit.app.control.show
        unit.app.control.value
        unit.app.load.load
        unit.app.ping.ping
        unit.app.serve.options
        unit.app.serve.run
        unit.app.top.options
        unit.app.top.rows
        unit.app.top.sample
        unit.app.top.screen
        unit.app.top.top
        unit.app.top.view
        PROPERTIES DISABLED TRUE)
endif()
# Nor has it libseccomp; and valgrind knows no filters, and trips over the calls that are denied.
if(BRINK_SANITIZE STREQUAL "memory" OR CMAKE_CROSSCOMPILING_EMULATOR MATCHES valgrind)
    set_tests_properties(unit.app.sandbox.sandbox unit.app.sandbox.seccomp PROPERTIES DISABLED TRUE)
endif()
