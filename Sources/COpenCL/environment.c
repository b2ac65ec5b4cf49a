// Two things a process must arrange before it opens the OpenCL loader.
//
// A container is often given NVIDIA's driver without the file in /etc/OpenCL/vendors by which a loader finds it. The
// loader takes another folder by OCL_ICD_VENDORS: a temporary one, with the system's entries and the missing one.
//
// PoCL's worker threads sleep between launches, and without a fixed place the kernel of Linux wakes two of them on one
// core: a matrix product of 0.2 ms then takes 0.4. POCL_AFFINITY pins them, to cores counted from 0, so it is set only
// where the process may run on all of them.

#define _GNU_SOURCE
#include "environment.h"

#include <CEnvironment.h>
#include <dirent.h>
#include <dlfcn.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifndef ELBO_SYSTEM_VENDORS
#define ELBO_SYSTEM_VENDORS "/etc/OpenCL/vendors"
#endif

#ifndef ELBO_NVIDIA_LIBRARY
#define ELBO_NVIDIA_LIBRARY "libnvidia-opencl.so.1"
#endif

static const char *const nvidia_folders[] = {
  "/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib64", "/usr/lib", "/usr/local/nvidia/lib64",
  "/usr/local/nvidia/lib",
};

// What NVIDIA's driver opens by bare name: opened here by path first, they are found wherever they lie.
static const char *const nvidia_companions[] = {
  "libcuda.so.1", "libnvidia-gpucomp.so", "libnvidia-nvvm.so.4", "libnvidia-ptxjitcompiler.so.1",
};

static int has_suffix(const char *text, const char *suffix) {
  size_t length = strlen(text), tail = strlen(suffix);
  return length >= tail && strcmp(text + length - tail, suffix) == 0;
}

// Whether the entry at `path`, one line with a library's name, names NVIDIA's.
static int names_nvidia(const char *path) {
  char line[1024] = "";
  FILE *file = fopen(path, "r");
  if (!file) return 0;
  if (!fgets(line, sizeof line, file)) line[0] = 0;
  fclose(file);
  return strstr(line, "libnvidia-opencl") != NULL;
}

// The folder in which NVIDIA's library lies, or NULL.
static const char *nvidia_folder(void) {
  char path[512];
  for (size_t i = 0; i < sizeof nvidia_folders / sizeof *nvidia_folders; ++i) {
    snprintf(path, sizeof path, "%s/" ELBO_NVIDIA_LIBRARY, nvidia_folders[i]);
    if (access(path, R_OK) == 0) return nvidia_folders[i];
  }
  return NULL;
}

static void open_companions(const char *folder) {
  char path[512];
  for (size_t i = 0; i < sizeof nvidia_companions / sizeof *nvidia_companions; ++i) {
    snprintf(path, sizeof path, "%s/%s", folder, nvidia_companions[i]);
    if (access(path, R_OK) == 0) dlopen(path, RTLD_LAZY | RTLD_LOCAL);
  }
}

// A new folder that links to the system's entries and holds one more, for `library`.
static void write_vendors(elbo_vendors *vendors, const char *library) {
  const char *temporary = getenv("TMPDIR");
  snprintf(vendors->folder, sizeof vendors->folder, "%s/elbo-opencl-XXXXXX", temporary ? temporary : "/tmp");
  if (!mkdtemp(vendors->folder)) {
    vendors->folder[0] = 0;
    return;
  }
  char from[1024], to[1024];
  DIR *folder = opendir(ELBO_SYSTEM_VENDORS);
  for (struct dirent *entry; folder && (entry = readdir(folder));) {
    if (!has_suffix(entry->d_name, ".icd")) continue;
    snprintf(from, sizeof from, "%s/%s", ELBO_SYSTEM_VENDORS, entry->d_name);
    snprintf(to, sizeof to, "%s/%s", vendors->folder, entry->d_name);
    if (symlink(from, to) != 0) break;
  }
  if (folder) closedir(folder);
  snprintf(to, sizeof to, "%s/elbo-nvidia.icd", vendors->folder);
  FILE *file = fopen(to, "w");
  if (file) {
    fprintf(file, "%s\n", library);
    fclose(file);
  }
}

static void list_nvidia(elbo_vendors *vendors) {
  if (getenv("OCL_ICD_VENDORS") || getenv("OPENCL_VENDOR_PATH")) return;
  const char *found = nvidia_folder();
  if (!found) return;

  char path[1024];
  int is_listed = 0;
  DIR *folder = opendir(ELBO_SYSTEM_VENDORS);
  for (struct dirent *entry; folder && (entry = readdir(folder));) {
    snprintf(path, sizeof path, "%s/%s", ELBO_SYSTEM_VENDORS, entry->d_name);
    is_listed |= has_suffix(entry->d_name, ".icd") && names_nvidia(path);
  }
  if (folder) closedir(folder);
  if (is_listed) return;

  open_companions(found);
  snprintf(path, sizeof path, "%s/" ELBO_NVIDIA_LIBRARY, found);
  write_vendors(vendors, path);
  if (vendors->folder[0]) elbo_add_variable("OCL_ICD_VENDORS", vendors->folder);
}

static void pin_pocl(void) {
  cpu_set_t allowed;
  long online = sysconf(_SC_NPROCESSORS_ONLN);
  if (sched_getaffinity(0, sizeof allowed, &allowed) != 0 || online > CPU_SETSIZE) return;
  for (long i = 0; i < online; ++i) {
    if (!CPU_ISSET(i, &allowed)) return;
  }
  elbo_add_variable("POCL_AFFINITY", "1");
}

elbo_vendors elbo_prepare_environment(void) {
  elbo_vendors vendors = {""};
  list_nvidia(&vendors);
  pin_pocl();
  return vendors;
}

void elbo_remove_vendors(const elbo_vendors *vendors) {
  if (!vendors->folder[0]) return;
  char path[1024];
  DIR *folder = opendir(vendors->folder);
  for (struct dirent *entry; folder && (entry = readdir(folder));) {
    if (!has_suffix(entry->d_name, ".icd")) continue;
    snprintf(path, sizeof path, "%s/%s", vendors->folder, entry->d_name);
    unlink(path);
  }
  if (folder) closedir(folder);
  rmdir(vendors->folder);
  elbo_remove_variable("OCL_ICD_VENDORS");
}
