# Run by cpack before it packs: what is installed as Debian wants it (Debian policy, chapters 9, 10
# and 12): compressed manuals, a copyright, changelogs, configuration files.
if(NOT CPACK_BRINK_PREFIX STREQUAL "/usr")
    message(FATAL_ERROR "this build is for ${CPACK_BRINK_PREFIX}; a package is for /usr: cmake --preset package")
endif()
set(root ${CPACK_TEMPORARY_INSTALL_DIRECTORY})
set(share ${CPACK_BRINK_SHARE})
set(doc ${root}/usr/share/doc/brink)

file(COPY ${share}/debian/brink.conf DESTINATION ${root}/etc/brink)
file(COPY ${share}/debian/logrotate DESTINATION ${root}/etc/logrotate.d)
file(RENAME ${root}/etc/logrotate.d/logrotate ${root}/etc/logrotate.d/brink)
file(COPY ${share}/debian/copyright DESTINATION ${doc})
file(REMOVE ${doc}/LICENSE)

# SOURCE_DATE_EPOCH, where it is set, makes the package the same each time.
string(TIMESTAMP CPACK_DEBIAN_DATE "%a, %d %b %Y %H:%M:%S +0000" UTC)
set(CPACK_DEBIAN_PACKAGE_VERSION ${CPACK_PACKAGE_VERSION})
set(CPACK_DEBIAN_PACKAGE_MAINTAINER ${CPACK_PACKAGE_CONTACT})
configure_file(${share}/debian/changelog.in ${doc}/changelog.Debian @ONLY)
file(RENAME ${doc}/CHANGELOG.md ${doc}/changelog)

file(GLOB manuals ${root}/usr/share/man/man*/*.[0-9])
execute_process(COMMAND gzip -9n ${manuals} ${doc}/changelog ${doc}/changelog.Debian COMMAND_ERROR_IS_FATAL ANY)

# Debian's zsh looks there.
file(MAKE_DIRECTORY ${root}/usr/share/zsh/vendor-completions)
file(RENAME ${root}/usr/share/zsh/site-functions/_brink ${root}/usr/share/zsh/vendor-completions/_brink)
file(REMOVE_RECURSE ${root}/usr/share/zsh/site-functions)
