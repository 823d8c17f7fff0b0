# What `cmake --install` lays down: the program, its manual, libbrink with its headers, and what
# find_package(brink) and `pkg-config brink` need.
include(CMakePackageConfigHelpers)

install(TARGETS brink-program RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(TARGETS brink EXPORT brink-targets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/brink DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE ${PROJECT_SOURCE_DIR}/README.md ${PROJECT_SOURCE_DIR}/CHANGELOG.md
    DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(DIRECTORY ${PROJECT_SOURCE_DIR}/src/app/share/examples DESTINATION ${CMAKE_INSTALL_DOCDIR})

# What shows figures, and what alerts, for Grafana and Prometheus.
install(FILES ${PROJECT_SOURCE_DIR}/src/app/share/grafana/brink.json
    DESTINATION ${CMAKE_INSTALL_DATADIR}/brink/grafana)
install(FILES ${PROJECT_SOURCE_DIR}/src/app/share/prometheus/brink.rules.yml
    DESTINATION ${CMAKE_INSTALL_DATADIR}/brink/prometheus)

# The unit names the program where it is installed. The socket unit is an example.
file(READ ${PROJECT_SOURCE_DIR}/src/app/share/systemd/brink.service unit)
string(REPLACE "/usr/bin/brink" "${CMAKE_INSTALL_FULL_BINDIR}/brink" unit "${unit}")
file(CONFIGURE OUTPUT brink.service CONTENT "${unit}" @ONLY)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/brink.service DESTINATION lib/systemd/system)
install(FILES ${PROJECT_SOURCE_DIR}/src/app/share/systemd/brink.socket
    DESTINATION ${CMAKE_INSTALL_DOCDIR}/examples/systemd)

# The user that the unit runs as, what shells complete, what Grafana and Prometheus show of it.
set(share ${PROJECT_SOURCE_DIR}/src/app/share)
install(FILES ${share}/sysusers/brink.conf DESTINATION lib/sysusers.d)
install(FILES ${share}/completions/brink.bash DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions
    RENAME brink)
install(FILES ${share}/completions/_brink DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions)
foreach(folder grafana prometheus)
    if(EXISTS ${share}/${folder})
        install(DIRECTORY ${share}/${folder} DESTINATION ${CMAKE_INSTALL_DATADIR}/brink)
    endif()
endforeach()

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/brink)
install(EXPORT brink-targets NAMESPACE brink:: DESTINATION ${package_dir})
configure_package_config_file(cmake/brink-config.cmake.in ${CMAKE_CURRENT_BINARY_DIR}/brink-config.cmake
    INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(brink-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/brink-config.cmake ${CMAKE_CURRENT_BINARY_DIR}/brink-config-version.cmake
    DESTINATION ${package_dir})

set(BRINK_PC_REQUIRES libcares)
if(BRINK_MEMORY STREQUAL "jemalloc")
    set(BRINK_PC_REQUIRES "libcares jemalloc")
endif()
configure_file(cmake/brink.pc.in brink.pc @ONLY)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/brink.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

# The manual, where scdoc is at hand to make it.
find_program(SCDOC scdoc)
if(SCDOC)
    file(GLOB man_sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/app/share/man/*.scd)
    foreach(source ${man_sources})
        get_filename_component(page ${source} NAME_WLE)
        get_filename_component(section ${page} LAST_EXT)
        string(SUBSTRING ${section} 1 -1 section)
        set(made ${CMAKE_CURRENT_BINARY_DIR}/man/${page})
        add_custom_command(OUTPUT ${made}
            COMMAND ${CMAKE_COMMAND} -E make_directory ${CMAKE_CURRENT_BINARY_DIR}/man
            COMMAND ${SCDOC} < ${source} > ${made}
            DEPENDS ${source} VERBATIM)
        list(APPEND man_pages ${made})
        install(FILES ${made} DESTINATION ${CMAKE_INSTALL_MANDIR}/man${section})
    endforeach()
    add_custom_target(man ALL DEPENDS ${man_pages})
endif()
