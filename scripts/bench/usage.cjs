'use strict';
// Preloaded by `npm run bench:site`: writes the resources that the process used when it exits.
process.on('exit', () => {
  const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage();
  const usage = { peakMiB: maxRSS / 1024, cpuSeconds: (userCPUTime + systemCPUTime) / 1e6 };
  require('node:fs').writeFileSync(process.env.BENCH_USAGE, JSON.stringify(usage));
});
