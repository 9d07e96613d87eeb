// What a start makes of the keys that it finds: none at all, those that it left, or those of other
// options, of an earlier version, or of a directory from which somebody removed files.
#pragma once

#include <string>
#include <vector>

#include "service/key_plan.hpp"

namespace recant::service {

/// Afterwards each kind has a key that signs, or is published and will; but for access tokens none
/// of ours where the operator has keys of his own. `content` is what the vault holds; what the
/// operator should know is added to `notes`.
KeyPlan plan_start(KeyVault::Content content, const PlanNeeds& needs,
                   std::vector<std::string>& notes);

}  // namespace recant::service
