// The pool: threads that take the blocks of a launch from a counter, spin for a little while when there are none, and
// then sleep on a futex. A thread that sleeps through a launch is not waited for.

#define _GNU_SOURCE
#include "include/elbo_program.h"

#include <limits.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum {
  /// Pauses before a thread sleeps: some tens of microseconds, longer than the gap between two launches.
  SPINS = 4000,
  MOST_THREADS = 1024,
};

/// The launch in progress: `turn` counts launches, so that a thread that comes late recognizes another one.
typedef struct {
  /// (turn << 32) | the next block to be taken.
  _Alignas(64) _Atomic uint64_t next;
  /// (turn << 32) | blocks of this launch.
  _Atomic uint64_t extent;
  const elbo_launch *launch;
  const elbo_program *program;
  /// Blocks that are finished.
  _Alignas(64) _Atomic uint32_t done;
  _Atomic uint32_t is_awaited;
} work;

struct elbo_pool {
  work work;
  /// What sleeping threads watch: the turn.
  _Alignas(64) _Atomic uint32_t turn;
  _Atomic uint32_t sleepers;
  _Atomic uint32_t is_closing;
  pthread_mutex_t mutex;
  int32_t thread_count;
  struct worker {
    elbo_pool *pool;
    pthread_t thread;
    int32_t number;
  } workers[];
};

static void pause_briefly(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

static void sleep_while(_Atomic uint32_t *word, uint32_t value) {
  syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, value, NULL, NULL, 0);
}

static void wake(_Atomic uint32_t *word) { syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, INT_MAX, NULL, NULL, 0); }

// MARK: Blocks

static void run_block(const elbo_launch *launch, int64_t block, char *scratch) {
  const elbo_kernel *kernel = launch->kernels;
  while (block >= kernel->block_count) block -= (kernel++)->block_count;
  kernel->run(kernel, block, scratch);
}

/// Takes and runs blocks of the launch in progress until none is left.
static void run_blocks(elbo_pool *pool, int32_t number) {
  work *work = &pool->work;
  for (;;) {
    uint64_t ticket = atomic_fetch_add_explicit(&work->next, 1, memory_order_acq_rel);
    uint64_t extent = atomic_load_explicit(&work->extent, memory_order_acquire);
    // A ticket of another turn is one past the end of that turn: a valid one keeps its turn open.
    if (ticket >> 32 != extent >> 32 || (uint32_t)ticket >= (uint32_t)extent) return;
    const elbo_program *program = work->program;
    run_block(work->launch, (uint32_t)ticket, program->scratch + number * program->scratch_per_thread);
    uint32_t done = atomic_fetch_add_explicit(&work->done, 1, memory_order_seq_cst) + 1;
    if (done == (uint32_t)extent && atomic_load_explicit(&work->is_awaited, memory_order_seq_cst)) wake(&work->done);
  }
}

// MARK: Workers

static void *work_until_closed(void *argument) {
  struct worker *worker = argument;
  elbo_pool *pool = worker->pool;
  uint32_t seen = 0;
  for (;;) {
    uint32_t turn = atomic_load_explicit(&pool->turn, memory_order_acquire);
    for (int32_t spin = 0; turn == seen && spin < SPINS; spin++) {
      pause_briefly();
      turn = atomic_load_explicit(&pool->turn, memory_order_acquire);
    }
    if (turn == seen) {
      atomic_fetch_add_explicit(&pool->sleepers, 1, memory_order_seq_cst);
      if (atomic_load_explicit(&pool->turn, memory_order_seq_cst) == seen) sleep_while(&pool->turn, seen);
      atomic_fetch_sub_explicit(&pool->sleepers, 1, memory_order_seq_cst);
      continue;
    }
    if (atomic_load_explicit(&pool->is_closing, memory_order_acquire)) return NULL;
    seen = turn;
    run_blocks(pool, worker->number);
  }
}

static void begin_turn(elbo_pool *pool) {
  atomic_fetch_add_explicit(&pool->turn, 1, memory_order_seq_cst);
  if (atomic_load_explicit(&pool->sleepers, memory_order_seq_cst) > 0) wake(&pool->turn);
}

