#define _GNU_SOURCE
#include "include/CEnvironment.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/// "name=value", or NULL without memory.
static char *entry(const char *name, const char *value) {
  char *text = NULL;
  return asprintf(&text, "%s=%s", name, value) < 0 ? NULL : text;
}

int elbo_add_variable(const char *name, const char *value) {
  pthread_mutex_lock(&lock);
  int is_added = 0;
  if (!getenv(name)) {
    size_t count = 0;
    while (environ && environ[count]) ++count;
    char **longer = malloc((count + 2) * sizeof *longer);
    char *added = entry(name, value);
    if (longer && added) {
      if (count) memcpy(longer, environ, count * sizeof *longer);
      longer[count] = added;
      longer[count + 1] = NULL;
      __atomic_store_n(&environ, longer, __ATOMIC_RELEASE);
      is_added = 1;
    } else {
      free(longer);
      free(added);
    }
  }
  pthread_mutex_unlock(&lock);
  return is_added;
}

void elbo_remove_variable(const char *name) {
  pthread_mutex_lock(&lock);
  unsetenv(name);
  pthread_mutex_unlock(&lock);
}
