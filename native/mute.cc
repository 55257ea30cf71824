// Mutes this process's standard error while TensorFlow's libraries are loaded: they announce oneDNN there before
// TF_CPP_MIN_LOG_LEVEL is read. What goes wrong while they load reaches JavaScript as an exception.
#include <fcntl.h>
#include <node_api.h>
#include <stdio.h>
#include <unistd.h>

static int original = -1;

static napi_value Mute(napi_env, napi_callback_info) {
  if (original >= 0) return nullptr;
  int nowhere = open("/dev/null", O_WRONLY);
  if (nowhere < 0) return nullptr;
  fflush(stderr);
  original = dup(STDERR_FILENO);
  if (original >= 0) dup2(nowhere, STDERR_FILENO);
  close(nowhere);
  return nullptr;
}

static napi_value Unmute(napi_env, napi_callback_info) {
  if (original < 0) return nullptr;
  fflush(stderr);
  dup2(original, STDERR_FILENO);
  close(original);
  original = -1;
  return nullptr;
}

NAPI_MODULE_INIT() {
  napi_value function;
  napi_create_function(env, "mute", NAPI_AUTO_LENGTH, Mute, nullptr, &function);
  napi_set_named_property(env, exports, "mute", function);
  napi_create_function(env, "unmute", NAPI_AUTO_LENGTH, Unmute, nullptr, &function);
  napi_set_named_property(env, exports, "unmute", function);
  return exports;
}
