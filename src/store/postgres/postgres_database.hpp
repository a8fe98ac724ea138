// PostgreSQL 15: a pool of connections, one transaction each (READ COMMITTED with row locks).
// Serialisation failures and deadlocks run the work again.
#pragma once

#include <memory>
#include <string>

#include "store/sql/session.hpp"

namespace tallybook {

// Whether a commit waits for the disk. What may lose its newest writes with the server goes
// without.
enum class PostgresCommits { durable, unsynced };

// `url` is postgres://user:password@host:port/database. Throws StoreUnavailable.
std::unique_ptr<SqlDatabase> open_postgres(std::string const& url, int connections = 8,
                                           PostgresCommits commits = PostgresCommits::durable);

// Holds a session-level advisory lock for the life of the object: a second holder fails with
// StoreUnavailable, so that two nodes with local usage stores never share one database.
class NodeLock {
 public:
  virtual ~NodeLock() = default;
};
std::unique_ptr<NodeLock> take_node_lock(std::string const& url);

}  // namespace tallybook
