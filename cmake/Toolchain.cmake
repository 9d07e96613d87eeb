# How everything is compiled. Sanitizers are chosen by preset through RECANT_SANITIZE.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

set(RECANT_SANITIZE "" CACHE STRING "value for -fsanitize=, empty for none")

add_library(recant_flags INTERFACE)
target_compile_options(recant_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual -Wimplicit-fallthrough
  -Werror -fno-omit-frame-pointer
  # Asio's awaitable frames have their own operator new; g++ 12 inlines it and warns falsely.
  -Wno-mismatched-new-delete
  # It takes inserting a literal into a std::string for a copy onto itself (GCC bug 105651), at -O2 only.
  -Wno-restrict)
if(RECANT_SANITIZE)
  target_compile_options(recant_flags INTERFACE -fsanitize=${RECANT_SANITIZE} -fno-sanitize-recover=all)
  target_link_options(recant_flags INTERFACE -fsanitize=${RECANT_SANITIZE})
  # The presets take clang and do not optimise, which halves the time to compile; dev and release,
  # g++'s, hold the warnings against us.
  # vptr wants type information that Debian's libsoci does not export.
  target_compile_options(recant_flags INTERFACE -w -fno-sanitize=vptr)
else()
  target_compile_options(recant_flags INTERFACE -D_GLIBCXX_ASSERTIONS -fstack-protector-strong
    $<$<CONFIG:Release>:-D_FORTIFY_SOURCE=2>)
  target_link_options(recant_flags INTERFACE -Wl,-z,relro,-z,now)
endif()

find_program(RECANT_CCACHE ccache)
if(RECANT_CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${RECANT_CCACHE})
endif()
