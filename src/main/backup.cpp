#include "main/backup.hpp"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <sodium.h>
#include <unistd.h>

#include <filesystem>
#include <map>

#include "base/unavailable.hpp"
#include "reflect/value.hpp"

namespace tallybook {
namespace backup_detail {

namespace fs = std::filesystem;

constexpr char const* manifest_name = "manifest.json";
constexpr std::int64_t format = 1;
constexpr std::size_t chunk = 256 * 1024;

[[noreturn]] void failed(std::string const& what) { throw StoreUnavailable("backup: " + what); }

// Removes a folder or file when it goes out of scope, unless told to keep it.
class Scratch {
 public:
  explicit Scratch(std::string path) : path_(std::move(path)) {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  ~Scratch() {
    std::error_code ignored;
    if (!kept_) fs::remove_all(path_, ignored);
  }
  Scratch(Scratch const&) = delete;
  void keep() { kept_ = true; }
  [[nodiscard]] std::string const& path() const { return path_; }

 private:
  std::string path_;
  bool kept_ = false;
};

class File {
 public:
  File(std::string const& path, int flags)
      : path_(path), descriptor_(::open(path.c_str(), flags | O_CLOEXEC, 0600)) {
    if (descriptor_ < 0) failed("cannot open " + path);
  }
  ~File() { ::close(descriptor_); }
  File(File const&) = delete;
  [[nodiscard]] int descriptor() const { return descriptor_; }
  std::size_t read(char* buffer, std::size_t size) const {
    auto const count = ::read(descriptor_, buffer, size);
    if (count < 0) failed("cannot read " + path_);
    return static_cast<std::size_t>(count);
  }
  void write(char const* data, std::size_t size) const {
    while (size > 0) {
      auto const count = ::write(descriptor_, data, size);
      if (count <= 0) failed("cannot write " + path_ + " (is the disk full?)");
      data += count;
      size -= static_cast<std::size_t>(count);
    }
  }
  void sync() const {
    if (::fsync(descriptor_) != 0) failed("cannot sync " + path_);
  }

 private:
  std::string path_;
  int descriptor_;
};

void sync_path(std::string const& path) { File(path.empty() ? "." : path, O_RDONLY).sync(); }

class Checksum {
 public:
  Checksum() { crypto_generichash_init(&state_, nullptr, 0, 32); }
  void add(char const* data, std::size_t size) {
    crypto_generichash_update(&state_, reinterpret_cast<unsigned char const*>(data), size);
  }
  std::string hex() {
    unsigned char hash[32];
    crypto_generichash_final(&state_, hash, sizeof hash);
    char text[65];
    sodium_bin2hex(text, sizeof text, hash, sizeof hash);
    return text;
  }

 private:
  crypto_generichash_state state_;
};

struct Listed {
  std::string path;  // "tallybook.db", "events/events.duckdb"
  std::uint64_t bytes = 0;
  std::string checksum;
};

Listed listed(std::string const& folder, std::string const& path) {
  Listed entry{path, 0, ""};
  Checksum checksum;
  File const file(folder + "/" + path, O_RDONLY);
  std::string buffer(chunk, '\0');
  while (std::size_t const count = file.read(buffer.data(), buffer.size())) {
    checksum.add(buffer.data(), count);
    entry.bytes += count;
  }
  entry.checksum = checksum.hex();
  return entry;
}

Value whole(std::uint64_t number) { return *parse_json(std::to_string(number)); }

std::string manifest_of(std::vector<Listed> const& files, std::uint64_t sequence, bool records) {
  Value manifest;
  manifest["format"] = whole(format);
  manifest["program"] = "tallybook 0.1.0";
  manifest["records"] = records ? "sqlite" : "none";
  manifest["events_sequence"] = whole(sequence);
  for (auto const& file : files) {
    Value entry;
    entry["path"] = file.path;
    entry["bytes"] = whole(file.bytes);
    entry["blake2b"] = file.checksum;
    manifest["files"].push_back(std::move(entry));
  }
  return to_pretty_json_text(manifest) + "\n";
}

struct CloseWriter {
  void operator()(archive* handle) const { archive_write_free(handle); }
};
struct CloseReader {
  void operator()(archive* handle) const { archive_read_free(handle); }
};

class Writer {
 public:
  // The file is new and only its owner may read it: it holds everything.
  explicit Writer(std::string const& file)
      : file_(file, O_WRONLY | O_CREAT | O_EXCL), handle_(archive_write_new()) {
    check(archive_write_set_format_pax_restricted(handle_.get()));
    check(archive_write_add_filter_zstd(handle_.get()));
    check(archive_write_open_fd(handle_.get(), file_.descriptor()));
  }
  void begin(std::string const& path, std::uint64_t bytes) {
    std::unique_ptr<archive_entry, void (*)(archive_entry*)> const entry(archive_entry_new(),
                                                                         archive_entry_free);
    archive_entry_set_pathname(entry.get(), path.c_str());
    archive_entry_set_size(entry.get(), static_cast<la_int64_t>(bytes));
    archive_entry_set_filetype(entry.get(), AE_IFREG);
    archive_entry_set_perm(entry.get(), 0600);
    check(archive_write_header(handle_.get(), entry.get()));
  }
  void write(char const* data, std::size_t size) {
    while (size > 0) {
      auto const count = archive_write_data(handle_.get(), data, size);
      if (count <= 0)
        failed(archive_error_string(handle_.get()) == nullptr
                   ? "cannot write"
                   : archive_error_string(handle_.get()));
      data += count;
      size -= static_cast<std::size_t>(count);
    }
  }
  void close() {
    check(archive_write_close(handle_.get()));
    file_.sync();
  }

