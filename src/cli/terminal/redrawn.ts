export type Redrawn = ReturnType<typeof import('log-update').createLogUpdate>;

/** Text that is redrawn in place. Its library is loaded for terminals alone: pipes and CI start faster without it. */
export function redrawnOn(stream: NodeJS.WriteStream): Redrawn {
  const { createLogUpdate } = require('log-update') as typeof import('log-update');
  return createLogUpdate(stream);
}
