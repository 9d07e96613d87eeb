#include "cli/completion.hpp"
#include "cli/shell_quoting.hpp"

namespace recant::cli {
namespace {

/// Inside a specification of _arguments or _describe, where `marks` mean something.
std::string plain(std::string_view text, std::string_view marks) {
  std::string out;
  for (const char c : text) {
    if (c == '\\' || marks.find(c) != std::string_view::npos) out += '\\';
    out += c == '\n' ? ' ' : c;
  }
  return out;
}

std::string action(const Values& values) {
  switch (values.guess) {
    case Guess::files:
      return "_files";
    case Guess::directories:
      return "_files -/";
    case Guess::choices: {
      std::string text = "(";
      for (const std::string& choice : values.choices)
        text += (text.size() > 1 ? " " : "") + choice;
      return text + ")";
    }
    case Guess::nothing:
      break;
  }
  return " ";  // told what is wanted, offered nothing
}

std::string spec_of(const Option& option) {
  std::string text = option.flag;
  if (!option.value_name.empty()) text += '=';
  text += "[" + plain(option.help, "[]") + "]";
  if (!option.value_name.empty()) {
    text += ":" + plain(option.value_name, ":") + ":" + action(values_of(option));
  }
  return in_single_quotes(text);
}

std::string arguments_of(const Command& command, const std::string& margin) {
  std::string text = margin + "_arguments -S \\\n";
  for (const Option& option : command.options) text += margin + "  " + spec_of(option) + " \\\n";
  text += margin + "  '(-h --help)'{-h,--help}'[Explain it, with examples.]'";
  if (!command.operand.empty()) {
    text += " \\\n" + margin + "  " +
            in_single_quotes("1:" + plain(command.operand, ":") + ":" +
                             action(values_of_operand(command)));
  }
  return text + "\n";
}

std::string describe(const char* what, const std::vector<TwoWords>& words,
                     const std::string& margin) {
  std::string text = margin + "words_here=(\n";
  for (const auto& [word, summary] : words) {
    text += margin + "  " + in_single_quotes(plain(word, ":") + ":" + plain(summary, "")) + "\n";
  }
  return text + margin + ")\n" + margin + "_describe -t commands " + in_single_quotes(what) +
         " words_here\n";
}

std::string case_of_group(std::span<const Command> commands, const std::string& first) {
  const auto found = of_first_word(commands, first);
  const bool bare = found.size() == 1 && two_words(*found.front()).second.empty();
  std::string text = "    " + first + ")\n";
  if (bare) {
    text += "      shift words\n      (( CURRENT-- ))\n" + arguments_of(*found.front(), "      ");
    return text + "      ;;\n";
  }
  std::vector<TwoWords> seconds;
  for (const Command* command : found) {
    seconds.push_back({two_words(*command).second, command->summary});
  }
  text += "      if (( CURRENT == 3 )); then\n" +
          describe(("recant " + first).c_str(), seconds, "        ") +
          "        return\n      fi\n"
          "      local second=$words[3]\n      shift 2 words\n      (( CURRENT -= 2 ))\n"
          "      case $second in\n";
  for (const Command* command : found) {
    text += "        " + two_words(*command).second + ")\n" + arguments_of(*command, "          ") +
            "          ;;\n";
  }
  return text + "      esac\n      ;;\n";
}

}  // namespace

std::string zsh_completion(std::span<const Command> commands) {
  std::vector<TwoWords> firsts;
  for (const std::string& first : first_words(commands)) {
    firsts.push_back({first, summary_of_group(commands, first)});
  }
  std::string text =
      "#compdef recant\n"
      "# Completes recant in zsh; made by: recant completion zsh\n\n"
      "_recant() {\n"
      "  local -a words_here\n"
      "  if (( CURRENT == 2 )); then\n" +
      describe("recant", firsts, "    ") +
      "    return\n  fi\n"
      "  case $words[2] in\n";
  for (const auto& first : firsts) text += case_of_group(commands, first.first);
  return text +
         "  esac\n}\n\n"
         "if [[ $funcstack[1] == _recant ]]; then\n"
         "  _recant \"$@\"\n"
         "else\n"
         "  compdef _recant recant\n"
         "fi\n";
}

}  // namespace recant::cli
