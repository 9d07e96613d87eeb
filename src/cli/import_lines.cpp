#include "cli/import_lines.hpp"

namespace recant::cli {

bool ImportLines::read_part() {
  in_.getline(buffer_.data(), static_cast<std::streamsize>(buffer_.size()));
  const auto taken = static_cast<std::size_t>(in_.gcount());
  bytes_ += taken;
  part_ = {};
  continues_ = false;
  if (taken == 0) return false;
  // A full buffer without a line's end counts as a failure, which it is none.
  continues_ = in_.fail() && taken == buffer_.size() - 1;
  if (continues_) in_.clear(in_.rdstate() & ~std::ios::failbit);
  const bool has_end = !continues_ && !in_.eof();
  part_ = std::string_view(buffer_.data(), taken - (has_end ? 1 : 0));
  return true;
}

std::string_view ImportLines::rest() {
  if (!continues_ || !read_part()) return {};
  return part_;
}

bool ImportLines::next(Line& line) {
  while (!rest().empty()) {
  }
  while (read_part()) {
    line.number = ++number_;
    std::string_view text = part_;
    if (number_ == 1 && text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
    if (!continues_ && text.ends_with('\r')) text.remove_suffix(1);
    const auto first = text.find_first_not_of(" \t");
    const bool holds_something = first == std::string_view::npos ? continues_ : text[first] != '#';
    if (holds_something) {
      line.text = text;
      return true;
    }
    while (!rest().empty()) {
    }
  }
  return false;
}

}  // namespace recant::cli
