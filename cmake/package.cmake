# `cpack` makes a Debian package of what is installed: `./dev package`, or
# cmake --preset package && cmake --build --preset package && cpack --preset package
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME brink)
set(CPACK_PACKAGE_CONTACT "the brink authors <brink@brink.invalid>" CACHE STRING "Who answers for the package")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "relay for length-prefixed protocols that cuts no message")
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION
"brink relays protocols whose messages carry their length in front, such as
DNS over TCP, PostgreSQL, Kafka or Modbus. It knows where each message begins
and ends, so it stops, reloads and fails over between two of them, refuses
those that are too large or dripped byte by byte, and counts them.
.
It is also an echo endpoint, a load generator, and a C library for framed
servers, which is in this package, too.")
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_RELEASE 1)
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS "adduser")
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "libc-ares-dev, libjemalloc-dev, prometheus")
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_STRIP_FILES ON)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)

set(debian ${PROJECT_SOURCE_DIR}/src/app/share/debian)
file(CONFIGURE OUTPUT conffiles CONTENT "/etc/brink/brink.conf\n/etc/logrotate.d/brink\n")
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA
    ${debian}/postinst ${debian}/prerm ${debian}/postrm ${CMAKE_CURRENT_BINARY_DIR}/conffiles)
set(CPACK_PRE_BUILD_SCRIPTS ${PROJECT_SOURCE_DIR}/cmake/debian.cmake)
set(CPACK_BRINK_PREFIX ${CMAKE_INSTALL_PREFIX}) # the script wants these two
set(CPACK_BRINK_SHARE ${PROJECT_SOURCE_DIR}/src/app/share)
include(CPack)
