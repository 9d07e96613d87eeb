// Who called, as far as the connection tells; goes into session records and the security log.
#pragma once

#include <string>

namespace recant::service {

struct Caller {
  std::string request_id;
  std::string address;     // the client's IP address, proxies taken off
  std::string user_agent;  // as sent, at most 256 bytes
  std::string actor{};     // the admin key's name, when a machine administers
};

}  // namespace recant::service
