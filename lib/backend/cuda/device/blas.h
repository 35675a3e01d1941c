// cuBLAS, on a stream of TensorFlow's and with a workspace of our own, so that its calls can be recorded in a graph.
#pragma once

#include "device/device.h"
#include "device/library.h"

namespace cuda {

class Blas {
 public:
  static constexpr size_t workspaceBytes = 32 << 20;

  explicit Blas(void* workspace) : workspace(workspace) {
    int (*create)(void**);
    library.find("cublasCreate_v2", create), library.find("cublasSetWorkspace_v2", setWorkspace);
    library.find("cublasSetStream_v2", setStream), library.find("cublasGemmEx", product);
    must(create(&handle), "cublasCreate");
    int (*setMathMode)(void*, int);
    library.find("cublasSetMathMode", setMathMode);
    constexpr int reducesInFloat32 = 16;  // CUBLAS_MATH_DISALLOW_REDUCED_PRECISION_REDUCTION
    must(setMathMode(handle, reducesInFloat32), "cublasSetMathMode");
  }

  void multiply(void* stream, const MatrixProduct& p) {
    if (stream != current) {
      must(setStream(handle, stream), "cublasSetStream");
      must(setWorkspace(handle, workspace, workspaceBytes), "cublasSetWorkspace");
      current = stream;
    }
    constexpr int float32 = 0, bfloat16 = 14;              // of cudaDataType
    constexpr int exact = 68, fast16 = 75, fastTf32 = 77;  // of cublasComputeType
    const Precision precision = precisionInUse();
    const int type = p.half ? bfloat16 : float32;
    const int compute = p.half || precision == Precision::f32 ? exact
                        : precision == Precision::tf32        ? fastTf32
                                                              : fast16;
    const int M = static_cast<int>(p.M), N = static_cast<int>(p.N), K = static_cast<int>(p.K);
    // cuBLAS is column-major: Cᵀ = Bᵀ·Aᵀ
    const int lda = static_cast<int>(p.lda), ldb = static_cast<int>(p.ldb);
    must(product(handle, p.transposeB, p.transposeA, N, M, K, &p.alpha, p.b, type,
                 ldb            ? ldb
                 : p.transposeB ? K
                                : N,
                 p.a, type,
                 lda            ? lda
                 : p.transposeA ? M
                                : K,
                 &p.beta, p.c, p.intoHalf ? bfloat16 : float32, N, compute, -1),
         "cublasGemmEx");
  }

 private:
  const Library library{"libcublas.so.12", "libcublas.so.13"};
  void *handle = nullptr, *workspace, *current = nullptr;
  int (*setWorkspace)(void*, void*, size_t);
  int (*setStream)(void*, void*);
  int (*product)(void*, int, int, int, int, int, const void*, const void*, int, int, const void*, int, int, const void*,
                 void*, int, int, int, int);
  static void must(int code, const char* what) {
    if (code) throw Failure(std::string("cuBLAS failed: ") + what + " gave " + std::to_string(code));
  }
};

}  // namespace cuda
