#include <algorithm>

#include "cli/completion.hpp"

namespace recant::cli {
namespace {

/// Quoted for a shell. Names and choices hold no more than letters, digits and -_.|/.
std::string quoted(const std::string& text) { return "'" + text + "'"; }

std::string joined(const std::vector<std::string>& words, const char* between = " ") {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : between) + word;
  return text;
}

std::string fill(const Values& values) {
  switch (values.guess) {
    case Guess::files:
      return "_recant_files -f";
    case Guess::directories:
      return "_recant_files -d";
    case Guess::choices:
      return "_recant_words " + quoted(joined(values.choices));
    case Guess::nothing:
      break;
  }
  return "COMPREPLY=()";
}

/// Options of one guess share a line.
std::string cases_of_values(const Command& command) {
  std::vector<std::pair<std::string, std::string>> lines;  // what to do, and for which options
  for (const Option& option : command.options) {
    if (option.value_name.empty()) continue;
    const std::string action = fill(values_of(option));
    const auto known =
        std::ranges::find(lines, action, [](const auto& line) { return line.first; });
    if (known == lines.end()) {
      lines.emplace_back(action, option.flag);
    } else {
      known->second += "|" + option.flag;
    }
  }
  std::string text;
  for (const auto& [action, options] : lines) {
    text += "                " + options + ")\n                    " + action +
            "\n                    return\n                    ;;\n";
  }
  if (text.empty()) return text;
  return "            case $prev in\n" + text + "            esac\n";
}

std::string case_of(const Command& command) {
  const TwoWords name = two_words(command);
  std::vector<std::string> flags;
  for (const Option& option : command.options) flags.push_back(option.flag);
  flags.emplace_back("--help");
  std::string text = "        " + quoted(name.first + " " + name.second);
  // What stands behind a command of one word is no part of its name.
  if (name.second.empty()) text = "        " + quoted(name.first + " ") + "*";
  text += ")\n" + cases_of_values(command);
  text += "            if [[ $cur == -* ]]; then\n                _recant_words " +
          quoted(joined(flags)) + "\n";
  const Values operand = values_of_operand(command);
  if (operand.guess != Guess::nothing) {
    text += "            else\n                " + fill(operand) + "\n";
  }
  return text + "            fi\n            ;;\n";
}

}  // namespace

std::string bash_completion(std::span<const Command> commands) {
  std::vector<std::string> firsts = first_words(commands);
  std::string seconds;
  for (const std::string& first : firsts) {
    std::vector<std::string> words;
    for (const Command* command : of_first_word(commands, first)) {
      const std::string second = two_words(*command).second;
      if (!second.empty()) words.push_back(second);
    }
    if (words.empty()) continue;
    seconds += "            " + first + ")\n                _recant_words " +
               quoted(joined(words)) + "\n                return\n                ;;\n";
  }
  firsts.emplace_back("help");
  std::string text =
      "# shellcheck shell=bash\n"
      "# Completes recant in bash; made by: recant completion bash\n\n"
      "_recant_words() {\n"
      "    mapfile -t COMPREPLY < <(compgen -W \"$1\" -- \"$cur\")\n"
      "}\n\n"
      "_recant_files() {\n"
      "    compopt -o filenames 2>/dev/null\n"
      "    mapfile -t COMPREPLY < <(compgen \"$1\" -- \"$cur\")\n"
      "}\n\n"
      "_recant() {\n"
      "    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}\n"
      "    COMPREPLY=()\n"
      "    # --option=value comes as three words\n"
      "    if [[ $cur == = ]]; then\n"
      "        cur=\n"
      "    elif [[ $prev == = ]]; then\n"
      "        prev=${COMP_WORDS[COMP_CWORD - 2]}\n"
      "    fi\n"
      "    if ((COMP_CWORD == 1)); then\n"
      "        _recant_words " +
      quoted(joined(firsts)) +
      "\n        return\n    fi\n"
      "    if ((COMP_CWORD == 2)); then\n"
      "        case ${COMP_WORDS[1]} in\n" +
      seconds +
      "        esac\n    fi\n"
      "    case \"${COMP_WORDS[1]} ${COMP_WORDS[2]}\" in\n";
  for (const Command& command : commands) text += case_of(command);
  return text + "    esac\n}\n\ncomplete -F _recant recant\n";
}

}  // namespace recant::cli
