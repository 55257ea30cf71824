// Threads for this project's kernels: as many as TensorFlow uses inside one operation.
#pragma once
#include <cstdint>
#include <functional>

namespace rethink {

// Calls task(0) … task(count − 1), in any order, on several threads at once.
void parallel(int64_t count, const std::function<void(int64_t)>& task);

}  // namespace rethink
