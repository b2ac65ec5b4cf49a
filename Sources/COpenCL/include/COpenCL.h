// OpenCL as a table of function pointers that is filled when the program runs: nothing is linked, so a machine without
// OpenCL runs everything else. The installed headers are used for types and constants only.

#ifndef COPENCL_H
#define COPENCL_H

#define CL_TARGET_OPENCL_VERSION 120
#include <CL/cl.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/// The calls that are used, all of OpenCL 1.2.
typedef struct elbo_opencl {
  __typeof__(&clGetPlatformIDs) getPlatformIDs;
  __typeof__(&clGetPlatformInfo) getPlatformInfo;
  __typeof__(&clGetDeviceIDs) getDeviceIDs;
  __typeof__(&clGetDeviceInfo) getDeviceInfo;
  __typeof__(&clCreateContext) createContext;
  __typeof__(&clReleaseContext) releaseContext;
  __typeof__(&clCreateCommandQueue) createCommandQueue;
  __typeof__(&clReleaseCommandQueue) releaseCommandQueue;
  __typeof__(&clCreateBuffer) createBuffer;
  __typeof__(&clReleaseMemObject) releaseMemObject;
  __typeof__(&clCreateProgramWithSource) createProgramWithSource;
  __typeof__(&clCreateProgramWithBinary) createProgramWithBinary;
  __typeof__(&clBuildProgram) buildProgram;
  __typeof__(&clGetProgramInfo) getProgramInfo;
  __typeof__(&clGetProgramBuildInfo) getProgramBuildInfo;
  __typeof__(&clReleaseProgram) releaseProgram;
  __typeof__(&clCreateKernel) createKernel;
  __typeof__(&clSetKernelArg) setKernelArg;
  __typeof__(&clReleaseKernel) releaseKernel;
  __typeof__(&clEnqueueNDRangeKernel) enqueueNDRangeKernel;
  __typeof__(&clEnqueueFillBuffer) enqueueFillBuffer;
  __typeof__(&clEnqueueReadBuffer) enqueueReadBuffer;
  __typeof__(&clEnqueueWriteBuffer) enqueueWriteBuffer;
  __typeof__(&clFlush) flush;
  __typeof__(&clFinish) finish;
  __typeof__(&clWaitForEvents) waitForEvents;
  __typeof__(&clGetEventProfilingInfo) getEventProfilingInfo;
  __typeof__(&clReleaseEvent) releaseEvent;
} elbo_opencl;

/// The library, opened at the first call; NULL where there is none. May be called from any thread.
const elbo_opencl *elbo_opencl_library(void);

/// Why `elbo_opencl_library` is NULL, for a reader; empty where it is not.
const char *elbo_opencl_missing(void);

/// One kernel with its arguments set, and how many work-items run it.
typedef struct elbo_launch {
  cl_kernel kernel;
  size_t globalSize;
  size_t localSize;
} elbo_launch;

/// Enqueues a table of launches `times` times and flushes: no waiting, no memory of ours. Stops at the first error.
cl_int elbo_opencl_replay(
  const elbo_opencl *library, cl_command_queue queue, const elbo_launch *launches, size_t count, size_t times);

#ifdef __cplusplus
}
#endif

#endif
