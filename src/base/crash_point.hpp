// crash_point("name"): dies here, as a power cut would, when TALLYBOOK_CRASH_AT asks for it
// ("name" or "name:3" for the third time). Only in builds for tests; elsewhere it is nothing.
#pragma once

namespace tallybook {

#ifdef TALLYBOOK_CRASH_POINTS
void crash_point(char const* name);
#else
inline void crash_point(char const*) {}
#endif

}  // namespace tallybook
