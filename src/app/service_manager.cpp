#include "app/service_manager.hpp"

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/datagram_protocol.hpp>

namespace recant::app {
namespace {

namespace local = boost::asio::local;

/// The kernel marks a name in the abstract space by a NUL where the variable has an @.
std::string as_kernel_writes(std::string address) {
  if (address.starts_with('@')) address.front() = '\0';
  return address;
}

bool names_a_socket(const std::string& address) {
  const local::datagram_protocol::endpoint longest;
  return (address.starts_with('/') || address.starts_with('@')) && address.size() > 1 &&
         address.size() < longest.capacity();
}

/// A line break would begin another assignment.
std::string on_one_line(std::string_view text) {
  std::string line(text);
  std::replace(line.begin(), line.end(), '\n', ' ');
  return line;
}

}  // namespace

void ServiceManager::ready(std::string_view status) const { send("READY=1\n", status); }
void ServiceManager::tell(std::string_view status) const { send("", status); }
void ServiceManager::stopping(std::string_view status) const { send("STOPPING=1\n", status); }

void ServiceManager::send(std::string_view state, std::string_view status) const {
  if (!names_a_socket(address_)) return;
  const std::string message = std::string(state) + "STATUS=" + on_one_line(status) + '\n';
  boost::asio::io_context io;
  local::datagram_protocol::socket socket(io);
  boost::system::error_code ignored;
  socket.open({}, ignored);
  socket.non_blocking(true, ignored);  // one that does not read is not waited for
  socket.send_to(boost::asio::buffer(message),
                 local::datagram_protocol::endpoint(as_kernel_writes(address_)), 0, ignored);
}

}  // namespace recant::app
