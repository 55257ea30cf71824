// This project's own operations, registered with TensorFlow through its C interface when the addon is loaded:
//
//   RethinkBatchNorm      batch normalisation with the batch's statistics, and the activation after it
//   RethinkBatchNormGrad  its gradient; the activation is recomputed, not stored
//   RethinkDepthwiseGrad  gradient of a depthwise convolution by its filter
//
// Sums are made in blocks that depend on shapes alone, and added in order: results do not depend on threads.
#include <algorithm>
#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "compute.h"
#include "pool.h"
#include "tensorflow/c/kernels.h"
#include "tensorflow/c/ops.h"
#include "tensorflow/c/tf_status.h"
#include "tensorflow/c/tf_tensor.h"

namespace rethink {
namespace {

const Compute& compute() {
#ifdef RETHINK_X86
  static const Compute& best =
      __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
              __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw")
          ? kComputeAvx512
      : __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") ? kComputeAvx2
                                                                        : kCompute;
  return best;
#else
  return kCompute;
#endif
}

struct StatusDeleter {
  void operator()(TF_Status* status) const { TF_DeleteStatus(status); }
};
struct TensorDeleter {
  void operator()(TF_Tensor* tensor) const { TF_DeleteTensor(tensor); }
};
using Status = std::unique_ptr<TF_Status, StatusDeleter>;
using Tensor = std::unique_ptr<TF_Tensor, TensorDeleter>;

Status new_status() { return Status(TF_NewStatus()); }

// A kernel's inputs and outputs; once something failed, `ok` is false and TensorFlow has been told.
class Call {
 public:
  explicit Call(TF_OpKernelContext* context) : context_(context), status_(new_status()) {}

  Tensor input(int index) {
    TF_Tensor* tensor = nullptr;
    TF_GetInput(context_, index, &tensor, status_.get());
    check();
    return Tensor(tensor);
  }

  Tensor output(int index, const std::vector<int64_t>& shape) {
    size_t bytes = sizeof(float);
    for (const int64_t side : shape) bytes *= side;
    TF_Tensor* tensor =
        TF_AllocateOutput(context_, index, TF_FLOAT, shape.data(), shape.size(), bytes, status_.get());
    check();
    return Tensor(tensor);
  }

  void require(bool condition, const char* message) {
    if (condition || !ok) return;
    TF_SetStatus(status_.get(), TF_INVALID_ARGUMENT, message);
    check();
  }

  bool ok = true;

 private:
  void check() {
    if (TF_GetCode(status_.get()) == TF_OK || !ok) return;
    ok = false;
    TF_OpKernelContext_Failure(context_, status_.get());
  }

