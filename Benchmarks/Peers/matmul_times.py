"""Times of single-precision matrix products by a library, for `elbo bench --kernels --peers`.

Reads lines such as `nt 128 400 784 20` (which factors lie transposed, rows, columns, depth, how often) and answers each
with the seconds of one product. Libraries: `openblas` on the processor, with its kernels for AVX-512 where there are any;
`clblast` on the first OpenCL device.
"""

import argparse
import ctypes
import ctypes.util
import json
import os
import sys
import time

import peer

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--library", choices=["openblas", "clblast"], default="openblas")
parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
chosen = parser.parse_args()
os.sched_setaffinity(0, set(sorted(os.sched_getaffinity(0))[: chosen.threads]))
try:
    import numpy
except ImportError:
    peer.absent("numpy is not installed")

ROW_MAJOR, NOT_TRANSPOSED, TRANSPOSED = 101, 111, 112


def library(*names):
    """The first of these that can be opened, in the environment's own folder or in the system's."""
    own = os.path.join(sys.prefix, "lib")
    for path in [os.path.join(own, name) for name in names] + list(names):
        try:
            return ctypes.CDLL(path)
        except OSError:
            pass
    peer.absent(f"{names[0]} is not installed")


def flags(form):
    return TRANSPOSED if form == "tn" else NOT_TRANSPOSED, TRANSPOSED if form == "nt" else NOT_TRANSPOSED


def factors(form, rows, columns, depth):
    left = (depth, rows) if form == "tn" else (rows, depth)
    right = (columns, depth) if form == "nt" else (depth, columns)
    random = numpy.random.default_rng(0)
    return [random.random(shape, dtype=numpy.float32) for shape in (left, right)]


class OpenBLAS:
    def __init__(self):
        with open("/proc/cpuinfo") as file:
            known = file.read()
        # Versions that do not know a new processor fall back to AVX2.
        if all(f" avx512{part}" in known for part in ("f", "dq", "bw", "vl")):
            os.environ.setdefault("OPENBLAS_CORETYPE", "SkylakeX")
        self.blas = library("libopenblas.so.0", "libopenblas.so")
        self.blas.openblas_set_num_threads(chosen.threads)
        core = self.blas.openblas_get_corename
        core.restype = ctypes.c_char_p
        self.name = f"openblas {core().decode()}"

    def prepare(self, form, rows, columns, depth):
        left, right = factors(form, rows, columns, depth)
        result = numpy.zeros((rows, columns), numpy.float32)
        pointer = ctypes.POINTER(ctypes.c_float)
        one, zero = ctypes.c_float(1), ctypes.c_float(0)
        arguments = (
            ROW_MAJOR, *flags(form), rows, columns, depth, one, left.ctypes.data_as(pointer), left.shape[1],
            right.ctypes.data_as(pointer), right.shape[1], zero, result.ctypes.data_as(pointer), columns)

        def run(times):
            for _ in range(times):
                self.blas.cblas_sgemm(*arguments)

        return run, lambda: result, (left, right)


class CLBlast:
    def __init__(self):
        self.cl, self.blast = library("libOpenCL.so.1"), library("libclblast.so.1")
        for name in ("clCreateContext", "clCreateCommandQueue", "clCreateBuffer"):
            getattr(self.cl, name).restype = ctypes.c_void_p
        platform, device, status = ctypes.c_void_p(), ctypes.c_void_p(), ctypes.c_int()
        if self.cl.clGetPlatformIDs(1, ctypes.byref(platform), None):
            peer.absent("there is no OpenCL platform")
        if self.cl.clGetDeviceIDs(platform, ctypes.c_uint64(0xFFFFFFFF), 1, ctypes.byref(device), None):
            peer.absent("there is no OpenCL device")
        self.context = ctypes.c_void_p(
            self.cl.clCreateContext(None, 1, ctypes.byref(device), None, None, ctypes.byref(status)))
        self.queue = ctypes.c_void_p(
            self.cl.clCreateCommandQueue(self.context, device, ctypes.c_uint64(0), ctypes.byref(status)))
        self.name = "clblast"

    def buffer(self, array):
        copy_host, status = ctypes.c_uint64(1 << 5 | 1 << 0), ctypes.c_int()
        pointer = array.ctypes.data_as(ctypes.c_void_p)
        made = self.cl.clCreateBuffer(self.context, copy_host, ctypes.c_size_t(array.nbytes), pointer, ctypes.byref(status))
        return ctypes.c_void_p(made)

    def prepare(self, form, rows, columns, depth):
        left, right = factors(form, rows, columns, depth)
        result = numpy.zeros((rows, columns), numpy.float32)
        buffers = [self.buffer(array) for array in (left, right, result)]
        size, zero = ctypes.c_size_t, ctypes.c_size_t(0)

        def run(times):
            for _ in range(times):
                status = self.blast.CLBlastSgemm(
                    ROW_MAJOR, *flags(form), size(rows), size(columns), size(depth), ctypes.c_float(1), buffers[0], zero,
                    size(left.shape[1]), buffers[1], zero, size(right.shape[1]), ctypes.c_float(0), buffers[2], zero,
                    size(columns), ctypes.byref(self.queue), None)
                if status:
                    raise RuntimeError(f"CLBlastSgemm failed with {status}")
            self.cl.clFinish(self.queue)

        def read():
            self.cl.clEnqueueReadBuffer(
                self.queue, buffers[2], 1, zero, size(result.nbytes), result.ctypes.data_as(ctypes.c_void_p), 0, None,
                None)
            for buffer in buffers:
                self.cl.clReleaseMemObject(buffer)
            return result

        return run, read, (left, right)


engine = OpenBLAS() if chosen.library == "openblas" else CLBlast()
for form in ("nn", "nt", "tn"):
    run, result, (left, right) = engine.prepare(form, 13, 40, 70)
    run(1)
    expected = (left.T if form == "tn" else left) @ (right.T if form == "nt" else right)
    assert numpy.allclose(result(), expected, rtol=1e-5), f"{form} is not the product"
print(json.dumps({"name": engine.name}), flush=True)

prepared = {}
for line in sys.stdin:
    form, *extents, times = line.split()
    case = (form, *map(int, extents))
    if case not in prepared:
        prepared[case] = engine.prepare(*case)[0]
        prepared[case](1)
    started = time.perf_counter()
    prepared[case](int(times))
    print(json.dumps({"seconds": (time.perf_counter() - started) / int(times)}), flush=True)
