// How often this process has allocated memory and counted references: a program that links this target has the
// functions that do so replaced by ones that count and pass on.

#ifndef CCALLCOUNTS_H
#define CCALLCOUNTS_H

typedef struct {
  /// Calls of malloc and its relatives, by any library.
  long allocations;
  /// Calls of swift_retain and swift_release and of their bridging and counted forms, but for those that the Swift
  /// runtime makes of its own.
  long references;
} call_counts;

call_counts call_counts_now(void);

#endif
