// Fontconfig, Pango and Cairo keep their font caches until the process ends; measured over many
// renders they do not grow. The leak checker asks here what to leave out.
extern "C" char const* __lsan_default_suppressions() {
  return "leak:libfontconfig\nleak:libcairo\nleak:libpango\nleak:libglib\n";
}