  TF_OpKernelContext* context_;
  Status status_;
};

const float* floats(const Tensor& tensor) { return static_cast<const float*>(TF_TensorData(tensor.get())); }
float* writable(const Tensor& tensor) { return static_cast<float*>(TF_TensorData(tensor.get())); }
std::vector<int64_t> shape_of(const Tensor& tensor) {
  std::vector<int64_t> shape(TF_NumDims(tensor.get()));
  for (size_t i = 0; i < shape.size(); i++) shape[i] = TF_Dim(tensor.get(), static_cast<int>(i));
  return shape;
}

// Rows in blocks of about this many numbers: enough to be worth a thread, few enough to share out evenly.
constexpr int64_t kBlock = 1 << 16;

struct Blocks {
  int64_t rows, each, count;
  Blocks(int64_t rows, int64_t channels)
      : rows(rows), each(std::max<int64_t>(1, kBlock / std::max<int64_t>(1, channels))), count((rows + each - 1) / each) {}
  int64_t first(int64_t i) const { return i * each; }
  int64_t last(int64_t i) const { return std::min(rows, (i + 1) * each); }
};

// Sums of all blocks, in order.
std::vector<double> total(const std::vector<std::vector<double>>& parts, size_t length) {
  std::vector<double> sums(length, 0.0);
  for (const auto& part : parts)
    for (size_t i = 0; i < length; i++) sums[i] += part[i];
  return sums;
}

struct NormAttributes {
  float epsilon = 0;
  int32_t activation = 0;
};

template <typename T>
void destroy(void* kernel) {
  delete static_cast<T*>(kernel);
}

void read(TF_OpKernelConstruction* construction, const char* name, int32_t* value) {
  const Status status = new_status();
  TF_OpKernelConstruction_GetAttrInt32(construction, name, value, status.get());
  if (TF_GetCode(status.get()) != TF_OK) TF_OpKernelConstruction_Failure(construction, status.get());
}
void read(TF_OpKernelConstruction* construction, const char* name, float* value) {
  const Status status = new_status();
  TF_OpKernelConstruction_GetAttrFloat(construction, name, value, status.get());
  if (TF_GetCode(status.get()) != TF_OK) TF_OpKernelConstruction_Failure(construction, status.get());
}

void* create_norm(TF_OpKernelConstruction* construction) {
  auto* attributes = new NormAttributes;
  read(construction, "epsilon", &attributes->epsilon);
  read(construction, "activation", &attributes->activation);
  return attributes;
}

void* create_norm_gradient(TF_OpKernelConstruction* construction) {
  auto* attributes = new NormAttributes;
  read(construction, "activation", &attributes->activation);
  return attributes;
}

void batch_norm(void* kernel, TF_OpKernelContext* context) {
  const auto& [epsilon, activation] = *static_cast<NormAttributes*>(kernel);
  Call call(context);
  const Tensor x = call.input(0), gamma = call.input(1), beta = call.input(2);
  if (!call.ok) return;
  const auto shape = shape_of(x);
  call.require(shape.size() == 4, "RethinkBatchNorm: x has four dimensions");
  if (!call.ok) return;
  const int64_t channels = shape[3], rows = shape[0] * shape[1] * shape[2];
  call.require(TF_TensorElementCount(gamma.get()) == channels && TF_TensorElementCount(beta.get()) == channels,
               "RethinkBatchNorm: gamma and beta have as many elements as x has channels");
  call.require(rows > 0, "RethinkBatchNorm: x is empty");
  if (!call.ok) return;
  const Tensor y = call.output(0, shape), mean = call.output(1, {channels}), variance = call.output(2, {channels}),
               inverse = call.output(3, {channels});
  if (!call.ok) return;

  // Sums of differences from the first row: no digits are lost where the mean is far from 0.
  const Blocks blocks(rows, channels);
  std::vector<std::vector<double>> parts(blocks.count, std::vector<double>(2 * channels, 0.0));
  parallel(blocks.count, [&](int64_t i) {
    compute().moments(floats(x) + blocks.first(i) * channels, blocks.last(i) - blocks.first(i), channels, floats(x),
                      parts[i].data());
  });
  const auto sums = total(parts, 2 * channels);
  const double count = static_cast<double>(rows);
  for (int64_t c = 0; c < channels; c++) {
    const double shift = sums[c] / count;
    const double biased = std::max(0.0, sums[channels + c] / count - shift * shift);
    writable(mean)[c] = static_cast<float>(floats(x)[c] + shift);
    writable(variance)[c] = static_cast<float>(biased * (count / std::max(count - 1, 1.0)));
    writable(inverse)[c] = static_cast<float>(1.0 / std::sqrt(biased + epsilon));
  }
  const Norm norm{floats(x),    rows,        channels,        floats(gamma), floats(beta),
                  floats(mean), floats(inverse), static_cast<Activation>(activation)};
  parallel(blocks.count,
           [&](int64_t i) { compute().normalise(norm, blocks.first(i), blocks.last(i), writable(y)); });
}

void batch_norm_gradient(void* kernel, TF_OpKernelContext* context) {
  const auto activation = static_cast<Activation>(static_cast<NormAttributes*>(kernel)->activation);
  Call call(context);
  const Tensor dy = call.input(0), x = call.input(1), gamma = call.input(2), beta = call.input(3),
               mean = call.input(4), inverse = call.input(5);
  if (!call.ok) return;
  const auto shape = shape_of(x);
  call.require(shape.size() == 4 && shape == shape_of(dy), "RethinkBatchNormGrad: dy has the shape of x");
  if (!call.ok) return;
  const int64_t channels = shape[3], rows = shape[0] * shape[1] * shape[2];
  const Tensor dx = call.output(0, shape), dgamma = call.output(1, {channels}), dbeta = call.output(2, {channels});
  if (!call.ok) return;

  const Norm norm{floats(x), rows, channels, floats(gamma), floats(beta), floats(mean), floats(inverse), activation};
  const Blocks blocks(rows, channels);
  std::vector<std::vector<double>> parts(blocks.count, std::vector<double>(2 * channels, 0.0));
  parallel(blocks.count, [&](int64_t i) {
    compute().gradient_sums(norm, floats(dy), blocks.first(i), blocks.last(i), parts[i].data());
  });
  const auto sums = total(parts, 2 * channels);
  std::vector<float> a(channels), b(channels);
  for (int64_t c = 0; c < channels; c++) {
    const double s = floats(inverse)[c];
    writable(dbeta)[c] = static_cast<float>(sums[c]);
    writable(dgamma)[c] = static_cast<float>(sums[channels + c] * s);
    a[c] = static_cast<float>(sums[c] / rows);
    b[c] = static_cast<float>(sums[channels + c] * s * s / rows);
  }
  parallel(blocks.count, [&](int64_t i) {
    compute().gradient(norm, floats(dy), a.data(), b.data(), blocks.first(i), blocks.last(i), writable(dx));
  });
}

struct DepthwiseAttributes {
  int32_t size = 0, stride = 0, top = 0, left = 0;
};

void* create_depthwise(TF_OpKernelConstruction* construction) {
  auto* attributes = new DepthwiseAttributes;
  read(construction, "size", &attributes->size);
  read(construction, "stride", &attributes->stride);
  read(construction, "top", &attributes->top);
  read(construction, "left", &attributes->left);
  return attributes;
}

// Channels of one task: a multiple of what goes into registers.
constexpr int64_t kChannels = 16;

void depthwise_gradient(void* kernel, TF_OpKernelContext* context) {
  const auto& [size, stride, top, left] = *static_cast<DepthwiseAttributes*>(kernel);
  Call call(context);
  const Tensor x = call.input(0), dy = call.input(1);
  if (!call.ok) return;
  const auto in = shape_of(x), out = shape_of(dy);
  call.require(in.size() == 4 && out.size() == 4 && in[0] == out[0] && in[3] == out[3],
               "RethinkDepthwiseGrad: x and dy have the same batch and channels");
  call.require(size == 3 || size == 5 || size == 7, "RethinkDepthwiseGrad: the filter's side is 3, 5 or 7");
  if (!call.ok) return;
  const Tensor filter = call.output(0, {size, size, in[3], 1});
  if (!call.ok) return;
  const Depthwise depthwise{floats(x), floats(dy), writable(filter), in[0], in[1],  in[2], in[3],
                            out[1],    out[2],     size,             stride, top, left};
  const int64_t channels = in[3];
  parallel((channels + kChannels - 1) / kChannels, [&](int64_t i) {
    compute().filter_gradient(depthwise, i * kChannels, std::min(channels, (i + 1) * kChannels));
  });
}

// Output i has the shape of input `of[i]`; of −1: unknown.
template <int... Of>
void same_shapes(TF_ShapeInferenceContext* context, TF_Status* status) {
  int output = 0;
  for (const int of : {Of...}) {
    TF_ShapeHandle* handle = TF_NewShapeHandle();
    if (of >= 0) {
      TF_ShapeInferenceContextGetInput(context, of, handle, status);
      TF_ShapeInferenceContextSetOutput(context, output, handle, status);
    }
    TF_DeleteShapeHandle(handle);
    output++;
  }
}

void unknown_shape(TF_ShapeInferenceContext* context, TF_Status* status) {
  TF_ShapeInferenceContextSetUnknownShape(context, status);
}

struct Operation {
  const char* name;
  std::vector<const char*> inputs, outputs, attributes;
  void (*shapes)(TF_ShapeInferenceContext*, TF_Status*);
  void* (*create)(TF_OpKernelConstruction*);
  void (*run)(void*, TF_OpKernelContext*);
  void (*destroy)(void*);
};

void add(const Operation& operation) {
  const Status status = new_status();
  TF_OpDefinitionBuilder* definition = TF_NewOpDefinitionBuilder(operation.name);
  for (const char* text : operation.attributes) TF_OpDefinitionBuilderAddAttr(definition, text);
  for (const char* text : operation.inputs) TF_OpDefinitionBuilderAddInput(definition, text);
  for (const char* text : operation.outputs) TF_OpDefinitionBuilderAddOutput(definition, text);
  TF_OpDefinitionBuilderSetShapeInferenceFunction(definition, operation.shapes);
  TF_RegisterOpDefinition(definition, status.get());
  if (TF_GetCode(status.get()) != TF_OK) return;
  TF_KernelBuilder* kernel =
      TF_NewKernelBuilder(operation.name, "CPU", operation.create, operation.run, operation.destroy);
  TF_RegisterKernelBuilder(operation.name, kernel, status.get());
}

__attribute__((constructor)) void add_all() {
  add({"RethinkBatchNorm",
       {"x: float", "gamma: float", "beta: float"},
       {"y: float", "mean: float", "variance: float", "inverse: float"},
       {"epsilon: float", "activation: int"},
       same_shapes<0, 1, 1, 1>,
       create_norm,
       batch_norm,
       destroy<NormAttributes>});
  add({"RethinkBatchNormGrad",
       {"dy: float", "x: float", "gamma: float", "beta: float", "mean: float", "inverse: float"},
       {"dx: float", "dgamma: float", "dbeta: float"},
       {"activation: int"},
       same_shapes<1, 2, 2>,
       create_norm_gradient,
       batch_norm_gradient,
       destroy<NormAttributes>});
  add({"RethinkDepthwiseGrad",
       {"x: float", "dy: float"},
       {"filter: float"},
       {"size: int", "stride: int", "top: int", "left: int"},
       unknown_shape,
       create_depthwise,
       depthwise_gradient,
       destroy<DepthwiseAttributes>});
}

}  // namespace
}  // namespace rethink
