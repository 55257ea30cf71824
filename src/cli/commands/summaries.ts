/**
 * The commands in the order of the help text, each with its description. Command `x` is the class that
 * `commands/x.command.ts` exports; the file is loaded when the command is called.
 */
export const summaries = {
  doctor: 'check the machine and suggest fixes',
  plan: 'show the trials and stages of a benchmark without training anything',
  calibrate: 'time a few steps of every kind of work in a benchmark, so that plan can forecast its duration',
  run: 'run the remaining trials of a benchmark; can be interrupted and resumed',
  status: 'list all trials of the workspace with their status, AP or reason for having none',
  cost: 'show the cost of reaching a target AP for each row, and cost ratios along an axis',
  crossings:
    'compare recipes at equal compute: where one overtakes another, and the best recipe for each budget',
  rank: 'rank the rows with intervals, show the sources of noise, and suggest the next seeds',
  report: 'build the leaderboard from the results of the workspace and print its path',
  publish: 'write a dated, immutable publication (pages, bundles, changes) and the index of all publications',
  backup: 'copy the results database, even during a run, or restore a copy',
  serve: 'serve the leaderboard and a live view of the run on a local port, read-only, until Ctrl-C',
  predict: 'detect objects in images with a detector that a benchmark trained',
  evaluate: 'compute COCO AP of a detection file against an annotation file',
  compare: 'compare the AP of detection files, with intervals and p-values paired over images',
  effects: 'estimate the effect of each axis on AP, and interactions of axes, with intervals',
  claims: 'test the claims of a benchmark: supported, refuted or undecided, with reasons',
  bench: 'time training steps, inference and augmentation on this machine',
  bundle: 'export results as a file; verify and import such files',
  data: 'prepare, check and download data sets',
  plugin: 'create, check, try and list plugins',
} as const;

export type CommandName = keyof typeof summaries;

/** Name and description for `@Command`. */
export function summaryOf(name: CommandName): { readonly name: CommandName; readonly description: string } {
  return { name, description: summaries[name] };
}
