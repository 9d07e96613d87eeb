# What `cmake --install` puts where, and the Debian packages that scripts/package makes of it: the
# server, the library that verifies, and what a program is built with it by. Each is a component.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

install(TARGETS recant_verifier EXPORT recant
  LIBRARY COMPONENT library NAMELINK_COMPONENT development)
install(DIRECTORY include/recant TYPE INCLUDE COMPONENT development)
set(package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/recant")
install(EXPORT recant FILE recant-config.cmake NAMESPACE recant:: DESTINATION "${package_dir}"
  COMPONENT development)
write_basic_package_version_file(recant-config-version.cmake COMPATIBILITY SameMajorVersion)
install(FILES "${CMAKE_CURRENT_BINARY_DIR}/recant-config-version.cmake"
  DESTINATION "${package_dir}" COMPONENT development)
# Relative to itself, so that what is installed may be moved.
file(RELATIVE_PATH pc_prefix "/prefix/${CMAKE_INSTALL_LIBDIR}/pkgconfig" /prefix)
configure_file(cmake/recant.pc.in recant.pc @ONLY)
install(FILES "${CMAKE_CURRENT_BINARY_DIR}/recant.pc"
  DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig" COMPONENT development)
set(components library development)

if(RECANT_SERVER)
  install(TARGETS recant RUNTIME COMPONENT server)
  install(FILES README.md CHANGELOG.md DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT server)
  install(FILES packaging/debian/copyright DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT server)
  install(DIRECTORY docs/ DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT server
    FILES_MATCHING PATTERN *.md)
  install(FILES packaging/systemd/credentials.conf packaging/grafana/recant.json
    packaging/prometheus/recant.rules.yml DESTINATION ${CMAKE_INSTALL_DOCDIR}/examples
    COMPONENT server)

  # The rest depends on the prefix, which is known only then.
  install(CODE "set(recant_source [[${CMAKE_SOURCE_DIR}]])" COMPONENT server)
  install(CODE "set(recant_binary [[$<TARGET_FILE:recant>]])" COMPONENT server)
  install(SCRIPT cmake/install_service.cmake COMPONENT server)
  list(APPEND components server)
endif()
# Before 1.0 a minor version may change what programs were built against, and so has a name of its own.
set(library_package "librecant${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR}")
foreach(package "${library_package}" librecant-dev)
  string(REGEX REPLACE "^.*-dev$" development component "${package}")
  string(REGEX REPLACE "^librecant[0-9.]+$" library component "${component}")
  install(FILES packaging/debian/copyright DESTINATION "${CMAKE_INSTALL_DATADIR}/doc/${package}"
    COMPONENT ${component})
endforeach()

set(CPACK_GENERATOR DEB)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_COMPONENTS_ALL ${components})
set(CPACK_COMPONENTS_GROUPING IGNORE)
set(CPACK_SET_DESTDIR ON)
set(CPACK_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_PACKAGE_CONTACT "The Recant developers")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "takes JWTs back: sessions, refresh tokens and revocation on Redis")
set(CPACK_COMPONENT_SERVER_DESCRIPTION
  "Signs users in, checks, refreshes and revokes their JSON Web Tokens by the well-known recipe on Redis
 (blacklist by jti, whitelist, rotating refresh tokens), as a server with a command line.")
set(CPACK_COMPONENT_LIBRARY_DESCRIPTION
  "Judges JSON Web Tokens in a program's own process, and whether one was taken back, on Redis.")
set(CPACK_COMPONENT_DEVELOPMENT_DESCRIPTION
  "Headers of librecant in C++17 and C, and what CMake and pkg-config know of it.")
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)

set(CPACK_DEBIAN_SERVER_PACKAGE_NAME recant)
set(CPACK_DEBIAN_SERVER_PACKAGE_SECTION net)
set(CPACK_DEBIAN_SERVER_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_SERVER_PACKAGE_DEPENDS adduser)
set(CPACK_DEBIAN_SERVER_PACKAGE_RECOMMENDS "redis-server, ca-certificates")
foreach(file conffiles postinst postrm prerm)
  list(APPEND CPACK_DEBIAN_SERVER_PACKAGE_CONTROL_EXTRA "${CMAKE_SOURCE_DIR}/packaging/debian/${file}")
endforeach()

set(CPACK_DEBIAN_LIBRARY_PACKAGE_NAME "${library_package}")
set(CPACK_DEBIAN_LIBRARY_PACKAGE_SECTION libs)
set(CPACK_DEBIAN_LIBRARY_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_LIBRARY_PACKAGE_RECOMMENDS ca-certificates)
set(CPACK_DEBIAN_LIBRARY_PACKAGE_CONTROL_EXTRA "${CMAKE_SOURCE_DIR}/packaging/debian/triggers")

set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_NAME librecant-dev)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_DEPENDS
  "${library_package} (= ${PROJECT_VERSION})")
include(CPack)
