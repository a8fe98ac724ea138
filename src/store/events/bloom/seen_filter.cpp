#include "store/events/bloom/seen_filter.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>

#include "base/unavailable.hpp"

namespace tallybook {
namespace seen_detail {

constexpr std::uint64_t magic = 0x31304e4545534254;  // "TBSEEN01"
constexpr std::uint64_t first_capacity = 64 * 1024;
constexpr std::uint64_t largest_capacity = 4 * 1024 * 1024;
constexpr std::uint64_t bits_per_id = 32;
constexpr int probes = 10;

std::uint64_t fold(std::uint64_t a, std::uint64_t b) {
  auto const product = static_cast<unsigned __int128>(a) * b;
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}

std::uint64_t word_at(char const* from, size_t bytes) {
  std::uint64_t word = 0;
  std::memcpy(&word, from, bytes);
  return word;
}

constexpr std::uint64_t salt_a = 0x9E3779B97F4A7C15;
constexpr std::uint64_t salt_b = 0xD6E8FEB86659FD93;
constexpr std::uint64_t salt_c = 0xA0761D6478BD642F;

std::uint64_t hash_bytes(char const* data, size_t size, std::uint64_t seed) {
  std::uint64_t state = seed ^ fold(size ^ salt_a, salt_b);
  size_t i = 0;
  for (; i + 8 <= size; i += 8) state = fold(state ^ word_at(data + i, 8) ^ salt_a, salt_c);
  if (i < size) state = fold(state ^ word_at(data + i, size - i) ^ salt_b, salt_c);
  return fold(state ^ salt_c, salt_a);
}

std::uint64_t checksum(void const* data, size_t size, std::uint64_t seed) {
  return hash_bytes(static_cast<char const*>(data), size, seed);
}

struct Close {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, Close>;

[[noreturn]] void cannot(std::string const& what, std::string const& path) {
  throw StoreUnavailable("usage events: cannot " + what + " " + path + ": " + std::strerror(errno));
}

void write_all(std::FILE* file, void const* data, size_t size, std::string const& path) {
  if (size != 0 && std::fwrite(data, 1, size, file) != size) cannot("write", path);
}

bool read_all(std::FILE* file, void* data, size_t size) {
  return size == 0 || std::fread(data, 1, size, file) == size;
}

void sync_folder(std::string const& folder) {
  int const fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) cannot("open", folder);
  bool const bad = ::fsync(fd) != 0;
  ::close(fd);
  if (bad) cannot("sync", folder);
}

struct Header {
  std::uint64_t magic;
  std::uint64_t sequence;
  std::uint64_t mark;
  std::uint64_t layers;
  std::uint64_t checksum;  // of the fields above
};

struct LayerHeader {
  std::uint64_t capacity;
  std::uint64_t count;
  std::uint64_t words;
  std::uint64_t checksum;  // of the words and the three fields above
};

}  // namespace seen_detail

std::uint64_t record_key_hash(std::uint32_t stream, std::string_view record_id) {
  return seen_detail::hash_bytes(record_id.data(), record_id.size(),
                                 seen_detail::fold(stream + 1ULL, seen_detail::salt_a));
}

std::uint64_t SeenFilter::block_of(Layer const& layer, std::uint64_t hash) {
  std::uint64_t const blocks = layer.words.size() / 8;
  auto const scaled = static_cast<unsigned __int128>(hash) * blocks;
  return static_cast<std::uint64_t>(scaled >> 64) * 8;
}

bool SeenFilter::test(Layer const& layer, std::uint64_t hash) {
  std::uint64_t const* block = layer.words.data() + block_of(layer, hash);
  std::uint64_t bits = seen_detail::fold(hash ^ layer.capacity, seen_detail::salt_b);
  std::uint64_t more = seen_detail::fold(hash, seen_detail::salt_c);
  for (int i = 0; i < seen_detail::probes; ++i) {
    if (i == 6) bits = more;
    if ((block[(bits >> 6) & 7] >> (bits & 63) & 1) == 0) return false;
    bits >>= 9;
  }
  return true;
}

void SeenFilter::set(Layer& layer, std::uint64_t hash) {
  std::uint64_t* block = layer.words.data() + block_of(layer, hash);
  std::uint64_t bits = seen_detail::fold(hash ^ layer.capacity, seen_detail::salt_b);
  std::uint64_t more = seen_detail::fold(hash, seen_detail::salt_c);
  for (int i = 0; i < seen_detail::probes; ++i) {
    if (i == 6) bits = more;
    block[(bits >> 6) & 7] |= std::uint64_t{1} << (bits & 63);
    bits >>= 9;
  }
}

bool SeenFilter::may_contain(std::uint64_t hash) const {
  return std::any_of(layers_.begin(), layers_.end(),
                     [hash](Layer const& layer) { return test(layer, hash); });
}

bool SeenFilter::seen_or_add(std::uint64_t hash) {
  if (may_contain(hash)) return true;
  if (layers_.empty() || layers_.back().count == layers_.back().capacity) {
    Layer layer;
    layer.capacity = layers_.empty()
                         ? seen_detail::first_capacity
                         : std::min(layers_.back().capacity * 2, seen_detail::largest_capacity);
    layer.words.assign(layer.capacity * seen_detail::bits_per_id / 64, 0);
    layers_.push_back(std::move(layer));
  }
  set(layers_.back(), hash);
  ++layers_.back().count;
  return false;
}

std::uint64_t SeenFilter::size() const {
  std::uint64_t total = 0;
  for (auto const& layer : layers_) total += layer.count;
  return total;
}

std::uint64_t SeenFilter::memory_bytes() const {
  std::uint64_t total = 0;
  for (auto const& layer : layers_) total += layer.words.size() * 8;
  return total;
}

void SeenFilter::save(std::string const& path, Covered covered) const {
  std::string const temporary = path + ".new";
  {
    seen_detail::File file(std::fopen(temporary.c_str(), "wbe"));
    if (!file) seen_detail::cannot("create", temporary);
    seen_detail::Header header{seen_detail::magic, covered.sequence, covered.mark, layers_.size(),
                               0};
    header.checksum = seen_detail::checksum(&header, sizeof header - 8, 1);
    seen_detail::write_all(file.get(), &header, sizeof header, temporary);
    for (auto const& layer : layers_) {
      seen_detail::LayerHeader head{layer.capacity, layer.count, layer.words.size(), 0};
      head.checksum = seen_detail::checksum(layer.words.data(), layer.words.size() * 8,
                                            seen_detail::checksum(&head, 24, 2));
      seen_detail::write_all(file.get(), &head, sizeof head, temporary);
      seen_detail::write_all(file.get(), layer.words.data(), layer.words.size() * 8, temporary);
    }
    if (std::fflush(file.get()) != 0 || ::fsync(::fileno(file.get())) != 0)
      seen_detail::cannot("sync", temporary);
  }
  if (std::rename(temporary.c_str(), path.c_str()) != 0) seen_detail::cannot("rename", temporary);
  seen_detail::sync_folder(std::filesystem::path(path).parent_path().string());
}

std::optional<SeenFilter::Covered> SeenFilter::load(std::string const& path) {
  layers_.clear();
  seen_detail::File file(std::fopen(path.c_str(), "rbe"));
  seen_detail::Header header{};
  if (!file || !seen_detail::read_all(file.get(), &header, sizeof header)) return std::nullopt;
  if (header.magic != seen_detail::magic ||
      header.checksum != seen_detail::checksum(&header, sizeof header - 8, 1))
    return std::nullopt;
  std::vector<Layer> layers;
  for (std::uint64_t i = 0; i < header.layers; ++i) {
    seen_detail::LayerHeader head{};
    if (!seen_detail::read_all(file.get(), &head, sizeof head)) return std::nullopt;
    if (head.capacity > seen_detail::largest_capacity || head.count > head.capacity ||
        head.words != head.capacity * seen_detail::bits_per_id / 64)
      return std::nullopt;
    Layer layer{head.capacity, head.count, std::vector<std::uint64_t>(head.words)};
    if (!seen_detail::read_all(file.get(), layer.words.data(), head.words * 8)) return std::nullopt;
    if (head.checksum != seen_detail::checksum(layer.words.data(), head.words * 8,
                                               seen_detail::checksum(&head, 24, 2)))
      return std::nullopt;
    layers.push_back(std::move(layer));
  }
  layers_ = std::move(layers);
  return Covered{header.sequence, header.mark};
}

}  // namespace tallybook