 private:
  void check(int code) {
    if (code < ARCHIVE_WARN)
      failed(archive_error_string(handle_.get()) == nullptr ? "cannot write"
                                                            : archive_error_string(handle_.get()));
  }
  File file_;
  std::unique_ptr<archive, CloseWriter> handle_;
};

void pack(std::string const& folder, std::vector<Listed> const& files, std::string const& manifest,
          std::string const& target) {
  Writer writer(target);
  writer.begin(manifest_name, manifest.size());
  writer.write(manifest.data(), manifest.size());
  std::string buffer(chunk, '\0');
  for (auto const& entry : files) {
    writer.begin(entry.path, entry.bytes);
    File const file(folder + "/" + entry.path, O_RDONLY);
    while (std::size_t const count = file.read(buffer.data(), buffer.size()))
      writer.write(buffer.data(), count);
  }
  writer.close();
}

struct Manifest {
  std::map<std::string, Listed> files;
  std::uint64_t sequence = 0;
};

std::uint64_t whole_of(Value const& value, char const* key) {
  auto const* found = value.find(key);
  if (found == nullptr) failed(std::string("the manifest lacks ") + key);
  return std::strtoull(to_json_text(*found).c_str(), nullptr, 10);
}

std::string text_of(Value const& value, char const* key) {
  auto const* found = value.find(key);
  auto const* text = found != nullptr ? found->as_string() : nullptr;
  if (text == nullptr) failed(std::string("the manifest lacks ") + key);
  return *text;
}

// Only what a backup of ours holds may be unpacked, whatever the file says.
bool is_ours(std::string const& path) {
  return path == "tallybook.db" ||
         (path.starts_with("events/") && path.find('/', 7) == std::string::npos &&
          path.find("..") == std::string::npos && path.size() > 7);
}

Manifest read_manifest(std::string const& text) {
  auto const value = parse_json(text);
  if (!value) failed("the manifest cannot be read");
  if (whole_of(*value, "format") != static_cast<std::uint64_t>(format))
    failed("it was made by a newer version of the program");
  Manifest manifest;
  manifest.sequence = whole_of(*value, "events_sequence");
  auto const* files = value->find("files");
  if (files == nullptr || files->as_array() == nullptr) failed("the manifest lacks files");
  for (auto const& file : *files->as_array()) {
    Listed entry{text_of(file, "path"), whole_of(file, "bytes"), text_of(file, "blake2b")};
    if (!is_ours(entry.path))
      failed("the manifest names " + entry.path + ", which is no file of a backup");
    manifest.files[entry.path] = entry;
  }
  return manifest;
}

class Reader {
 public:
  explicit Reader(std::string const& file) : handle_(archive_read_new()) {
    archive_read_support_format_tar(handle_.get());
    archive_read_support_filter_zstd(handle_.get());
    if (archive_read_open_filename(handle_.get(), file.c_str(), chunk) != ARCHIVE_OK)
      failed("cannot read " + file);
  }
  // The next entry's name; empty after the last one.
  std::string next() {
    archive_entry* entry = nullptr;
    int const code = archive_read_next_header(handle_.get(), &entry);
    if (code == ARCHIVE_EOF) return "";
    if (code < ARCHIVE_WARN) failed("the file is damaged");
    char const* name = archive_entry_pathname(entry);
    if (name == nullptr || *name == '\0' || archive_entry_filetype(entry) != AE_IFREG)
      failed("the file holds something else than files");
    return name;
  }
  std::size_t read(char* buffer, std::size_t size) {
    auto const count = archive_read_data(handle_.get(), buffer, size);
    if (count < 0) failed("the file is damaged");
    return static_cast<std::size_t>(count);
  }

