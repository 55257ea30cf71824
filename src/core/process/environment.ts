/**
 * Variables that programs need to run, and those of tensor engines and GPUs. All others stay with the host, tokens and
 * passwords above all.
 */
const passed: readonly RegExp[] = [
  /^(PATH|HOME|USER|LOGNAME|SHELL|TZ|LANG|LANGUAGE|TMPDIR|TEMP|TMP|XDG_CACHE_HOME|XDG_RUNTIME_DIR)$/,
  /^LC_[A-Z]+$/,
  /^(SYSTEMROOT|WINDIR|COMSPEC|PATHEXT|APPDATA|LOCALAPPDATA)$/i,
  /^(LD_LIBRARY_PATH|DYLD_LIBRARY_PATH)$/,
  /^(CUDA|NVIDIA|CUDNN|NCCL|TF|XLA|ONEDNN|DNNL|OMP|KMP|MKL|VK|MESA)_[A-Z0-9_]+$/,
  /^RETHINK_(NATIVE|KERNELS|FIXTURES|LOG_LEVEL)$/,
];
const secret = /TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIAL|API_?KEY|PRIVATE/i;

/** The variables that a child process gets. */
export function chosenEnvironment(
  environment: NodeJS.ProcessEnv,
  also: (name: string) => boolean = () => false,
): Record<string, string> {
  const result: Record<string, string> = {};
  for (const [name, value] of Object.entries(environment)) {
    if (value === undefined) continue;
    const isPassed = !secret.test(name) && passed.some((pattern) => pattern.test(name));
    if (isPassed || also(name)) result[name] = value;
  }
  return result;
}
