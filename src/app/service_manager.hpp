// Tells whoever started this process, systemd most often, how far it is: one datagram of
// NAME=value lines to the socket that NOTIFY_SOCKET names (sd_notify(3), which says that a program
// may well speak this protocol itself). Without that variable nothing is told to anybody.
//
// Stateless but for the address; not thread-safe. What cannot be sent is not sent again: a manager
// that does not listen is no reason not to serve.
#pragma once

#include <string>
#include <string_view>

namespace recant::app {

class ServiceManager {
 public:
  /// `address`: the value of NOTIFY_SOCKET; a path, or @ and a name in the abstract space.
  explicit ServiceManager(std::string address) : address_(std::move(address)) {}

  /// It listens. `status` is for people (systemctl status), as it is in each of these.
  void ready(std::string_view status) const;
  /// It listens as before, and something about that has changed.
  void tell(std::string_view status) const;
  void stopping(std::string_view status) const;

 private:
  void send(std::string_view state, std::string_view status) const;
  std::string address_;
};

}  // namespace recant::app
