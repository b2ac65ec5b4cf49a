// Opens the OpenCL loader and looks up what is used.

#include "COpenCL.h"
#include "environment.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>

static elbo_opencl table;
static const elbo_opencl *opened = NULL;
static char missing[512];

static void explain(const char *reason) { snprintf(missing, sizeof missing, "%s", reason ? reason : "unknown reason"); }

static void open_library(void) {
  elbo_vendors vendors = elbo_prepare_environment();
  void *handle = dlopen("libOpenCL.so.1", RTLD_NOW | RTLD_LOCAL);
  if (!handle) explain(dlerror());

  int complete = handle != NULL;
  // A POSIX object pointer may be written over a function pointer, but not cast to one in ISO C.
#define ELBO_LOOK_UP(member, name)                              \
  if (complete && !(*(void **)&table.member = dlsym(handle, name))) { \
    explain("the OpenCL library lacks " name);                  \
    complete = 0;                                               \
  }
  ELBO_LOOK_UP(getPlatformIDs, "clGetPlatformIDs")
  ELBO_LOOK_UP(getPlatformInfo, "clGetPlatformInfo")
  ELBO_LOOK_UP(getDeviceIDs, "clGetDeviceIDs")
  ELBO_LOOK_UP(getDeviceInfo, "clGetDeviceInfo")
  ELBO_LOOK_UP(createContext, "clCreateContext")
  ELBO_LOOK_UP(releaseContext, "clReleaseContext")
  ELBO_LOOK_UP(createCommandQueue, "clCreateCommandQueue")
  ELBO_LOOK_UP(releaseCommandQueue, "clReleaseCommandQueue")
  ELBO_LOOK_UP(createBuffer, "clCreateBuffer")
  ELBO_LOOK_UP(releaseMemObject, "clReleaseMemObject")
  ELBO_LOOK_UP(createProgramWithSource, "clCreateProgramWithSource")
  ELBO_LOOK_UP(createProgramWithBinary, "clCreateProgramWithBinary")
  ELBO_LOOK_UP(buildProgram, "clBuildProgram")
  ELBO_LOOK_UP(getProgramInfo, "clGetProgramInfo")
  ELBO_LOOK_UP(getProgramBuildInfo, "clGetProgramBuildInfo")
  ELBO_LOOK_UP(releaseProgram, "clReleaseProgram")
  ELBO_LOOK_UP(createKernel, "clCreateKernel")
  ELBO_LOOK_UP(setKernelArg, "clSetKernelArg")
  ELBO_LOOK_UP(releaseKernel, "clReleaseKernel")
  ELBO_LOOK_UP(enqueueNDRangeKernel, "clEnqueueNDRangeKernel")
  ELBO_LOOK_UP(enqueueFillBuffer, "clEnqueueFillBuffer")
  ELBO_LOOK_UP(enqueueReadBuffer, "clEnqueueReadBuffer")
  ELBO_LOOK_UP(enqueueWriteBuffer, "clEnqueueWriteBuffer")
  ELBO_LOOK_UP(flush, "clFlush")
  ELBO_LOOK_UP(finish, "clFinish")
  ELBO_LOOK_UP(waitForEvents, "clWaitForEvents")
  ELBO_LOOK_UP(getEventProfilingInfo, "clGetEventProfilingInfo")
  ELBO_LOOK_UP(releaseEvent, "clReleaseEvent")

  if (complete) {
    // The loader reads the list of drivers at its first call, which therefore comes before the list is removed again.
    cl_uint count = 0;
    table.getPlatformIDs(0, NULL, &count);
    opened = &table;
  } else if (handle) {
    dlclose(handle);
  }
  elbo_remove_vendors(&vendors);
}

const elbo_opencl *elbo_opencl_library(void) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, open_library);
  return opened;
}

const char *elbo_opencl_missing(void) { return elbo_opencl_library() ? "" : missing; }
