#include "app/settings_table.hpp"

#include <string_view>

#include "app/settings.hpp"

namespace recant::app {
namespace {

constexpr std::string_view kHead = "\n| key | default | allowed | |\n|---|---|---|---|\n";

/// A bar would end the cell.
std::string cell(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '|') out += '\\';
    out += c;
  }
  return out;
}

std::string row(const Setting& setting, std::string_view without_default) {
  const std::string fallback =
      setting.fallback.empty() ? std::string(without_default) : "`" + cell(setting.fallback) + "`";
  return "| `" + std::string(setting.key) + "` | " + fallback + " | " +
         cell(allowed_text(setting)) + " | " + cell(setting.help) + " |\n";
}

}  // namespace

std::string settings_table() {
  std::string out;
  std::string_view section;
  for (const Setting& setting : settings()) {
    if (setting.section != section) {
      section = setting.section;
      out += (out.empty() ? "### " : "\n### ") + std::string(section) + "\n";
      out += kHead;
    }
    out += row(setting, "empty");
  }
  out += "\n### [[issuer]]\n";
  out += kHead;
  for (const Setting& setting : issuer_settings()) out += row(setting, "none");
  return out;
}

}  // namespace recant::app
