#include "cli/man_page.hpp"

#include <algorithm>
#include <cstdio>
#include <string_view>

#include "cli/exit_codes.hpp"
#include "cli/text.hpp"
#include "core/utf8.hpp"

namespace recant::cli {
namespace {

constexpr std::size_t kWidth = 79;

/// So that text stays text: no escape but ours. What begins a line is looked at by as_lines().
std::string escaped(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const core::Character character = core::first_character(text);
    const char c = text.front();
    if (character.code >= 0x80) {
      char escape[16];
      std::snprintf(escape, sizeof escape, "\\[u%04X]", static_cast<unsigned>(character.code));
      out += escape;
    } else if (c == '\\') {
      out += "\\e";
    } else if (c == '-') {
      out += "\\-";  // a hyphen that can be copied
    } else if (c == '\'') {
      out += "\\(aq";
    } else if (c == '`') {
      out += "\\(ga";
    } else if (c == '^') {
      out += "\\(ha";
    } else if (c == '~') {
      out += "\\(ti";
    } else {
      out += c;
    }
    text.remove_prefix(character.bytes);
  }
  return out;
}

/// Lines of text, none of which is a request.
std::string as_lines(std::string text) {
  if (text.starts_with('.')) text.insert(0, "\\&");
  for (auto at = text.find("\n."); at != std::string::npos; at = text.find("\n.", at)) {
    text.insert(at + 1, "\\&");
  }
  return text;
}

/// Running text, which is filled anew when it is shown.
std::string running(std::string_view text) { return as_lines(wrapped(escaped(text), 0, kWidth)); }

std::string bold(std::string_view text) { return "\\fB" + escaped(text) + "\\fR"; }
std::string italic(std::string_view text) { return "\\fI" + escaped(text) + "\\fR"; }

/// Paragraphs stand apart by an empty line.
std::string paragraphs(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const auto end = text.find("\n\n");
    if (!out.empty()) out += ".PP\n";
    out += running(text.substr(0, end));
    text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 2);
  }
  return out;
}

std::string with_dashes(std::string name) {
  std::ranges::replace(name, ' ', '-');
  return name;
}

std::string title(const std::string& page) {
  std::string upper = page;
  std::ranges::transform(upper, upper.begin(), [](char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
  });
  return ".TH " + escaped(upper) + " 1 " + std::string(version_date()) + " \"recant " +
         std::string(version()) + "\" \"Recant\"\n.nh\n.ad l\n";
}

/// "Open an account." as the manual's index wants it: "open an account".
std::string for_index(std::string summary) {
  if (summary.ends_with('.')) summary.pop_back();
  if (!summary.empty() && summary[0] >= 'A' && summary[0] <= 'Z') {
    summary[0] = static_cast<char>(summary[0] + 32);
  }
  return summary;
}

std::string synopsis(const Command& command) {
  std::string text = bold("recant " + command.name);
  for (const Option& option : command.options) {
    if (option.required) text += " " + bold(option.flag) + " " + italic(option.value_name);
  }
  const bool optional =
      std::ranges::any_of(command.options, [](const Option& option) { return !option.required; });
  if (optional) text += " [" + italic("OPTION") + "...]";
  if (!command.operand.empty()) text += " " + italic(command.operand);
  return text + "\n";
}

std::string entry(const std::string& head, std::string_view text) {
  return ".TP\n" + head + "\n" + running(text);
}

std::string options(const Command& command) {
  std::string text = ".SH OPTIONS\n";
  if (!command.operand.empty()) text += entry(italic(command.operand), command.operand_help);
  std::string group;
  for (const Option& option : command.options) {
    if (option.group != group) {
      group = option.group;
      text += ".SS \"" + escaped(group) + "\"\n";
    }
    std::string head = bold(option.flag);
    if (!option.value_name.empty()) head += " " + italic(option.value_name);
    text += entry(head, option.help);
  }
  if (!group.empty()) text += ".SS \"Help\"\n";
  return text + entry(bold("-h") + ", " + bold("--help"), "Explain the command, with examples.");
}

std::string examples(const Command& command) {
  if (command.examples.empty()) return {};
  std::string text = ".SH EXAMPLES\n.EX\n";
  for (const std::string& example : command.examples) text += as_lines(escaped(example)) + "\n";
  return text + ".EE\n";
}

std::string exit_status() {
  std::string text = ".SH EXIT STATUS\n";
  for (const ExitMeaning& meaning : kExitMeanings) {
    text += entry(bold(std::to_string(meaning.code)), meaning.text);
  }
  return text;
}

std::string page_name(const Command& command) { return "recant-" + with_dashes(command.name); }

std::string commands_section(std::span<const Command> commands) {
  std::string text = ".SH COMMANDS\n";
  std::string group;
  for (const Command& command : commands) {
    if (command.group != group) {
      group = command.group;
      text += ".SS \"" + escaped(group) + "\"\n";
    }
    text += entry(bold(page_name(command)) + "(1)", command.summary);
  }
  return text;
}

}  // namespace

ManPage man_page(const Command& command) {
  const std::string name = page_name(command);
  std::string text = title(name) + ".SH NAME\n" + escaped(name) + " \\- " +
                     escaped(for_index(command.summary)) + "\n.SH SYNOPSIS\n" + synopsis(command) +
                     ".SH DESCRIPTION\n" + paragraphs(command.description) + options(command) +
                     exit_status() + examples(command) + ".SH SEE ALSO\n" + bold("recant") +
                     "(1)\n";
  return {name + ".1", std::move(text)};
}

ManPage man_page_of_program(std::span<const Command> commands) {
  std::string text = title("recant") +
                     ".SH NAME\nrecant \\- JWTs you can take back\n.SH SYNOPSIS\n" +
                     bold("recant") + " " + italic("COMMAND") + " [" + italic("OPTION") +
                     "...]\n.SH DESCRIPTION\n" + paragraphs(kAboutProgram) +
                     commands_section(commands) + ".SH ENVIRONMENT\n";
  for (const NamedText& one : kVariables) text += entry(bold(one.name), one.text);
  text += ".SH FILES\n";
  for (const NamedText& one : kFiles) text += entry(italic(one.name), one.text);
  text += exit_status() + ".SH SEE ALSO\n";
  std::string also;
  for (const Command& command : commands) {
    also += (also.empty() ? "" : ",\n") + bold(page_name(command)) + "(1)";
  }
  return {"recant.1", text + also + "\n"};
}

}  // namespace recant::cli
