// The steps that trees of explanations are made of. Internal to domain/explain.
#pragma once

#include "domain/explain/explanation.hpp"

namespace tallybook::explain_nodes {

inline ExplanationNode input(std::string label, Exact value, std::string source) {
  return {"input", std::move(label), std::move(value), std::move(source)};
}

inline ExplanationNode product(std::string label, ExplanationNode a, ExplanationNode b) {
  ExplanationNode node{"product", std::move(label), a.value * b.value};
  node.of.push_back(std::move(a));
  node.of.push_back(std::move(b));
  return node;
}

// Half away from zero, in whole minor units.
inline ExplanationNode rounded(std::string label, ExplanationNode exact) {
  ExplanationNode node{"round", std::move(label), exact.value.rounded(0)};
  node.texts = {{"policy", "half_away_from_zero"}};
  node.numbers = {{"scale", 0}};
  node.of.push_back(std::move(exact));
  return node;
}

}  // namespace tallybook::explain_nodes
