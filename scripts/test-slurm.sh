#!/usr/bin/env bash
# Tests jobs on a real SLURM cluster of this machine, which is started before and stopped afterwards.
set -euo pipefail
cd "$(dirname "$0")/.."

if ! command -v slurmctld slurmd munged sbatch >/dev/null; then
  echo 'skipped: SLURM is not installed (Debian: apt-get install slurm-wlm munge)'
  exit 0
fi
if ! unshare --pid --uts --mount --fork true 2>/dev/null; then
  echo 'skipped: the nodes of the cluster require root, and the right to create namespaces'
  exit 0
fi
folder="$(mktemp -d)"
chmod 755 "$folder"
stop() {
  scripts/slurm/cluster down "$folder" >/dev/null 2>&1 || true
  # Processes of the nodes end a moment later.
  sleep 1
  rm -rf "$folder"
}
trap stop EXIT
scripts/slurm/cluster up "$folder" >/dev/null </dev/null
export SLURM_CONF="$folder/etc/slurm.conf" RETHINK_TEST_SLURM="$folder"
npx vitest run src/host/execution/batch/slurm.test.ts "$@"
