// TensorFlow's context with a limit on GPU memory. Only in the set-up for GPUs, where `compile.mjs` has tfjs-node's
// backend call this function in place of `TFE_NewContextOptions`.
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "tensorflow/c/eager/c_api.h"

/** `RETHINK_GPU_MEMORY_SHARE`: share of the GPU's memory (0 to 1) that this process may take, as it needs it. */
extern "C" TFE_ContextOptions* rethinkContextOptions(void) {
  TFE_ContextOptions* options = TFE_NewContextOptions();
  const char* text = std::getenv("RETHINK_GPU_MEMORY_SHARE");
  const double share = text == nullptr ? 0 : std::atof(text);
  if (!(share > 0 && share <= 1)) return options;
  // ConfigProto { gpu_options: { per_process_gpu_memory_fraction: share, allow_growth: true } }
  unsigned char config[] = {0x32, 11, 0x09, 0, 0, 0, 0, 0, 0, 0, 0, 0x20, 1};
  std::memcpy(config + 3, &share, sizeof share);
  TF_Status* status = TF_NewStatus();
  TFE_ContextOptionsSetConfig(options, config, sizeof config, status);
  if (TF_GetCode(status) != TF_OK) std::fprintf(stderr, "GPU memory is not limited: %s\n", TF_Message(status));
  TF_DeleteStatus(status);
  return options;
}
