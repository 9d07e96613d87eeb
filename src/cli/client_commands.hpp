// The commands that are clients of a running server (contract §3).
#pragma once

#include "cli/command.hpp"
#include "cli/remote.hpp"

namespace recant::cli {

Command user_add_command(RemoteSourcePtr source);
Command user_list_command(RemoteSourcePtr source);
Command user_import_command(RemoteSourcePtr source);
Command user_passwd_command(RemoteSourcePtr source);
Command user_disable_command(const RemoteSourcePtr& source);
Command user_enable_command(const RemoteSourcePtr& source);
Command user_delete_command(RemoteSourcePtr source);

Command session_list_command(RemoteSourcePtr source);
Command session_revoke_command(RemoteSourcePtr source);
Command revoke_command(RemoteSourcePtr source);

Command admin_key_add_command(RemoteSourcePtr source);
Command admin_key_list_command(RemoteSourcePtr source);
Command admin_key_remove_command(RemoteSourcePtr source);

Command keys_list_command(RemoteSourcePtr source);
Command keys_rotate_command(RemoteSourcePtr source);

Command health_command(RemoteSourcePtr source);

}  // namespace recant::cli