elbo_pool *elbo_pool_create(int32_t thread_count) {
  if (thread_count < 1) thread_count = 1;
  if (thread_count > MOST_THREADS) thread_count = MOST_THREADS;
  size_t byte_count = sizeof(elbo_pool) + sizeof(struct worker) * (size_t)thread_count;
  elbo_pool *pool = aligned_alloc(64, (byte_count + 63) / 64 * 64);
  if (!pool) return NULL;
  *pool = (elbo_pool){.thread_count = 1};
  pthread_mutex_init(&pool->mutex, NULL);
  for (int32_t i = 1; i < thread_count; i++) {
    pool->workers[i] = (struct worker){.pool = pool, .number = i};
    if (pthread_create(&pool->workers[i].thread, NULL, work_until_closed, &pool->workers[i]) != 0) {
      elbo_pool_destroy(pool);
      return NULL;
    }
    pool->thread_count += 1;
  }
  return pool;
}

void elbo_pool_destroy(elbo_pool *pool) {
  atomic_store_explicit(&pool->is_closing, 1, memory_order_release);
  begin_turn(pool);
  for (int32_t i = 1; i < pool->thread_count; i++) pthread_join(pool->workers[i].thread, NULL);
  pthread_mutex_destroy(&pool->mutex);
  free(pool);
}

void elbo_pool_wait(elbo_pool *pool) {
  pthread_mutex_lock(&pool->mutex);
  pthread_mutex_unlock(&pool->mutex);
}

// MARK: Launches

static void run_launch(const elbo_program *program, const elbo_launch *launch) {
  elbo_pool *pool = program->pool;
  work *work = &pool->work;
  if (pool->thread_count == 1 || launch->block_count <= 1) {
    for (int64_t block = 0; block < launch->block_count; block++) run_block(launch, block, program->scratch);
    return;
  }
  uint32_t count = (uint32_t)launch->block_count;
  uint64_t turn = (uint64_t)(atomic_load_explicit(&pool->turn, memory_order_relaxed) + 1u) << 32;
  work->launch = launch;
  work->program = program;
  atomic_store_explicit(&work->done, 0, memory_order_relaxed);
  atomic_store_explicit(&work->is_awaited, 0, memory_order_relaxed);
  atomic_store_explicit(&work->extent, turn | count, memory_order_release);
  atomic_store_explicit(&work->next, turn, memory_order_release);
  begin_turn(pool);
  run_blocks(pool, 0);
  for (int32_t spin = 0; spin < SPINS; spin++) {
    if (atomic_load_explicit(&work->done, memory_order_acquire) == count) return;
    pause_briefly();
  }
  atomic_store_explicit(&work->is_awaited, 1, memory_order_seq_cst);
  for (;;) {
    uint32_t done = atomic_load_explicit(&work->done, memory_order_seq_cst);
    if (done == count) return;
    sleep_while(&work->done, done);
  }
}

void elbo_run(const elbo_program *program, int64_t times) {
  pthread_mutex_lock(&program->pool->mutex);
  for (int64_t t = 0; t < times; t++)
    for (int32_t i = 0; i < program->launch_count; i++) run_launch(program, &program->launches[i]);
  pthread_mutex_unlock(&program->pool->mutex);
}

void elbo_profile(const elbo_program *program, double *seconds) {
  pthread_mutex_lock(&program->pool->mutex);
  for (int32_t i = 0; i < program->launch_count; i++) {
    struct timespec begin, end;
    clock_gettime(CLOCK_MONOTONIC, &begin);
    run_launch(program, &program->launches[i]);
    clock_gettime(CLOCK_MONOTONIC, &end);
    seconds[i] = (double)(end.tv_sec - begin.tv_sec) + 1e-9 * (double)(end.tv_nsec - begin.tv_nsec);
  }
  pthread_mutex_unlock(&program->pool->mutex);
}

int32_t elbo_processor_count(void) {
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) != 0) return 1;
  int count = CPU_COUNT(&set);
  return count > 0 ? count : 1;
}
