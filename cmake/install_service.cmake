# Run by `cmake --install`: the unit and the configuration, which name the places that they are
# installed to, and what the program itself writes: its manual and the completion of shells.
if(CMAKE_INSTALL_PREFIX STREQUAL "/usr")
  set(sysconfdir /etc)  # FHS 3.0, 4.1: /usr has no etc
else()
  set(sysconfdir "${CMAKE_INSTALL_PREFIX}/etc")
endif()
set(bindir "${CMAKE_INSTALL_PREFIX}/bin")
set(share "${CMAKE_INSTALL_PREFIX}/share")
string(RANDOM name)
set(made "$ENV{TMPDIR}")
if(NOT made)
  set(made /tmp)
endif()
set(made "${made}/recant-install-${name}")
file(MAKE_DIRECTORY "${made}/man")

execute_process(COMMAND "${recant_binary}" man --out "${made}/man" OUTPUT_QUIET COMMAND_ERROR_IS_FATAL ANY)
foreach(shell bash zsh fish)
  execute_process(COMMAND "${recant_binary}" completion ${shell} OUTPUT_FILE "${made}/${shell}"
    COMMAND_ERROR_IS_FATAL ANY)
endforeach()
configure_file("${recant_source}/packaging/systemd/recant.service.in" "${made}/recant.service" @ONLY)

file(INSTALL "${made}/man/" DESTINATION "${share}/man/man1")
file(INSTALL "${made}/bash" DESTINATION "${share}/bash-completion/completions" RENAME recant)
file(INSTALL "${made}/zsh" DESTINATION "${share}/zsh/vendor-completions" RENAME _recant)
file(INSTALL "${made}/fish" DESTINATION "${share}/fish/vendor_completions.d" RENAME recant.fish)
file(INSTALL "${made}/recant.service" DESTINATION "${CMAKE_INSTALL_PREFIX}/lib/systemd/system")
# Yours, once it is there.
if(NOT EXISTS "$ENV{DESTDIR}${sysconfdir}/recant/recant.toml")
  file(INSTALL "${recant_source}/packaging/recant.toml" DESTINATION "${sysconfdir}/recant")
endif()
file(REMOVE_RECURSE "${made}")
