#include "base/connect.hpp"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <filesystem>

namespace recant {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

auto open_files() {
  const std::filesystem::directory_iterator all("/proc/self/fd");
  return std::distance(begin(all), end(all));
}

TEST(ConnectTest, ASocketThatCannotBeTakenOverIsClosed) {
  asio::io_context io;
  tcp::socket socket(io, tcp::v4());  // open already, so it takes no other
  const auto before = open_files();
  boost::system::error_code error;
  asio::co_spawn(
      io, connect_to(socket, tcp::endpoint(asio::ip::address_v4::loopback(), 1)),
      [&](const std::exception_ptr&, boost::system::error_code failed) { error = failed; });
  io.run();
  EXPECT_EQ(error, asio::error::already_open);
  EXPECT_EQ(open_files(), before);
}

}  // namespace
}  // namespace recant
