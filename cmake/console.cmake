# tb_console_assets: the built console inside of a static library (src/main/assets.hpp). npm runs when
# a source of the console is newer than what was built, and never while only C++ changes.
set(tb_node ${CMAKE_SOURCE_DIR}/.deps/node/bin)
if(DEFINED ENV{TALLYBOOK_DEPS})
  set(tb_node $ENV{TALLYBOOK_DEPS}/node/bin)
endif()

set(tb_console ${CMAKE_SOURCE_DIR}/console)
# Folder by folder, because console/ also holds node_modules.
file(GLOB_RECURSE tb_console_sources CONFIGURE_DEPENDS ${tb_console}/src/* ${tb_console}/docs/*)
file(GLOB tb_console_settings CONFIGURE_DEPENDS ${tb_console}/*.json ${tb_console}/*.ts ${tb_console}/*.html)

set(tb_console_out ${CMAKE_BINARY_DIR}/console)
add_custom_command(
  OUTPUT ${tb_console_out}/assets.S ${tb_console_out}/assets.cpp
  COMMAND ${CMAKE_COMMAND} -D CONSOLE=${tb_console} -D NODE=${tb_node} -D OUT=${tb_console_out}
          -P ${CMAKE_SOURCE_DIR}/cmake/console_build.cmake
  DEPENDS ${tb_console_sources} ${tb_console_settings} ${tb_console}/.npmrc
          ${CMAKE_SOURCE_DIR}/cmake/console_build.cmake
  COMMENT "Building the console"
  VERBATIM)

add_library(tb_console_assets STATIC ${tb_console_out}/assets.S ${tb_console_out}/assets.cpp)
target_include_directories(tb_console_assets PUBLIC ${CMAKE_SOURCE_DIR}/src)
set_target_properties(tb_console_assets PROPERTIES UNITY_BUILD OFF)
