#include "app/key_set_text.hpp"

#include <charconv>
#include <optional>
#include <utility>
#include <vector>

#include "app/key_manifest.hpp"
#include "app/key_text.hpp"

namespace recant::app {
namespace {

using service::KeyEntry;
using service::KeyState;
using Content = service::KeyVault::Content;

constexpr std::string_view kManifest = "keys.json";

struct Part {
  std::string_view name;
  std::string_view bytes;
};

std::string head_of(std::string_view name, std::size_t size) {
  return std::string(name) + ' ' + std::to_string(size) + '\n';
}

/// Takes the first part off `text`; nothing when there is none of the right form.
std::optional<Part> take_part(std::string_view& text) {
  const auto space = text.find(' ');
  const auto newline = text.find('\n');
  if (space == std::string_view::npos || newline == std::string_view::npos || space > newline) {
    return std::nullopt;
  }
  std::size_t size = 0;
  const char* const end = text.data() + newline;
  const auto [rest, wrong] = std::from_chars(text.data() + space + 1, end, size);
  const std::string_view after = text.substr(newline + 1);
  if (wrong != std::errc{} || rest != end || size > after.size()) return std::nullopt;
  const Part part{text.substr(0, space), after.substr(0, size)};
  text = after.substr(size);
  return part;
}

}  // namespace

SecretString to_key_set_text(const service::KeyBook& book, const service::KeyMaterial& material) {
  struct Written {
    std::string head;
    SecretString bytes;
  };
  std::vector<Written> parts;
  std::size_t size = 0;
  const auto add = [&](std::string_view name, SecretString bytes) {
    std::string head = head_of(name, bytes.reveal().size());
    size += head.size() + bytes.reveal().size();
    parts.push_back({std::move(head), std::move(bytes)});
  };
  add(kManifest, SecretString(to_manifest(book)));
  for (const KeyEntry& entry : book.keys) {
    if (entry.state != KeyState::retired) add(entry.id, key_text(entry, material));
  }
  std::string text;
  text.reserve(size);  // so that it never moves and leaves a copy behind
  for (const Written& part : parts) text.append(part.head).append(part.bytes.reveal());
  return SecretString(std::move(text));
}

Result<Content, std::string> parse_key_set_text(std::string_view text) {
  const auto manifest = take_part(text);
  if (!manifest || manifest->name != kManifest) return std::string("it does not begin as one");
  auto book = parse_manifest(manifest->bytes);
  if (!book) return std::string("its list of keys is not as Recant writes it");
  Content content{*std::move(book), {}, {}};
  for (const KeyEntry& entry : content.book.keys) {
    if (entry.state == KeyState::retired) continue;
    const auto part = take_part(text);
    if (!part || part->name != entry.id) return "the key " + entry.id + " is missing";
    const SecretString bytes{std::string(part->bytes)};
    if (auto read = read_key_text(entry, bytes, content.material); !read) {
      return "the key " + entry.id + " is not usable: " + read.error();
    }
  }
  if (!text.empty()) return std::string("there is more in it than its list says");
  return content;
}

}  // namespace recant::app
