#include "cli/listing.hpp"

#include <algorithm>
#include <ostream>
#include <utility>

#include "cli/text.hpp"
#include "cli/times.hpp"
#include "http/server_url.hpp"

namespace recant::cli {
namespace {

constexpr std::size_t kPage = 100;  // the most that a server gives at a time
constexpr std::size_t kGap = 2;
constexpr std::size_t kNarrowest = 6;  // of a column that gives way

/// Prints rows; its widths come from the first page and hold for all, so that columns stay put.
class Table {
 public:
  Table(const std::vector<Column>& columns, const Streams& streams)
      : columns_(columns), streams_(streams) {}

  void print(const json::Array& entries) {
    std::vector<std::vector<std::string>> rows;
    for (const json::Value& entry : entries) {
      std::vector<std::string> cells;
      for (const Column& column : columns_) cells.push_back(printable(column.cell(entry)));
      rows.push_back(std::move(cells));
    }
    if (widths_.empty()) begin(rows);
    for (const auto& row : rows) streams_.out << line_of(row) << '\n';
    streams_.out << std::flush;
  }

 private:
  void begin(const std::vector<std::vector<std::string>>& rows) {
    std::vector<std::string> titles;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      titles.push_back(columns_[i].title);
      widths_.push_back(width_of(columns_[i].title));
      for (const auto& row : rows) widths_[i] = std::max(widths_[i], width_of(row[i]));
    }
    if (streams_.terminal.out) fit(streams_.terminal.columns);
    streams_.out << bold(line_of(titles)) << '\n';
  }

  /// Those that give way shrink first, then the widest of all, until the line fits.
  void fit(std::size_t available) {
    for (const bool all : {false, true}) {
      while (total() > available) {
        std::size_t widest = columns_.size();
        for (std::size_t i = 0; i < columns_.size(); ++i) {
          if (!all && !columns_[i].gives_way) continue;
          if (widths_[i] <= kNarrowest) continue;
          if (widest == columns_.size() || widths_[i] > widths_[widest]) widest = i;
        }
        if (widest == columns_.size()) break;
        --widths_[widest];
      }
    }
  }

  std::size_t total() const {
    std::size_t sum = kGap * (widths_.size() - 1);
    for (const std::size_t width : widths_) sum += width;
    return sum;
  }

  std::string bold(const std::string& text) const {
    return streams_.terminal.colour ? "\x1b[1m" + text + "\x1b[0m" : text;
  }

  std::string line_of(const std::vector<std::string>& cells) const {
    std::string line;
    for (std::size_t i = 0; i < cells.size(); ++i) {
      // Into a file or a pipe nothing is cut: columns may get ragged, but no name is lost.
      line += streams_.terminal.out || width_of(cells[i]) <= widths_[i]
                  ? fitted(cells[i], widths_[i])
                  : cells[i];
      line.append(kGap, ' ');
    }
    line.erase(line.find_last_not_of(' ') + 1);
    return line;
  }

  const std::vector<Column>& columns_;
  const Streams& streams_;
  std::vector<std::size_t> widths_;
};

void print_lines(const json::Array& entries, const json::Member* of_all, const Streams& streams) {
  for (const json::Value& entry : entries) {
    if (of_all != nullptr && entry.as_object() != nullptr) {
      json::Object line = *entry.as_object();
      line.set(of_all->name, of_all->value);
      streams.out << json::serialize(line) << '\n';
    } else {
      streams.out << json::serialize(entry) << '\n';
    }
  }
  streams.out << std::flush;
}

/// Prints the lists of answers, one after the other.
class Printer {
 public:
  Printer(Remote& remote, const Listing& listing, const Arguments& arguments,
          const Streams& streams)
      : remote_(remote),
        listing_(listing),
        as_json_(arguments.has("--json")),
        streams_(streams),
        table_(listing.columns, streams) {}

  /// False when the answer holds no such list, which has been said.
  bool print(const json::Value& answer) {
    const json::Value* member = answer.find(listing_.member);
    const json::Array* entries = member != nullptr ? member->as_array() : nullptr;
    if (entries == nullptr) {
      remote_.fail(kUnavailable, "the server's answer has no " + listing_.member + ".");
      return false;
    }
    if (as_json_) {
      const json::Value* value = answer.find(listing_.of_all);
      const json::Member of_all{listing_.of_all, value != nullptr ? *value : json::Value()};
      print_lines(*entries, listing_.of_all.empty() ? nullptr : &of_all, streams_);
    } else if (!entries->empty()) {
      table_.print(*entries);
    }
    shown_ += entries->size();
    return true;
  }

  void tell_progress() {
    if (streams_.terminal.out) return;  // the entries themselves show that it goes on
    std::string text = counted(shown_, listing_.one, listing_.many) + " so far";
    remote_.progress().show(text);
    remote_.busy_with(std::move(text));  // while the next page is waited for
  }

  int end() {
    remote_.progress().clear();
    if (shown_ == 0 && !as_json_) streams_.err << "There are no " << listing_.many << ".\n";
    return kDone;
  }

 private:
  Remote& remote_;
  const Listing& listing_;
  const bool as_json_;
  const Streams& streams_;
  Table table_;
  std::uint64_t shown_ = 0;
};

}  // namespace

Option json_option() { return {"--json", "", "Print JSON, one object a line."}; }

int print_entries(Remote& remote, const Listing& listing, const json::Value& answer,
                  const Arguments& arguments, const Streams& streams) {
  Printer printer(remote, listing, arguments, streams);
  return printer.print(answer) ? printer.end() : kUnavailable;
}

int print_list(Remote& remote, const Listing& listing, const Arguments& arguments,
               const Streams& streams) {
  Printer printer(remote, listing, arguments, streams);
  std::string after;
  for (;;) {
    std::string path = listing.path + "?limit=" + std::to_string(kPage);
    if (!after.empty()) path += "&after=" + http::encode_segment(after);
    const auto body = remote.ask("GET", std::move(path));
    if (!body) return body.error().exit_code;
    if (!printer.print(*body)) return kUnavailable;
    if (!streams.out) return kDone;  // main() tells that not everything could be written
    printer.tell_progress();
    const std::string* next = body->string("next");
    if (next == nullptr || next->empty()) return printer.end();
    if (*next == after) {
      return remote.fail(kUnavailable, "the server's pages go in a circle.").exit_code;
    }
    after = *next;
  }
}

std::string text_cell(const json::Value& entry, const char* member) {
  const std::string* text = entry.string(member);
  return text == nullptr || text->empty() ? "-" : *text;
}

std::string time_cell(const json::Value& entry, const char* member) {
  const std::string* text = entry.string(member);
  const auto instant = text != nullptr ? parse_time(*text) : std::nullopt;
  return instant ? short_time(*instant) : "-";
}

}  // namespace recant::cli
