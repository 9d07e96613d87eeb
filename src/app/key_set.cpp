#include "app/key_set.hpp"

#include <algorithm>
#include <utility>

#include "app/key_set_text.hpp"

namespace recant::app {
namespace {

using database::SealedKeySet;

/// How a sealed set begins: the form, and whose seal it is. What follows the second dot is sealed.
constexpr std::string_view kForm = "1.";

/// A set is good only as what it is, and as the version that it is.
std::string bound_to(std::int64_t version, const std::string& seal) {
  return "recant key set " + std::string(kForm) + seal + '.' + std::to_string(version);
}

struct Parts {
  std::string seal;
  std::string_view box;
};

std::optional<Parts> take_apart(std::string_view sealed) {
  if (!sealed.starts_with(kForm)) return std::nullopt;
  sealed.remove_prefix(kForm.size());
  const auto dot = sealed.find('.');
  if (dot == std::string_view::npos) return std::nullopt;
  return Parts{std::string(sealed.substr(0, dot)), sealed.substr(dot + 1)};
}

}  // namespace

KeySet::KeySet(database::Database& database, std::vector<crypto::Sealer> sealers, std::string file,
               RandomSource& random, std::function<void(milliseconds)> wait)
    : table_(database),
      database_(database.engine().name()),
      sealers_(std::move(sealers)),
      file_(std::move(file)),
      random_(random),
      wait_(std::move(wait)) {}

KeySet::Refused KeySet::cannot_open(const std::string& why) const {
  return "The key set in the database " + database_ + " cannot be opened with " + file_ +
         " (keys.seal_file): " + why +
         ". Give this server the file that the others have, or the one from your backup. If it is "
         "lost, stop all servers and DELETE FROM key_set: the next start makes new keys, and "
         "everybody signs in again.";
}

Result<SecretString, KeySet::Refused> KeySet::open(const SealedKeySet& set) {
  const auto refuse = [&](const std::string& why) -> Result<SecretString, Refused> {
    return {boost::system::in_place_error, cannot_open(why)};
  };
  const auto parts = take_apart(set.sealed);
  if (!parts) return refuse("it is not as Recant wrote it");
  const auto sealer = std::ranges::find(sealers_, parts->seal, &crypto::Sealer::id);
  if (sealer == sealers_.end()) {
    return refuse("it was sealed with another secret (" + parts->seal + ", and this is " +
                  sealers_.front().id() + ")");
  }
  auto text = sealer->open(parts->box, bound_to(set.version, parts->seal));
  if (!text) return refuse("it was damaged, or somebody changed it");
  return {boost::system::in_place_value, *std::move(text)};
}

Result<KeySet::Read, KeySet::Refused> KeySet::read() {
  const auto refuse = [](Refused why) -> Result<Read, Refused> {
    return {boost::system::in_place_error, std::move(why)};
  };
  const auto set = table_.load();
  if (!set) return refuse(set.error());
  if (!*set) {
    version_ = 0;
    return Read{};
  }
  auto text = open(**set);
  if (!text) return refuse(text.error());
  auto content = parse_key_set_text(text->reveal());
  if (!content) return refuse(cannot_open(content.error()));
  version_ = (*set)->version;  // only now: else nobody would hear of it again
  return Read{*std::move(content), take_apart((*set)->sealed)->seal, *std::move(text)};
}

Result<KeySet::Content, KeySet::Refused> KeySet::load() {
  auto found = read();
  if (!found) return found.error();
  if (!found->seal.empty() && found->seal != sealers_.front().id()) {
    const auto sealed = put(found->text.reveal());  // outrun: by who sealed it
    if (!sealed) return sealed.error();
  }
  return std::move(found->content);
}

Result<std::optional<KeySet::Content>, KeySet::Refused> KeySet::news() {
  const auto version = table_.version();
  if (!version) return version.error();
  if (*version == version_) return std::optional<Content>();
  if (*version < version_) {
    return "The key set in the database " + database_ + " went back from version " +
           std::to_string(version_) + " to " + std::to_string(*version) +
           ", as after a backup was restored; this server goes on with the keys that it has: "
           "restart all servers to take those that stand there.";
  }
  auto found = read();
  if (!found) return found.error();
  return std::optional<Content>(std::move(found->content));
}

Result<KeySet::Committed, KeySet::Refused> KeySet::commit(const service::KeyBook& book,
                                                          const service::KeyMaterial& material) {
  return put(to_key_set_text(book, material).reveal());
}

Result<KeySet::Committed, KeySet::Refused> KeySet::put(std::string_view text) {
  const crypto::Sealer& sealer = sealers_.front();
  const std::int64_t version = version_ + 1;
  SealedKeySet next{version, std::string(kForm) + sealer.id() + '.' +
                                 sealer.seal(text, bound_to(version, sealer.id()), random_)};
  const auto replaced = table_.replace(next);
  if (!replaced) return replaced.error();
  if (!*replaced) return Committed::outrun;
  version_ = version;
  return Committed::done;
}

void KeySet::await_others() { wait_(service::kKnownWithin); }

}  // namespace recant::app
