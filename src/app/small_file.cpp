#include "app/small_file.hpp"

#include <utility>

#include "base/read_file.hpp"

namespace recant::app {
OrRefusal<std::string> read_small_file(const std::filesystem::path& file) {
  auto read = read_file(file);
  if (!read) return Refusal{read.error()};
  // Said in so many words: a Refusal could be made of a text as well.
  return {boost::system::in_place_value, std::move(read->bytes)};
}

}  // namespace recant::app
