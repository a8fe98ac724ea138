#include "http/client/http_client.hpp"

#include <curl/curl.h>

#include <stdexcept>

namespace tallybook {
namespace http_client_detail {

std::size_t receive(char* data, std::size_t size, std::size_t count, void* target) {
  static_cast<std::string*>(target)->append(data, size * count);
  return size * count;
}

}  // namespace http_client_detail

struct HttpClient::Parts {
  std::string base_url;
  Limits limits;
  CURL* handle = nullptr;
  curl_slist* headers = nullptr;
};

HttpClient::HttpClient(std::string base_url, std::vector<std::string> const& headers)
    : HttpClient(std::move(base_url), headers, Limits{}) {}

HttpClient::HttpClient(std::string base_url, std::vector<std::string> const& headers, Limits limits)
    : parts_(std::make_unique<Parts>()) {
  parts_->limits = limits;
  parts_->handle = curl_easy_init();
  if (parts_->handle == nullptr) throw std::runtime_error("no HTTP client");
  while (base_url.ends_with('/')) base_url.pop_back();
  parts_->base_url = std::move(base_url);
  for (auto const& header : headers)
    parts_->headers = curl_slist_append(parts_->headers, header.c_str());
}

HttpClient::~HttpClient() {
  curl_slist_free_all(parts_->headers);
  curl_easy_cleanup(parts_->handle);
}

std::string HttpClient::escaped(std::string const& text) {
  char* made = curl_easy_escape(parts_->handle, text.data(), static_cast<int>(text.size()));
  std::string copy = made == nullptr ? "" : made;
  curl_free(made);
  return copy;
}

HttpClient::Answer HttpClient::get(std::string const& path) { return call(path, nullptr); }
HttpClient::Answer HttpClient::post(std::string const& path, std::string const& body) {
  return call(path, &body);
}

HttpClient::Answer HttpClient::call(std::string const& path, std::string const* body) {
  CURL* handle = parts_->handle;
  Answer answer;
  std::string const url = parts_->base_url + path;
  curl_easy_reset(handle);
  curl_easy_setopt(handle, CURLOPT_URL, url.c_str());
  curl_easy_setopt(handle, CURLOPT_HTTPHEADER, parts_->headers);
  curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(handle, CURLOPT_CONNECTTIMEOUT, parts_->limits.connect);
  curl_easy_setopt(handle, CURLOPT_TIMEOUT, parts_->limits.total);
  curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, http_client_detail::receive);
  curl_easy_setopt(handle, CURLOPT_WRITEDATA, &answer.body);
  if (body != nullptr) {
    curl_easy_setopt(handle, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body->size()));
    curl_easy_setopt(handle, CURLOPT_POSTFIELDS, body->c_str());
  }
  CURLcode const code = curl_easy_perform(handle);
  if (code != CURLE_OK)
    throw std::runtime_error(parts_->base_url + ": " + curl_easy_strerror(code));
  curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &answer.status);
  return answer;
}

}  // namespace tallybook
