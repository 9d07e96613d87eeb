#include "app/toml_file.hpp"

#include <toml++/toml.h>

#include <algorithm>
#include <utility>

namespace recant::app {
namespace {

std::string at_line(const std::string& name, const toml::source_position& position) {
  return name + ", line " + std::to_string(position.line);
}

RawValue raw_value(const toml::node& node) {
  if (const auto* text = node.as_string()) return text->get();
  if (const auto* number = node.as_integer()) return number->get();
  if (const auto* flag = node.as_boolean()) return flag->get();
  if (node.is_table()) return Other{"a table"};
  if (node.is_floating_point()) return Other{"a number with a fraction"};
  const auto* array = node.as_array();
  if (array == nullptr) return Other{"a date or a time"};
  std::vector<std::string> list;
  for (const toml::node& entry : *array) {
    const auto* text = entry.as_string();
    if (text == nullptr) return Other{"a list with something else than texts in it"};
    list.push_back(text->get());
  }
  return list;
}

/// `number`: which of the tables [[section]], or 0 for a [section].
void append_section(const toml::key& section, const toml::table& table, const std::string& name,
                    std::size_t number, std::vector<Given>& out) {
  for (const auto& [key, node] : table) {
    out.push_back({std::string(section.str()), std::string(key.str()), raw_value(node), false,
                   at_line(name, key.source().begin), number});
  }
}

void append_tables(const toml::key& section, const toml::array& tables, const std::string& name,
                   std::vector<Given>& out) {
  std::size_t number = 0;
  for (const toml::node& node : tables) {
    ++number;
    out.push_back({std::string(section.str()), "", Other{"a table"}, false,
                   at_line(name, node.source().begin), number});
    append_section(section, *node.as_table(), name, number, out);
  }
}

}  // namespace

OrRefusal<std::vector<Given>> parse_toml(std::string_view text, const std::string& name) {
  try {
    const toml::table table = toml::parse(text, name);
    std::vector<Given> out;
    for (const auto& [key, node] : table) {
      if (const toml::table* section = node.as_table()) {
        if (is_list_of_tables(key.str())) {
          out.push_back({std::string(key.str()), "", Other{"a table"}, false,
                         at_line(name, key.source().begin)});
        } else {
          append_section(key, *section, name, 0, out);
        }
      } else if (node.is_array_of_tables()) {
        append_tables(key, *node.as_array(), name, out);
      } else {
        out.push_back({"", std::string(key.str()), raw_value(node), false,
                       at_line(name, key.source().begin)});
      }
    }
    return out;
  } catch (const toml::parse_error& error) {
    return Refusal{at_line(name, error.source().begin) + ": this is not TOML (" +
                   std::string(error.description()) + "). A text stands in quotation marks."};
  }
}

}  // namespace recant::app
