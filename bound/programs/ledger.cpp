#include "ledger.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace recant::bound {

void* map_file(const std::string& path, std::size_t bytes) {
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);  // NOLINT(*-vararg)
  if (file < 0 || ::ftruncate(file, static_cast<off_t>(bytes)) != 0) {
    throw std::system_error(errno, std::generic_category(), path);
  }
  void* memory = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  if (memory == MAP_FAILED) throw std::system_error(errno, std::generic_category(), path);
  ::close(file);
  return memory;
}

Ledger::Ledger(const std::string& record, const std::string& acknowledged, milliseconds bound)
    : record_(*static_cast<Record*>(map_file(record, sizeof(Record)))),
      acknowledged_(*static_cast<Acknowledged*>(map_file(acknowledged, sizeof(Acknowledged)))),
      bound_(bound) {}

Ledger::Count Ledger::count_of(verify::Verdict verdict, verify::Source source) {
  switch (verdict) {
    case verify::Verdict::valid:
      return source == verify::Source::cache ? from_cache : from_redis;
    case verify::Verdict::revoked:
      return revoked;
    case verify::Verdict::invalid:
      return invalid;
    case verify::Verdict::unavailable:
      break;
  }
  return unavailable;
}

void Ledger::told(std::size_t token, SteadyInstant began, verify::Verdict verdict,
                  verify::Source source) {
  const auto then = std::chrono::nanoseconds(began.time_since_epoch()).count();
  auto& entry = record_.tokens.at(token);
  const bool accepted = verdict == verify::Verdict::valid;
  if (accepted) {
    entry.accepted = then;
    entry.refused = 0;
    entry.found_revoked = 0;
  } else {
    if (entry.refused == 0) entry.refused = then;
    if (verdict == verify::Verdict::revoked && entry.found_revoked == 0) entry.found_revoked = then;
  }
  count(count_of(verdict, source));
  const auto revoked_at = acknowledged_.at(token).load();
  if (revoked_at == 0 || then < revoked_at + bound_.count()) return;
  count(late);
  if (accepted) count(late_accepted);
}

}  // namespace recant::bound
