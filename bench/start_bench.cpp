// Starting on an empty folder, and memory when idle: start_bench FOLDER [starts]
#include <cstdio>
#include <filesystem>
#include <thread>

#include "bench/support/program.hpp"
#include "bench/support/report.hpp"

int main(int count, char** words) {
  using namespace tallybook::bench;
  if (count < 2) return std::fprintf(stderr, "start_bench FOLDER [starts]\n"), 2;
  std::string const folder = std::string(words[1]) + "/installation";
  std::vector<double> starts;
  double memory = 0;
  for (long i = 0, most = argument(count, words, 2, 5); i < most; ++i) {
    Program const program = Program::first_start(folder);
    starts.push_back(program.start_seconds());
    if (i + 1 < most) continue;
    std::this_thread::sleep_for(std::chrono::seconds(2));
    memory = resident_mb(std::to_string(program.process()));
  }
  Figure start{"start on an empty folder", median(starts), "s"};
  start.most = 1;
  report(start);
  Figure idle{"resident memory when idle", memory, "MB"};
  idle.most = 120;
  report(idle);
  note("From starting the process to the first 200 of /ready, the middle of " +
       std::to_string(starts.size()) +
       " starts; folder, records and usage store are made in that time. Memory is read two seconds "
       "later.");
}
