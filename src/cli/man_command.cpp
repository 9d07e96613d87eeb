// `recant man`: writes the manual.
#include <filesystem>
#include <fstream>
#include <ostream>
#include <system_error>
#include <utility>

#include "cli/completion.hpp"
#include "cli/man_page.hpp"
#include "cli/text.hpp"

namespace recant::cli {
namespace {

/// What could not be written, or nothing.
std::optional<std::string> write_page(const std::filesystem::path& directory, const ManPage& page) {
  const auto path = directory / page.file;
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << page.text;
  file.close();
  if (file) return std::nullopt;
  return "the file " + printable(path.string()) + " cannot be written.";
}

int write_manual(std::span<const Command> commands, const std::string& directory,
                 const Streams& streams) {
  std::error_code error;
  std::filesystem::create_directories(directory, error);
  std::vector<ManPage> pages = {man_page_of_program(commands)};
  for (const Command& command : commands) pages.push_back(man_page(command));
  for (const ManPage& page : pages) {
    if (const auto wrong = write_page(directory, page)) {
      streams.err << "recant man: " << *wrong << '\n';
      return kRefused;
    }
  }
  streams.out << pages.size() << " pages are in " << printable(directory) << ".\n";
  return kDone;
}

}  // namespace

Command man_command(CommandTable table) {
  Command command;
  command.name = "man";
  command.group = "This program";
  command.summary = "Print or write the manual.";
  command.description =
      "Prints recant(1), or with --out writes it and a page for each command, which is what a "
      "package installs.";
  command.examples = {"recant man | man -l -", "recant man --out /usr/local/share/man/man1"};
  command.options = {{"--out", "DIRECTORY", "Write all pages there, recant-user-add.1 and so on."}};
  command.run = [table = std::move(table)](const Arguments& arguments, const Streams& streams) {
    const auto commands = table();
    if (const auto out = arguments.value("--out")) return write_manual(commands, *out, streams);
    streams.out << man_page_of_program(commands).text;
    return int{kDone};
  };
  return command;
}

}  // namespace recant::cli
