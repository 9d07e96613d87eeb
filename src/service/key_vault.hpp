// Where keys are kept; a port. Files of one server's, or a database that several share: then others
// may commit at any moment, and each server looks for that at least each kKnownWithin / 2.
//
// Called by one thread at a time, never by one that serves requests: implementations may block.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "service/key_book.hpp"
#include "service/refresh_tokens.hpp"
#include "service/tokens.hpp"

namespace recant::service {

/// The keys themselves, each under the id of its entry in a KeyBook.
struct KeyMaterial {
  std::vector<NamedSigningKey> access;
  std::vector<RefreshSecret> refresh;
};

/// Of a vault that servers share: after so long each of them knows what was committed, or knows
/// that it cannot read the vault.
constexpr seconds kKnownWithin{3};

class KeyVault {
 public:
  struct Content {
    KeyBook book;
    KeyMaterial material;  // a key that the book names may be missing: somebody removed it
    std::vector<std::string> warnings;
  };
  /// A sentence for the operator.
  using Refused = std::string;

  virtual ~KeyVault() = default;

  /// Nothing at all at the first start.
  virtual Result<Content, Refused> load() = 0;
  enum class Committed {
    done,
    outrun,  // another server was first, and nothing was written: load() or news() tells of it
  };
  /// From now on `book` is what load() answers, and what it names is in the vault, whatever happens
  /// to this process. Keys that it no longer names, or names as retired, are destroyed. A crash in
  /// the middle leaves the former book or this one, at worst with keys missing that were never
  /// used.
  virtual Result<Committed, Refused> commit(const KeyBook& book, const KeyMaterial& material) = 0;

  // Of vaults that servers share:
  virtual bool is_shared() const { return false; }
  /// What another server has committed since this one last loaded, committed or asked; nothing
  /// when nothing.
  virtual Result<std::optional<Content>, Refused> news() { return std::optional<Content>(); }
  /// Returns kKnownWithin later.
  virtual void await_others() {}
};

}  // namespace recant::service
