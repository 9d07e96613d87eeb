# What `cmake --install` puts where, and the Debian package that scripts/package makes of it.
include(GNUInstallDirs)

install(TARGETS recant RUNTIME)
install(FILES README.md CHANGELOG.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(FILES packaging/debian/copyright DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(DIRECTORY docs/ DESTINATION ${CMAKE_INSTALL_DOCDIR} FILES_MATCHING PATTERN *.md)
install(FILES packaging/systemd/credentials.conf packaging/grafana/recant.json
  packaging/prometheus/recant.rules.yml DESTINATION ${CMAKE_INSTALL_DOCDIR}/examples)

# The rest depends on the prefix, which is known only then.
install(CODE "set(recant_source [[${CMAKE_SOURCE_DIR}]])")
install(CODE "set(recant_binary [[$<TARGET_FILE:recant>]])")
install(SCRIPT cmake/install_service.cmake)

set(CPACK_GENERATOR DEB)
set(CPACK_SET_DESTDIR ON)
set(CPACK_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_PACKAGE_CONTACT "The Recant developers")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "takes JWTs back: sessions, refresh tokens and revocation on Redis")
set(CPACK_PACKAGE_DESCRIPTION
  "Signs users in, checks, refreshes and revokes their JSON Web Tokens by the well-known recipe on Redis
 (blacklist by jti, whitelist, rotating refresh tokens), as a server with a command line.")
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS adduser)
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "redis-server, ca-certificates")
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
foreach(file conffiles postinst postrm prerm)
  list(APPEND CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA "${CMAKE_SOURCE_DIR}/packaging/debian/${file}")
endforeach()
include(CPack)
