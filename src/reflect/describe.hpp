// The one way to walk a described struct: names in declaration order, base structs first.
// Everything else of reflect (JSON, SQL, OpenAPI) is built on for_each_field.
#pragma once

#include <boost/describe/class.hpp>
#include <boost/describe/enum.hpp>
#include <boost/describe/enumerators.hpp>
#include <boost/describe/members.hpp>
#include <boost/mp11/algorithm.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

namespace tallybook::reflect {

template <class T>
concept Described = std::is_class_v<T> && boost::describe::has_describe_members<T>::value;

template <class T>
concept DescribedEnum = std::is_enum_v<T> && boost::describe::has_describe_enumerators<T>::value;

template <class T>
using Members = boost::describe::describe_members<T, boost::describe::mod_public |
                                                         boost::describe::mod_inherited>;

// visit(char const* name, Member& member) for each field.
template <class T, class Visit>
void for_each_field(T& object, Visit&& visit) {
  boost::mp11::mp_for_each<Members<std::remove_const_t<T>>>(
      [&](auto member) { visit(member.name, object.*member.pointer); });
}

// visit.template operator()<Member>(name) for each field of a type.
template <class T, class Visit>
void for_each_field_type(Visit&& visit) {
  boost::mp11::mp_for_each<Members<T>>([&](auto member) {
    using Member = std::remove_reference_t<decltype(std::declval<T&>().*member.pointer)>;
    visit(member.name, std::type_identity<Member>{});
  });
}

// The wire spelling of an enumerator: its name, without the underscore at the end that keeps it
// clear of C++ keywords ("and_" -> "and").
inline std::string_view wire_name(char const* enumerator) {
  std::string_view name(enumerator);
  if (name.ends_with('_')) name.remove_suffix(1);
  return name;
}

template <DescribedEnum E>
std::string_view enum_name(E value) {
  std::string_view name = "?";
  boost::mp11::mp_for_each<boost::describe::describe_enumerators<E>>([&](auto d) {
    if (d.value == value) name = wire_name(d.name);
  });
  return name;
}

template <DescribedEnum E>
std::optional<E> enum_from(std::string_view text) {
  std::optional<E> found;
  boost::mp11::mp_for_each<boost::describe::describe_enumerators<E>>([&](auto d) {
    if (wire_name(d.name) == text) found = d.value;
  });
  return found;
}

template <DescribedEnum E>
std::string enum_list(std::string_view separator = ", ") {
  std::string list;
  boost::mp11::mp_for_each<boost::describe::describe_enumerators<E>>([&](auto d) {
    if (!list.empty()) list += separator;
    list += wire_name(d.name);
  });
  return list;
}

// "CustomerV1" for tallybook::api::CustomerV1: the schema's name in OpenAPI.
template <class T>
std::string type_name() {
  std::string_view text = __PRETTY_FUNCTION__;
  auto const begin = text.find("T = ") + 4;
  text = text.substr(begin, text.find_first_of(";]", begin) - begin);
  auto const colon = text.rfind(':');
  return std::string(colon == std::string_view::npos ? text : text.substr(colon + 1));
}

}  // namespace tallybook::reflect
