#include "base/connect.hpp"

#include <gtest/gtest.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <cerrno>
#include <cstddef>
#include <filesystem>
#include <thread>

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

/// For the calling thread, for ever, there is no IPv6: as on a machine that was booted without.
bool live_without_ipv6() {
  sock_filter program[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_socket, 0, 3),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, args[0])),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AF_INET6, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EAFNOSUPPORT),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const sock_fprog filter{std::size(program), program};
  return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0;
}

boost::system::error_code connect_to_all(const std::vector<tcp::endpoint>& endpoints) {
  asio::io_context io;
  tcp::socket socket(io);
  boost::system::error_code error;
  asio::co_spawn(
      io, connect_to_any(socket, endpoints),
      [&](const std::exception_ptr&, boost::system::error_code failed) { error = failed; });
  io.run();
  return error;
}

TEST(ConnectTest, AKindOfAddressThatThisMachineDoesNotHaveIsPassedOver) {
  asio::io_context io;
  const tcp::acceptor site(io, tcp::endpoint(asio::ip::address_v4::loopback(), 0));
  const tcp::endpoint other(asio::ip::address_v6::loopback(), site.local_endpoint().port());
  std::jthread([&] {
    ASSERT_TRUE(live_without_ipv6());
    EXPECT_EQ(connect_to_all({other}), asio::error::address_family_not_supported);
    EXPECT_FALSE(connect_to_all({other, site.local_endpoint()}));
    const tcp::endpoint nobody(asio::ip::make_address("127.0.0.2"), other.port());
    for (const auto& both : {std::vector{nobody, other}, std::vector{other, nobody}}) {
      EXPECT_EQ(connect_to_all(both), asio::error::connection_refused);
    }
  }).join();
}

TEST(ConnectTest, AnAddressThatAnswersIsTriedAfterOneThatDoesNot) {
  asio::io_context io;
  const tcp::acceptor site(io, tcp::endpoint(asio::ip::address_v4::loopback(), 0));
  const tcp::endpoint nobody(asio::ip::make_address("127.0.0.2"), site.local_endpoint().port());
  EXPECT_EQ(connect_to_all({nobody}), asio::error::connection_refused);
  EXPECT_FALSE(connect_to_all({nobody, site.local_endpoint()}));
  EXPECT_EQ(connect_to_all({}), asio::error::not_found);
}

}  // namespace
}  // namespace recant
