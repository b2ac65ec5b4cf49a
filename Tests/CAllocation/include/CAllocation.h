// What the C library's allocator has given out, which Swift's modules of it do not show.

#ifndef CALLOCATION_H
#define CALLOCATION_H

/// Bytes that are allocated in this process.
long allocated_byte_count(void);

#endif
