// `tallybook backup` and `tallybook restore`, and what a server answers to the first.
#include <cstdio>
#include <filesystem>

#include "main/backup.hpp"
#include "main/commands.hpp"
#include "main/control.hpp"
#include "main/node.hpp"

namespace tallybook {
namespace backup_command {

constexpr char const* use_pg_dump =
    "the records are in PostgreSQL: back them up with pg_dump first, then run this with "
    "--events-only for the usage events "
    "(in this order, so that the events hold everything the records refer to)";

std::string run(Node& node, std::string const& file, bool events_only) {
  if (node.database().dialect() == Dialect::postgres && !events_only)
    return std::string("error ") + use_pg_dump;
  auto const made = make_backup(events_only ? nullptr : &node.database(), node.events(),
                                node.settings().data + "/backup.work", file);
  return "ok " + std::to_string(made.bytes) + " bytes, events up to " +
         std::to_string(made.sequence);
}

int told(std::string const& answer, std::string const& file) {
  if (answer.starts_with("ok ")) {
    std::printf("%s: %s\n", file.c_str(), answer.c_str() + 3);
    return 0;
  }
  std::fprintf(stderr, "tallybook: %s\n",
               answer.starts_with("error ") ? answer.c_str() + 6 : answer.c_str());
  return 1;
}

}  // namespace backup_command

ControlSocket::Answer control_answers(Node& node) {
  return [&node](std::string const& line) -> std::string {
    for (auto const& [word, events_only] :
         {std::pair<std::string, bool>{"backup ", false}, {"backup-events ", true}}) {
      if (line.starts_with(word) && line.size() > word.size())
        return backup_command::run(node, line.substr(word.size()), events_only);
    }
    return "error unknown command";
  };
}

int make_backup_file(Settings const& settings, std::string const& to, bool events_only) {
  std::string const file = std::filesystem::absolute(to).lexically_normal().string();
  if (file.find('\n') != std::string::npos) {
    std::fprintf(stderr, "tallybook: the name of the file may not hold a line end\n");
    return 1;
  }
  if (auto const answer =
          ask_server(settings.data, (events_only ? "backup-events " : "backup ") + file))
    return backup_command::told(*answer, file);
  Node node(settings);
  return backup_command::told(backup_command::run(node, file, events_only), file);
}

int restore_backup_file(Settings const& settings, std::string const& from) {
  auto const sequence = restore_backup(from, settings.data);
  bool const records = std::filesystem::exists(sqlite_file(settings));
  std::printf("restored %s into %s, events up to %llu%s\n",
              records ? "records and events" : "events only", settings.data.c_str(),
              static_cast<unsigned long long>(sequence),
              records ? "" : "; restore the records with pg_restore");
  return 0;
}

}  // namespace tallybook
