'use strict';
// For `node --require`: the process kills itself in the middle of its RETHINK_DIE_AT-th write to a file, or before the
// rename or fsync that is the RETHINK_DIE_AT-th call of them all. What SQLite writes does not pass here.
const fs = require('node:fs');

let left = Number(process.env.RETHINK_DIE_AT);

function isDue() {
  left -= 1;
  return left === 0;
}

function die() {
  process.kill(process.pid, 'SIGKILL');
  // The signal may take a moment: nothing else is to happen in it.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
}

for (const name of ['renameSync', 'fsyncSync', 'rmSync']) {
  const original = fs[name];
  fs[name] = (...words) => {
    if (isDue()) die();
    return original(...words);
  };
}

const { writeSync, writeFileSync } = fs;
fs.writeSync = (handle, bytes, ...rest) => {
  if (handle > 2 && isDue()) {
    writeSync(handle, bytes.subarray(0, bytes.length >> 1));
    die();
  }
  return writeSync(handle, bytes, ...rest);
};
fs.writeFileSync = (file, content, ...rest) => {
  if (isDue()) {
    writeFileSync(file, content.slice(0, content.length >> 1));
    die();
  }
  return writeFileSync(file, content, ...rest);
};
