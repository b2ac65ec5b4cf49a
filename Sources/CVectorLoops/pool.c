// The pool: threads that take the blocks of a launch from counters, spin for a little while when there are none, and
// then sleep on a futex. A thread that sleeps through a launch is not waited for.
//
// Each thread has a share of every kernel's blocks, the same whenever the kernel runs, so that weights and moments stay
// in the caches of the core that updates them; a thread that is done with its own share helps with the others'.

#define _GNU_SOURCE
#include "addressing.h"
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

/// A thread's share of the launch in progress: `turn` counts launches, so that a thread that comes late recognizes
/// another one.
typedef struct {
  /// (turn << 32) | the next of its blocks to be taken.
  _Alignas(64) _Atomic uint64_t next;
  /// (turn << 32) | its blocks.
  _Atomic uint64_t extent;
} share;

/// The launch in progress.
typedef struct {
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
    share share;
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

/// The first block of a kernel, the `index`-th of its launch, that belongs to the share of a thread. The shares of a
/// kernel with fewer blocks than threads begin with another thread for each kernel.
static int64_t first_of_share(const elbo_kernel *kernel, int32_t index, int32_t number, int32_t thread_count) {
  const int64_t count = kernel->block_count;
  if (count >= thread_count) return count * number / thread_count;
  const int64_t first = number - index % (thread_count - count + 1);
  return elbo_least(elbo_most(first, 0), count);
}

void elbo_fill_shares(const elbo_launch *launch, int32_t thread_count, uint32_t *shares) {
  for (int32_t i = 0; i < thread_count; i++) {
    shares[i] = 0;
    for (int32_t k = 0; k < launch->kernel_count; k++)
      shares[i] += (uint32_t)(first_of_share(&launch->kernels[k], k, i + 1, thread_count)
          - first_of_share(&launch->kernels[k], k, i, thread_count));
  }
}

static void run_block_of_share(
    const elbo_launch *launch, int32_t number, int32_t thread_count, int64_t block, char *scratch) {
  for (int32_t k = 0;; k++) {
    const elbo_kernel *kernel = &launch->kernels[k];
    const int64_t first = first_of_share(kernel, k, number, thread_count);
    const int64_t size = first_of_share(kernel, k, number + 1, thread_count) - first;
    if (block < size) {
      kernel->run(kernel, first + block, scratch);
      return;
    }
    block -= size;
  }
}

/// Takes and runs blocks of a share until none is left.
static void run_share(elbo_pool *pool, int32_t owner, int32_t number) {
  work *work = &pool->work;
  share *share = &pool->workers[owner].share;
  for (;;) {
    uint64_t ticket = atomic_fetch_add_explicit(&share->next, 1, memory_order_acq_rel);
    uint64_t extent = atomic_load_explicit(&share->extent, memory_order_acquire);
    // A ticket of another turn is one past the end of that turn: a valid one keeps its turn open.
    if (ticket >> 32 != extent >> 32 || (uint32_t)ticket >= (uint32_t)extent) return;
    const elbo_program *program = work->program;
    const elbo_launch *launch = work->launch;
    run_block_of_share(
        launch, owner, pool->thread_count, (uint32_t)ticket, program->scratch + number * program->scratch_per_thread);
    const uint32_t count = (uint32_t)launch->block_count;
    uint32_t done = atomic_fetch_add_explicit(&work->done, 1, memory_order_seq_cst) + 1;
    if (done == count && atomic_load_explicit(&work->is_awaited, memory_order_seq_cst)) wake(&work->done);
  }
}

/// Takes and runs blocks of the launch in progress until none is left: a thread's own, then those of the threads after
/// it.
static void run_blocks(elbo_pool *pool, int32_t number) {
  for (int32_t i = 0; i < pool->thread_count; i++) run_share(pool, (number + i) % pool->thread_count, number);
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
  pool->workers[0] = (struct worker){.pool = pool};
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
    for (int32_t k = 0; k < launch->kernel_count; k++)
      for (int64_t block = 0; block < launch->kernels[k].block_count; block++)
        launch->kernels[k].run(&launch->kernels[k], block, program->scratch);
    return;
  }
  uint32_t count = (uint32_t)launch->block_count;
  uint64_t turn = (uint64_t)(atomic_load_explicit(&pool->turn, memory_order_relaxed) + 1u) << 32;
  work->launch = launch;
  work->program = program;
  atomic_store_explicit(&work->done, 0, memory_order_relaxed);
  atomic_store_explicit(&work->is_awaited, 0, memory_order_relaxed);
  for (int32_t i = 0; i < pool->thread_count; i++) {
    share *share = &pool->workers[i].share;
    atomic_store_explicit(&share->extent, turn | launch->shares[i], memory_order_release);
    atomic_store_explicit(&share->next, turn, memory_order_release);
  }
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
