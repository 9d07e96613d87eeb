#include "app/port_owner.hpp"

#include <cctype>
#include <charconv>
#include <fstream>
#include <set>
#include <sstream>
#include <string>
#include <system_error>

namespace recant::app {
namespace {

namespace fs = std::filesystem;

/// The inodes of the sockets that listen on the port: proc(5), /proc/net/tcp.
void collect_inodes(const fs::path& table, std::uint16_t port, std::set<std::string>& inodes) {
  constexpr std::string_view kListening = "0A";
  std::ifstream in(table);
  std::string line;
  std::getline(in, line);  // the heading
  while (std::getline(in, line)) {
    std::istringstream fields(line);
    std::string number, local, remote, state, queues, timer, retransmit, uid, timeout, inode;
    fields >> number >> local >> remote >> state >> queues >> timer >> retransmit >> uid >>
        timeout >> inode;
    const auto colon = local.rfind(':');
    if (state != kListening || inode.empty() || colon == std::string::npos) continue;
    unsigned found = 0;
    std::from_chars(local.data() + colon + 1, local.data() + local.size(), found, 16);
    if (found == port) inodes.insert("socket:[" + inode + "]");
  }
}

bool holds_one_of(const fs::path& process, const std::set<std::string>& sockets) {
  std::error_code error;
  for (fs::directory_iterator fd(process / "fd", error), end; !error && fd != end;
       fd.increment(error)) {
    std::error_code unreadable;
    if (sockets.contains(fs::read_symlink(fd->path(), unreadable).string())) return true;
  }
  return false;
}

}  // namespace

std::optional<pid_t> port_owner(std::uint16_t port, const fs::path& proc) {
  std::set<std::string> sockets;
  collect_inodes(proc / "net/tcp", port, sockets);
  collect_inodes(proc / "net/tcp6", port, sockets);
  if (sockets.empty()) return std::nullopt;
  std::error_code error;
  for (fs::directory_iterator entry(proc, error), end; !error && entry != end;
       entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    pid_t pid = 0;
    const auto [rest, wrong] = std::from_chars(name.data(), name.data() + name.size(), pid);
    if (wrong != std::errc{} || rest != name.data() + name.size()) continue;
    if (holds_one_of(entry->path(), sockets)) return pid;
  }
  return std::nullopt;
}

}  // namespace recant::app
