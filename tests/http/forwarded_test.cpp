#include "http/server/forwarded.hpp"

#include <gtest/gtest.h>

#include "http/raw_client.hpp"
#include "http/server/server.hpp"

namespace tallybook {

TEST(TrustedProxies, Trusts_AddressesAndBlocks) {
  struct Case {
    std::vector<std::string> entries;
    char const* address;
    bool trusted;
  };
  for (auto const& [entries, address, trusted] :
       {Case{{}, "127.0.0.1", false}, Case{{"127.0.0.1"}, "127.0.0.1", true},
        Case{{"127.0.0.1"}, "127.0.0.2", false}, Case{{"10.0.0.0/8"}, "10.255.1.2", true},
        Case{{"10.0.0.0/8"}, "11.0.0.1", false}, Case{{"192.168.4.0/22"}, "192.168.7.255", true},
        Case{{"192.168.4.0/22"}, "192.168.8.0", false}, Case{{"0.0.0.0/0"}, "8.8.8.8", true},
        Case{{"0.0.0.0/0"}, "2001:db8::1", false}, Case{{"2001:db8::/33"}, "2001:db8::9", true},
        Case{{"2001:db8::/33"}, "2001:db8:8000::9", false}, Case{{"::1"}, "::1", true},
        Case{{"10.0.0.1"}, "::ffff:10.0.0.1", true}, Case{{"::1", "10.1.0.0/16"}, "10.1.2.3", true},
        Case{{"10.0.0.0/8"}, "unknown", false}}) {
    EXPECT_EQ(TrustedProxies(entries).trusts(address), trusted)
        << address << (entries.empty() ? "" : entries[0]);
  }
}

TEST(TrustedProxies, Constructor_NamesTheBadEntry) {
  for (auto bad : {"", "proxy", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1", "::/129", "10.0.0.0/8x",
                   "10.0.0.256"}) {
    EXPECT_THROW(TrustedProxies({bad}), std::runtime_error) << bad;
  }
}

TEST(TrustedProxies, Apply_TakesTheRightmostUntrustedHop) {
  struct Case {
    char const* forwarded_for;
    char const* client;
  };
  TrustedProxies const proxies({"10.0.0.0/8"});
  for (auto const& [forwarded_for, client] :
       {Case{"203.0.113.7", "203.0.113.7"}, Case{"1.1.1.1, 203.0.113.7, 10.0.0.9", "203.0.113.7"},
        Case{"10.0.0.3,10.0.0.9", "10.0.0.3"}, Case{"junk, 10.0.0.9", "10.0.0.9"},
        Case{"junk", "10.0.0.2"}, Case{"", "10.0.0.2"}, Case{"203.0.113.7:4711", "203.0.113.7"},
        Case{"[2001:db8::1]:4711", "2001:db8::1"}, Case{"2001:db8::2", "2001:db8::2"}}) {
    Request request;
    request.headers = {{"x-forwarded-for", forwarded_for}};
    proxies.apply(request, "10.0.0.2");
    EXPECT_EQ(request.remote_address, client) << forwarded_for;
  }
}

TEST(TrustedProxies, Server_BelievesOnlyTrustedPeers) {
  auto const handler = [](Request const& r) {
    return Response{200,
                    {},
                    r.remote_address + "|" + (r.tls_upstream ? "tls" : "plain") + "|" +
                        std::string(r.header("host")) + "|" +
                        std::string(r.header("x-forwarded-for"))};
  };
  std::string const request =
      "GET / HTTP/1.1\r\nHost: inner\r\nX-Forwarded-For: 203.0.113.7\r\n"
      "X-Forwarded-Proto: https\r\nX-Forwarded-Host: bill.example.com\r\n\r\n";
  for (bool const trusted : {true, false}) {
    ServerOptions options;
    options.port = 0;
    if (trusted) options.trusted_proxies = {"127.0.0.0/8"};
    Server server(options, handler);
    server.start();
    testing::RawClient client(server.port());
    EXPECT_EQ(client.ask(request).body,
              trusted ? "203.0.113.7|tls|bill.example.com|203.0.113.7" : "127.0.0.1|plain|inner|");
  }
}

}  // namespace tallybook
