# cmake -DFOLDER=… -DTEMPLATE=… -DOUTPUT=… -P EmbedScripts.cmake
# Embeds Lua scripts into a .cpp, each as: its first line (`#!lua …`), the prelude, what else it
# needs, the rest.
# In the order of redis::Scripts, whose members are named like the files.
set(names open_session rotate_refresh close_session blacklist_session revoke_subject tidy_sessions
  tidy_whitelist revoke_all revoke_token missing_rights claim_key_form convert_keys publish_policy throttle_login
  probe)
set(open_session_needs session_limit)

file(READ "${FOLDER}/prelude.lua" prelude)
set(RECANT_EMBEDDED_SCRIPTS "")
foreach(name IN LISTS names)
  file(READ "${FOLDER}/${name}.lua" script)
  if(NOT script MATCHES "^#!lua[^\n]*\n")
    message(FATAL_ERROR "${name}.lua: the first line must be `#!lua`, with flags or without")
  endif()
  set(shared "${prelude}")
  foreach(needed IN LISTS ${name}_needs)
    file(READ "${FOLDER}/${needed}.lua" more)
    string(APPEND shared "${more}")
  endforeach()
  string(FIND "${script}" "\n" end)
  math(EXPR begin_of_rest "${end} + 1")
  string(SUBSTRING "${script}" 0 ${begin_of_rest} first_line)
  string(SUBSTRING "${script}" ${begin_of_rest} -1 rest)
  string(APPEND RECANT_EMBEDDED_SCRIPTS
    "      .${name} = Script(R\"LUA(${first_line}${shared}${rest})LUA\"),\n")
endforeach()
file(READ "${TEMPLATE}" template)
string(CONFIGURE "${template}" embedded @ONLY)
file(WRITE "${OUTPUT}" "${embedded}")
