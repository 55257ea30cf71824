// Inner loops of this project's own kernels; see compute.cc. All tensors are float32, the channels last.
#pragma once
#include <cstdint>

namespace rethink {

enum Activation : int32_t { kNone = 0, kRelu = 1, kRelu6 = 2, kSwish = 3 };

// Rows of a feature map whose channels are normalised, and what normalises them; parameters have [channels].
struct Norm {
  const float* x;
  int64_t rows;
  int64_t channels;
  const float* gamma;
  const float* beta;
  const float* mean;
  // 1 / sqrt(variance + epsilon)
  const float* inverse;
  Activation activation;
};

struct Depthwise {
  const float* x;        // [batch, height, width, channels]
  const float* dy;       // [batch, rows, columns, channels]
  float* filter;         // [size, size, channels]
  int64_t batch, height, width, channels, rows, columns;
  int64_t size, stride, top, left;
};

// One for each instruction set; the same source.
struct Compute {
  // Adds Σ(x − shift) and Σ(x − shift)² of the rows to sums [2, channels].
  void (*moments)(const float* x, int64_t rows, int64_t channels, const float* shift, double* sums);
  // y = activation(gamma · (x − mean) · inverse + beta)
  void (*normalise)(const Norm& norm, int64_t first, int64_t last, float* y);
  // With g = dy · activation′: adds Σg and Σg·(x − mean) of the rows to sums [2, channels].
  void (*gradient_sums)(const Norm& norm, const float* dy, int64_t first, int64_t last, double* sums);
  // dx = gamma · inverse · (g − a − b · (x − mean)), with a, b [channels]
  void (*gradient)(const Norm& norm, const float* dy, const float* a, const float* b, int64_t first, int64_t last,
                   float* dx);
  // Gradient of channels first … last of a depthwise filter.
  void (*filter_gradient)(const Depthwise& depthwise, int64_t first, int64_t last);
};

extern const Compute kCompute;         // for any machine
#ifdef RETHINK_X86
extern const Compute kComputeAvx2;     // Haswell and later
extern const Compute kComputeAvx512;   // Skylake-X and later
#endif

}  // namespace rethink
