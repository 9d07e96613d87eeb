// Lists: as a table that fits the terminal, or as JSON lines; page after page, so that a list of
// any length is shown from its first entries on and held in memory one page at a time.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/json.hpp"
#include "cli/remote.hpp"

namespace recant::cli {

struct Column {
  std::string title;
  std::function<std::string(const json::Value& entry)> cell;
  /// Gives way first when the terminal is narrow; the others keep their width as long as they can.
  bool gives_way = false;
};

struct Listing {
  std::string path;    // "/v1/admin/users"
  std::string member;  // of the answer: "users"
  std::string one, many;
  std::vector<Column> columns;
  /// A member of the answer beside its list. In JSON it stands in each line: there is no other.
  std::string of_all{};
};

/// The option --json, as every command has it.
Option json_option();

/// Exit code.
int print_list(Remote& remote, const Listing& listing, const Arguments& arguments,
               const Streams& streams);

/// The entries of one answer, which is the whole list. Exit code.
int print_entries(Remote& remote, const Listing& listing, const json::Value& answer,
                  const Arguments& arguments, const Streams& streams);

// Cells.
std::string text_cell(const json::Value& entry, const char* member);
/// A time of the server as a table shows it; "-" where there is none.
std::string time_cell(const json::Value& entry, const char* member);

}  // namespace recant::cli