 private:
  std::unique_ptr<archive, CloseReader> handle_;
};

std::string read_small(Reader& reader) {
  std::string text, buffer(chunk, '\0');
  while (std::size_t const count = reader.read(buffer.data(), buffer.size())) {
    text.append(buffer.data(), count);
    if (text.size() > 16 * 1024 * 1024) failed("the manifest is too long");
  }
  return text;
}

void unpack_entry(Reader& reader, Listed const& expected, std::string const& target) {
  File const file(target, O_WRONLY | O_CREAT | O_EXCL);
  Checksum checksum;
  std::uint64_t bytes = 0;
  std::string buffer(chunk, '\0');
  while (std::size_t const count = reader.read(buffer.data(), buffer.size())) {
    checksum.add(buffer.data(), count);
    bytes += count;
    file.write(buffer.data(), count);
  }
  if (bytes != expected.bytes || checksum.hex() != expected.checksum)
    failed(expected.path + " does not have the checksum of the manifest");
  file.sync();
}

std::string parent_of(std::string const& path) {
  auto const parent = fs::absolute(path).lexically_normal().parent_path();
  return parent.string();
}

}  // namespace backup_detail

BackupMade make_backup(SqlDatabase* records, EventStore& events, std::string const& work_folder,
                       std::string const& file) {
  using namespace backup_detail;
  Scratch const work(work_folder);
  std::error_code problem;
  fs::create_directories(work.path(), problem);
  if (problem) failed("cannot make " + work.path() + ": " + problem.message());
  fs::permissions(work.path(), fs::perms::owner_all, problem);
  if (fs::exists(file, problem)) failed(file + " exists already");
  std::vector<Listed> files;
  if (records != nullptr) {
    records->backup_to(work.path() + "/tallybook.db");
    files.push_back(listed(work.path(), "tallybook.db"));
  }
  BackupMade made;
  made.sequence = events.backup_to(work.path() + "/events");
  for (auto const& entry : fs::directory_iterator(work.path() + "/events")) {
    if (entry.is_regular_file() && entry.path().filename() != "lock")
      files.push_back(listed(work.path(), "events/" + entry.path().filename().string()));
  }
  Scratch unfinished(file + ".unfinished");
  pack(work.path(), files, manifest_of(files, made.sequence, records != nullptr),
       unfinished.path());
  fs::rename(unfinished.path(), file, problem);
  if (problem) failed("cannot write " + file + ": " + problem.message());
  unfinished.keep();
  sync_path(parent_of(file));
  made.bytes = fs::file_size(file, problem);
  return made;
}

std::uint64_t restore_backup(std::string const& file, std::string const& folder) {
  using namespace backup_detail;
  std::error_code problem;
  std::string const target = fs::absolute(folder).lexically_normal().string();
  if (fs::exists(target, problem) && !fs::is_empty(target, problem))
    throw StoreUnavailable("restore: " + folder + " is not empty");
  Reader reader(file);
  if (reader.next() != manifest_name) failed(file + " is no backup of this program");
  auto manifest = read_manifest(read_small(reader));
  std::string beside = target;
  while (beside.ends_with('/')) beside.pop_back();
  Scratch unpacked(beside + ".restoring");
  fs::create_directories(unpacked.path() + "/events", problem);
  if (problem) failed("cannot make " + unpacked.path() + ": " + problem.message());
  fs::permissions(unpacked.path(), fs::perms::owner_all, problem);
  for (std::string name = reader.next(); !name.empty(); name = reader.next()) {
    auto const expected = manifest.files.find(name);
    if (expected == manifest.files.end())
      failed("the file holds " + name + ", which the manifest does not name");
    unpack_entry(reader, expected->second, unpacked.path() + "/" + name);
    manifest.files.erase(expected);
  }
  if (!manifest.files.empty()) failed(manifest.files.begin()->first + " is missing");
  sync_path(unpacked.path() + "/events");
  sync_path(unpacked.path());
  // Replaces an empty folder in one step.
  fs::rename(unpacked.path(), beside, problem);
  if (problem) failed("cannot put the data into " + folder + ": " + problem.message());
  unpacked.keep();
  sync_path(parent_of(beside));
  return manifest.sequence;
}

}  // namespace tallybook
