// Compiled once for each instruction set (RETHINK_COMPUTE names the result). Nothing of the standard library is used
// here: its inline functions, compiled for one set, could be linked into code for another.
#include "compute.h"

namespace rethink {
namespace {

// Maps with few channels are walked in pieces of several rows, so that loops over channels are never short.
constexpr int64_t kWide = 512;

// Channels repeated until they fill most of kWide floats: parameters of such a piece.
struct Tiled {
  alignas(64) float values[kWide];
  Tiled(const float* of, int64_t channels, int64_t repeats) {
    for (int64_t r = 0, o = 0; r < repeats; r++)
      for (int64_t c = 0; c < channels; c++) values[o++] = of[c];
  }
};

int64_t repeats_for(int64_t channels, int64_t rows) {
  int64_t repeats = channels >= kWide ? 1 : kWide / channels;
  return repeats < rows ? repeats : (rows > 0 ? rows : 1);
}

inline float exponential(float x) {
  // Cody and Waite's reduction, then a polynomial of Cephes; relative error below 2e-7.
  x = x < -87.0f ? -87.0f : x;
  x = x > 88.0f ? 88.0f : x;
  const float shifted = x * 1.44269504088896341f + 12582912.0f;
  const float n = shifted - 12582912.0f;
  float r = x - n * 0.693359375f;
  r = r - n * -2.12194440e-4f;
  float p = 1.9875691500e-4f;
  p = p * r + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  p = p * r * r + r + 1.0f;
  union {
    float f;
    int32_t i;
  } bits;
  bits.i = (static_cast<int32_t>(n) + 127) << 23;
  return p * bits.f;
}

template <Activation A>
inline float activate(float z) {
  if (A == kRelu) return z > 0.0f ? z : 0.0f;
  if (A == kRelu6) return z > 0.0f ? (z < 6.0f ? z : 6.0f) : 0.0f;
  if (A == kSwish) return z / (1.0f + exponential(-z));
  return z;
}

template <Activation A>
inline float slope(float z) {
  if (A == kRelu) return z > 0.0f ? 1.0f : 0.0f;
  if (A == kRelu6) return z > 0.0f && z < 6.0f ? 1.0f : 0.0f;
  if (A == kSwish) {
    const float s = 1.0f / (1.0f + exponential(-z));
    return s * (1.0f + z * (1.0f - s));
  }
  return 1.0f;
}

// Calls piece(offset, width) over floats first·channels … last·channels, each piece a multiple of the channels.
template <typename F>
inline void pieces(int64_t first, int64_t last, int64_t channels, int64_t repeats, F piece) {
  int64_t row = first;
  for (; row + repeats <= last; row += repeats) piece(row * channels, repeats * channels);
  if (row < last) piece(row * channels, (last - row) * channels);
}

// Sums in single precision over at most so many pieces, then in double.
constexpr int64_t kRun = 64;

struct Sums {
  alignas(64) float first[kWide];
  alignas(64) float second[kWide];
  int64_t pieces = 0;
  int64_t width;
  int64_t channels;
  double* to;
  Sums(int64_t width, int64_t channels, double* to) : width(width), channels(channels), to(to) { clear(); }
  void clear() {
    for (int64_t i = 0; i < width; i++) first[i] = second[i] = 0.0f;
    pieces = 0;
  }
  void spill() {
    for (int64_t i = 0, c = 0; i < width; i++) {
      to[c] += first[i];
      to[channels + c] += second[i];
      if (++c == channels) c = 0;
    }
    clear();
  }
};

void moments(const float* x, int64_t rows, int64_t channels, const float* shift, double* sums) {
  // Wider maps go by parts of their channels.
  for (int64_t from = 0; from < channels; from += kWide) {
    const int64_t part = channels - from < kWide ? channels - from : kWide;
    const int64_t repeats = channels > kWide ? 1 : repeats_for(channels, rows);
    const Tiled middle(shift + from, part, repeats);
    Sums run(part * repeats, part, nullptr);
    double local[2 * kWide] = {};
    run.to = local;
    pieces(0, rows, channels, repeats, [&](int64_t offset, int64_t width) {
      const float* __restrict in = x + offset + from;
      const int64_t count = channels > kWide ? part : width;
      for (int64_t i = 0; i < count; i++) {
        const float d = in[i] - middle.values[i];
        run.first[i] += d;
        run.second[i] += d * d;
      }
      if (++run.pieces == kRun) run.spill();
    });
    run.spill();
    for (int64_t c = 0; c < part; c++) {
      sums[from + c] += local[c];
      sums[channels + from + c] += local[part + c];
    }
  }
}

// Parameters of a part of the channels, tiled.
struct Parameters {
  Tiled mean, inverse, gamma, beta;
  Parameters(const Norm& n, int64_t from, int64_t part, int64_t repeats)
      : mean(n.mean + from, part, repeats),
        inverse(n.inverse + from, part, repeats),
        gamma(n.gamma + from, part, repeats),
        beta(n.beta + from, part, repeats) {
    for (int64_t i = 0; i < part * repeats; i++) gamma.values[i] *= inverse.values[i];
  }
};

template <Activation A>
void normalise_as(const Norm& n, int64_t first, int64_t last, float* y) {
  for (int64_t from = 0; from < n.channels; from += kWide) {
    const int64_t part = n.channels - from < kWide ? n.channels - from : kWide;
    const int64_t repeats = n.channels > kWide ? 1 : repeats_for(n.channels, last - first);
    const Parameters p(n, from, part, repeats);
    pieces(first, last, n.channels, repeats, [&](int64_t offset, int64_t width) {
      const float* __restrict in = n.x + offset + from;
      float* __restrict out = y + offset + from;
      const int64_t count = n.channels > kWide ? part : width;
      for (int64_t i = 0; i < count; i++)
        out[i] = activate<A>((in[i] - p.mean.values[i]) * p.gamma.values[i] + p.beta.values[i]);
    });
  }
}

template <Activation A>
void gradient_sums_as(const Norm& n, const float* dy, int64_t first, int64_t last, double* sums) {
  for (int64_t from = 0; from < n.channels; from += kWide) {
    const int64_t part = n.channels - from < kWide ? n.channels - from : kWide;
    const int64_t repeats = n.channels > kWide ? 1 : repeats_for(n.channels, last - first);
    const Parameters p(n, from, part, repeats);
    double local[2 * kWide] = {};
    Sums run(part * repeats, part, local);
    pieces(first, last, n.channels, repeats, [&](int64_t offset, int64_t width) {
      const float* __restrict in = n.x + offset + from;
      const float* __restrict up = dy + offset + from;
      const int64_t count = n.channels > kWide ? part : width;
      for (int64_t i = 0; i < count; i++) {
        const float d = in[i] - p.mean.values[i];
        const float g = up[i] * slope<A>(d * p.gamma.values[i] + p.beta.values[i]);
        run.first[i] += g;
        run.second[i] += g * d;
      }
      if (++run.pieces == kRun) run.spill();
    });
    run.spill();
    for (int64_t c = 0; c < part; c++) {
      sums[from + c] += local[c];
      sums[n.channels + from + c] += local[part + c];
    }
  }
}

template <Activation A>
void gradient_as(const Norm& n, const float* dy, const float* a, const float* b, int64_t first, int64_t last,
                 float* dx) {
  for (int64_t from = 0; from < n.channels; from += kWide) {
    const int64_t part = n.channels - from < kWide ? n.channels - from : kWide;
    const int64_t repeats = n.channels > kWide ? 1 : repeats_for(n.channels, last - first);
    const Parameters p(n, from, part, repeats);
    const Tiled ta(a + from, part, repeats), tb(b + from, part, repeats);
    pieces(first, last, n.channels, repeats, [&](int64_t offset, int64_t width) {
      const float* __restrict in = n.x + offset + from;
      const float* __restrict up = dy + offset + from;
      float* __restrict out = dx + offset + from;
      const int64_t count = n.channels > kWide ? part : width;
      for (int64_t i = 0; i < count; i++) {
        const float d = in[i] - p.mean.values[i];
        const float g = up[i] * slope<A>(d * p.gamma.values[i] + p.beta.values[i]);
        out[i] = p.gamma.values[i] * (g - ta.values[i] - d * tb.values[i]);
      }
    });
  }
}

#define BY_ACTIVATION(function, ...)                       \
  switch (n.activation) {                                  \
    case kNone: return function<kNone>(__VA_ARGS__);       \
    case kRelu: return function<kRelu>(__VA_ARGS__);       \
    case kRelu6: return function<kRelu6>(__VA_ARGS__);     \
    case kSwish: return function<kSwish>(__VA_ARGS__);     \
  }

void normalise(const Norm& n, int64_t first, int64_t last, float* y) {
  BY_ACTIVATION(normalise_as, n, first, last, y)
}
void gradient_sums(const Norm& n, const float* dy, int64_t first, int64_t last, double* sums) {
  BY_ACTIVATION(gradient_sums_as, n, dy, first, last, sums)
}
void gradient(const Norm& n, const float* dy, const float* a, const float* b, int64_t first, int64_t last, float* dx) {
  BY_ACTIVATION(gradient_as, n, dy, a, b, first, last, dx)
}

// Lanes of channels that go together: the whole filter's sums stay in registers.
typedef float Lanes __attribute__((vector_size(64)));
typedef float LooseLanes __attribute__((vector_size(64), aligned(4)));
constexpr int64_t kLanes = 16;

template <int64_t S>
void filter_gradient_of(const Depthwise& d, int64_t channel, int64_t lanes) {
  Lanes sums[S * S];
  for (int64_t k = 0; k < S * S; k++) sums[k] = Lanes{};
  for (int64_t n = 0; n < d.batch; n++) {
    for (int64_t row = 0; row < d.rows; row++) {
      for (int64_t column = 0; column < d.columns; column++) {
        const float* up = d.dy + ((n * d.rows + row) * d.columns + column) * d.channels + channel;
        const int64_t y0 = row * d.stride - d.top, x0 = column * d.stride - d.left;
        Lanes dy{};
        if (lanes == kLanes) dy = *reinterpret_cast<const LooseLanes*>(up);
        else for (int64_t i = 0; i < lanes; i++) dy[i] = up[i];
        const bool inside = y0 >= 0 && x0 >= 0 && y0 + S <= d.height && x0 + S <= d.width;
        const float* in = d.x + ((n * d.height + y0) * d.width + x0) * d.channels + channel;
        if (inside && lanes == kLanes) {
#pragma GCC unroll 8
          for (int64_t i = 0; i < S; i++)
#pragma GCC unroll 8
            for (int64_t j = 0; j < S; j++)
              sums[i * S + j] += *reinterpret_cast<const LooseLanes*>(in + (i * d.width + j) * d.channels) * dy;
          continue;
        }
        for (int64_t i = 0; i < S; i++) {
          if (y0 + i < 0 || y0 + i >= d.height) continue;
          for (int64_t j = 0; j < S; j++) {
            if (x0 + j < 0 || x0 + j >= d.width) continue;
            const float* at = in + (i * d.width + j) * d.channels;
            Lanes x{};
            if (lanes == kLanes) x = *reinterpret_cast<const LooseLanes*>(at);
            else for (int64_t l = 0; l < lanes; l++) x[l] = at[l];
            sums[i * S + j] += x * dy;
          }
        }
      }
    }
  }
  for (int64_t k = 0; k < S * S; k++)
    for (int64_t l = 0; l < lanes; l++) d.filter[k * d.channels + channel + l] = sums[k][l];
}

void filter_gradient(const Depthwise& d, int64_t first, int64_t last) {
  for (int64_t channel = first; channel < last; channel += kLanes) {
    const int64_t lanes = last - channel < kLanes ? last - channel : kLanes;
    if (d.size == 3) filter_gradient_of<3>(d, channel, lanes);
    else if (d.size == 5) filter_gradient_of<5>(d, channel, lanes);
    else if (d.size == 7) filter_gradient_of<7>(d, channel, lanes);
  }
}

}  // namespace

extern const Compute RETHINK_COMPUTE = {moments, normalise, gradient_sums, gradient, filter_gradient};

}  // namespace rethink
