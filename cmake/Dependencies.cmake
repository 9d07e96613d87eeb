# Everything comes from Debian 12's own packages (scripts/packages/*).
find_package(Threads REQUIRED)
find_package(Boost 1.81 REQUIRED)  # its headers; JSON and URL are compiled in src/base
find_package(OpenSSL 3 REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(sodium REQUIRED IMPORTED_TARGET libsodium)
if(RECANT_SERVER)
  find_package(CLI11 REQUIRED)
  find_package(tomlplusplus REQUIRED)
  find_package(spdlog REQUIRED)
  find_package(prometheus-cpp REQUIRED COMPONENTS core)
  pkg_check_modules(utf8proc REQUIRED IMPORTED_TARGET libutf8proc)
  pkg_check_modules(sqlite3 REQUIRED IMPORTED_TARGET sqlite3)
  pkg_check_modules(libpq REQUIRED IMPORTED_TARGET libpq)
  find_package(SOCI REQUIRED)
endif()

# Asio is compiled once, in src/base/asio.cpp; every user sees declarations only.
add_library(recant_asio INTERFACE)
target_compile_definitions(recant_asio INTERFACE
  BOOST_ASIO_SEPARATE_COMPILATION BOOST_ASIO_NO_DEPRECATED BOOST_ASIO_DISABLE_BOOST_COROUTINE
  BOOST_BEAST_SEPARATE_COMPILATION)
target_link_libraries(recant_asio INTERFACE Boost::headers Threads::Threads)
