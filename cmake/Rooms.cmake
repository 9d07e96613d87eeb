# recant_room(NAME [ROOM dir] SOURCES … DEPENDS rooms… USES libraries…)
# One static library a room. DEPENDS (other rooms) are part of its face, USES (third parties) are not.
function(recant_room name)
  cmake_parse_arguments(ROOM "" "" "SOURCES;DEPENDS;USES" ${ARGN})
  add_library(recant_${name} STATIC ${ROOM_SOURCES})
  target_include_directories(recant_${name} PUBLIC "${CMAKE_SOURCE_DIR}/src")
  target_link_libraries(recant_${name} PRIVATE recant_flags ${ROOM_USES})
  foreach(room IN LISTS ROOM_DEPENDS)
    target_link_libraries(recant_${name} PUBLIC recant_${room})
  endforeach()
endfunction()

# recant_test(NAME SOURCES … ROOMS … LABELS …): a GoogleTest binary, registered with ctest.
# LABELS: unit (no server but, with postgresql, a PostgreSQL), redis (starts redis-servers), concurrent
# (also run under TSan), e2e, slow (minutes each; scripts/test leaves it out unless it is asked for).
# `unit_tests` and `concurrent_tests` build the binaries that carry these labels, and no others.
# It is registered once, or in N shards (SHARDS N) that ctest runs in parallel.
add_custom_target(unit_tests)
add_custom_target(concurrent_tests)
function(recant_test name)
  cmake_parse_arguments(TEST "" "SHARDS" "SOURCES;ROOMS;LABELS" ${ARGN})
  add_executable(${name} ${TEST_SOURCES})
  list(TRANSFORM TEST_ROOMS PREPEND recant_)
  target_link_libraries(${name} PRIVATE ${TEST_ROOMS} recant_flags GTest::gmock_main)
  foreach(label unit concurrent)
    if(label IN_LIST TEST_LABELS)
      add_dependencies(${label}_tests ${name})
    endif()
  endforeach()
  if(NOT TEST_SHARDS)
    set(TEST_SHARDS 1)
  endif()
  math(EXPR last "${TEST_SHARDS} - 1")
  foreach(shard RANGE ${last})
    set(test "${name}")
    if(last GREATER 0)
      set(test "${name}.${shard}")
    endif()
    add_test(NAME ${test} COMMAND ${name})
    set_tests_properties(${test} PROPERTIES LABELS "${TEST_LABELS}" TIMEOUT 300
      ENVIRONMENT "RECANT_REPOSITORY=${CMAKE_SOURCE_DIR};GTEST_TOTAL_SHARDS=${TEST_SHARDS};GTEST_SHARD_INDEX=${shard};GTEST_BRIEF=1")
  endforeach()
endfunction()

# recant_e2e_folder([LABEL label] [TIMEOUT seconds] [FIXTURES_REQUIRED …] [ENVIRONMENT …]): each
# *_e2e.py of this folder is a ctest entry, so that they run in parallel; labelled e2e if not
# otherwise. They drive the built binary with tests/e2e/harness; each starts what it needs on free
# ports and leaves nothing behind.
function(recant_e2e_folder)
  cmake_parse_arguments(E2E "" "LABEL;TIMEOUT" "FIXTURES_REQUIRED;ENVIRONMENT" ${ARGN})
  if(NOT E2E_LABEL)
    set(E2E_LABEL e2e)
  endif()
  if(NOT E2E_TIMEOUT)
    set(E2E_TIMEOUT 300)
  endif()
  find_package(Python3 3.11 REQUIRED COMPONENTS Interpreter)
  file(GLOB files RELATIVE "${CMAKE_CURRENT_SOURCE_DIR}" CONFIGURE_DEPENDS *_e2e.py)
  foreach(file IN LISTS files)
    string(REGEX REPLACE "\\.py$" "" module "${file}")
    add_test(NAME ${module}
      COMMAND ${Python3_EXECUTABLE} -B -m unittest ${module}
      WORKING_DIRECTORY "${CMAKE_CURRENT_SOURCE_DIR}")
    set_tests_properties(${module} PROPERTIES LABELS ${E2E_LABEL} TIMEOUT ${E2E_TIMEOUT}
      FIXTURES_REQUIRED "${E2E_FIXTURES_REQUIRED}"
      ENVIRONMENT "RECANT_BINARY=$<TARGET_FILE:recant>;PYTHONPATH=${CMAKE_SOURCE_DIR}/tests/e2e;${E2E_ENVIRONMENT}")
  endforeach()
endfunction()
