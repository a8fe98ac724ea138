// Wallets, their loads and movements, and the switches of an account.
#pragma once

#include "api/protocol/route.hpp"
#include "domain/wallet/wallet.hpp"

namespace tallybook::api {

void add_wallet_routes(Router& router);

// A movement with the wallet it belongs to, for the outbox.
std::string wallet_transaction_json(Wallet const& wallet, WalletTransaction const& movement);

}  // namespace tallybook::api
