// The loop that a training step is once it has been prepared.

#include "COpenCL.h"

cl_int elbo_opencl_replay(
  const elbo_opencl *library, cl_command_queue queue, const elbo_launch *launches, size_t count, size_t times) {
  for (size_t time = 0; time < times; ++time) {
    for (size_t i = 0; i < count; ++i) {
      const elbo_launch *launch = &launches[i];
      cl_int status = library->enqueueNDRangeKernel(
        queue, launch->kernel, 1, NULL, &launch->globalSize, &launch->localSize, 0, NULL, NULL);
      if (status != CL_SUCCESS) return status;
    }
  }
  return library->flush(queue);
}
