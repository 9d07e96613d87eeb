#include "app/key_files.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

#include "app/data_directory.hpp"
#include "app/key_file_name.hpp"
#include "app/key_manifest.hpp"
#include "app/key_text.hpp"
#include "app/private_file.hpp"
#include "app/quoting.hpp"

namespace recant::app {
namespace {

using service::KeyBook;
using service::KeyEntry;
using service::KeyKind;
using service::KeyMaterial;
using service::KeyState;
using Kind = KeyFileName::Kind;

constexpr std::string_view kManifest = "keys.json";
/// What token.access_ttl and refresh.absolute_ttl can be at most.
constexpr seconds kLongestAccess = std::chrono::hours{24};
constexpr seconds kLongestSession = std::chrono::days{366};

Refusal not_a_key(const std::filesystem::path& file, const std::string& why) {
  return {"The key file " + file.string() + " is not usable (" + why +
          "): restore it from a backup, or remove it, which ends every token made with it."};
}

std::string file_name(const KeyEntry& entry) {
  const bool access = entry.kind == KeyKind::access;
  return to_file_name({access ? Kind::signing : Kind::refresh, entry.created_at,
                       access ? std::string(to_string(*entry.algorithm)) : "", entry.id});
}

/// A key that no book speaks of: it may have made tokens until now, of any life.
std::optional<KeyEntry> entry_of(const KeyFileName& name) {
  const bool access = name.kind == Kind::signing;
  const auto algorithm = access ? crypto::parse_algorithm(name.algorithm) : std::nullopt;
  if (access && !algorithm) return std::nullopt;
  return KeyEntry{access ? KeyKind::access : KeyKind::refresh,
                  name.id,
                  algorithm,
                  name.created,
                  KeyState::signing,
                  name.created,
                  access ? kLongestAccess : kLongestSession,
                  {},
                  {}};
}

bool is_in_use(const KeyBook& book, const std::string& id) {
  const KeyEntry* const entry = book.find(id);
  return entry != nullptr && entry->state != KeyState::retired;
}

}  // namespace

KeyFiles::KeyFiles(std::filesystem::path directory,
                   std::function<void(std::string_view step)> before_step)
    : directory_(std::move(directory)), before_step_(std::move(before_step)) {}

Result<KeyFiles::Content, KeyFiles::Refused> KeyFiles::load() {
  if (auto made = make_private_directory(directory_); !made) return made.error().sentence;
  Content content;
  if (auto found = find_files(content); !found) return found.error().sentence;
  const auto is_retired = [&](const std::string& id) {
    const KeyEntry* const entry = content.book.find(id);
    return entry != nullptr && entry->state == KeyState::retired;
  };
  // Of a command that was cut off.
  if (auto removed = remove_unless([&](const auto& id) { return !is_retired(id); }); !removed) {
    return removed.error().sentence;
  }
  if (auto read = read_files(content); !read) return read.error().sentence;
  committed_ = content.book;
  return content;
}

/// The book, the files of its keys, and what else stands there.
OrRefusal<void> KeyFiles::find_files(Content& content) {
  const auto manifest = directory_ / kManifest;
  std::error_code error;
  const bool has_book = std::filesystem::exists(manifest, error);
  if (has_book) {
    const auto text = read_private_file(manifest);
    if (!text) return text.error();
    auto book = parse_manifest(text->reveal());
    if (!book) {
      return Refusal{"The file " + manifest.string() +
                     " is not as Recant wrote it: restore it from a backup, or remove it: then the "
                     "newest key signs, and every other key file verifies for a while."};
    }
    content.book = *std::move(book);
  }
  files_.clear();
  std::filesystem::directory_iterator entries(directory_, error);
  for (; !error && entries != std::filesystem::directory_iterator(); entries.increment(error)) {
    const auto& file = entries->path();
    if (file == manifest) continue;
    if (is_unfinished(file)) {  // of a write that was cut off: never used
      std::error_code ignored;
      std::filesystem::remove(file, ignored);
      continue;
    }
    const auto name = parse_key_file_name(file.filename().string());
    auto entry = name ? entry_of(*name) : std::nullopt;
    if (!entry || (has_book && content.book.find(entry->id) == nullptr)) {
      content.warnings.push_back("The file " + in_quotes(file.string()) + " is not " +
                                 (entry ? "a key that keys.json names" : "named as a key") +
                                 " and was left alone.");
      continue;
    }
    files_[entry->id] = file;
    if (!has_book) content.book.keys.push_back(*std::move(entry));
  }
  if (!error) return {};
  return Refusal{"The directory " + directory_.string() + " cannot be read (" + error.message() +
                 "): make it readable for this user."};
}

OrRefusal<void> KeyFiles::read_files(Content& content) {
  for (const KeyEntry& entry : content.book.keys) {
    const auto file = files_.find(entry.id);
    if (file == files_.end()) continue;
    const auto text = read_private_file(file->second);
    if (!text) return text.error();
    const auto read = read_key_text(entry, *text, content.material);
    if (!read) return not_a_key(file->second, read.error());
  }
  return {};
}

Result<KeyFiles::Committed, KeyFiles::Refused> KeyFiles::commit(const KeyBook& book,
                                                                const KeyMaterial& material) {
  const auto named = [&](const std::string& id) { return book.find(id) != nullptr; };
  if (auto removed = remove_unless(named); !removed) return removed.error().sentence;
  if (auto written = write_manifest(book); !written) return written.error().sentence;
  if (auto written = write_missing(book, material); !written) {
    (void)write_manifest(committed_);  // else it names keys that were never used
    return written.error().sentence;
  }
  committed_ = book;
  const auto used = [&](const std::string& id) { return is_in_use(book, id); };
  if (auto removed = remove_unless(used); !removed) return removed.error().sentence;
  return Committed::done;
}

OrRefusal<void> KeyFiles::write_manifest(const KeyBook& book) {
  step("write keys.json");
  return write_private_file(directory_ / kManifest, to_manifest(book));
}

OrRefusal<void> KeyFiles::write_missing(const KeyBook& book, const KeyMaterial& material) {
  for (const KeyEntry& entry : book.keys) {
    if (entry.state == KeyState::retired || files_.contains(entry.id)) continue;
    const auto file = directory_ / file_name(entry);
    step("write " + file.filename().string());
    const SecretString text = key_text(entry, material);
    if (auto written = write_private_file(file, text.reveal()); !written) return written.error();
    files_[entry.id] = file;
  }
  return {};
}

OrRefusal<void> KeyFiles::remove_unless(const std::function<bool(const std::string& id)>& stays) {
  for (auto file = files_.begin(); file != files_.end();) {
    if (stays(file->first)) {
      ++file;
      continue;
    }
    step("remove " + file->second.filename().string());
    if (::unlink(file->second.c_str()) != 0 && errno != ENOENT) {
      return Refusal{"The key file " + file->second.string() + " cannot be removed (" +
                     std::generic_category().message(errno) + "): remove it."};
    }
    file = files_.erase(file);
  }
  return {};
}

void KeyFiles::step(std::string_view what) const {
  if (before_step_) before_step_(what);
}

}  // namespace recant::app
