// What the environment must say before the OpenCL loader is opened.

#ifndef ELBO_OPENCL_ENVIRONMENT_H
#define ELBO_OPENCL_ENVIRONMENT_H

/// A folder that lists drivers, made for this process; none where the name is empty.
typedef struct elbo_vendors {
  char folder[256];
} elbo_vendors;

/// Lists a driver of NVIDIA that is installed but not listed, and pins PoCL's threads. Changes no variable that is set.
elbo_vendors elbo_prepare_environment(void);

/// Removes the list once the loader has read it.
void elbo_remove_vendors(const elbo_vendors *vendors);

#endif
