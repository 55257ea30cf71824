/** How much a finding weighs: an `error` is a broken promise of the contract, a `note` is worth a second look. */
export type Severity = 'error' | 'note';

export interface Rule {
  readonly severity: Severity;
  /** What the contract expects. */
  readonly expected: string;
  /** How to mend it. */
  readonly mend: string;
}

/**
 * All that a check can find, in the order in which an author meets it. Codes are stable: tests and other programs name
 * them. `docs/reference/plugin-check.md` is made from this table.
 */
export const rules = {
  PLUGIN_NO_ENTRY: {
    severity: 'error',
    expected: 'the folder has an index.ts',
    mend: 'add an index.ts whose default export is the plugin’s class',
  },
  PLUGIN_LOAD: {
    severity: 'error',
    expected: 'index.ts can be loaded',
    mend: 'mend the syntax or the import that the message names',
  },
  PLUGIN_NO_CLASS: {
    severity: 'error',
    expected: 'the default export is a class',
    mend: 'write `export default class … {}`',
  },
  PLUGIN_MANIFEST: {
    severity: 'error',
    expected: 'the class has a static `plugin` that says who it is',
    mend: 'complete `static readonly plugin: PluginManifest`; its kind and name are those of the folders',
  },
  PLUGIN_CONTRACT: {
    severity: 'error',
    expected: 'this host’s version of the contract is one that the plugin was written for',
    mend: 'update rethink-bench, or mend the plugin and name the new version in `contract`',
  },
  PLUGIN_SHAPE: {
    severity: 'error',
    expected:
      'the class has the method of its kind: plan() or apply(), and an augmentation a number `strength`',
    mend: 'write the method as docs/reference/contract.md has it',
  },
  CHECK_OPTIONS_OPEN: {
    severity: 'error',
    expected: 'options that the schema does not know are refused',
    mend: 'make the schema with z.strictObject: a typing error must not pass for a setting',
  },
  CHECK_OPTIONS_DEFAULTS: {
    severity: 'error',
    expected: 'every option has a default: `{}` is accepted',
    mend: 'give the option .default(…), or make it .optional()',
  },
  CHECK_OPTIONS_SILENT: {
    severity: 'note',
    expected: 'every option says what it means',
    mend: 'add .meta({ description: … }): pages and references show it',
  },
  PLUGIN_CONSTRUCT: {
    severity: 'error',
    expected: 'the class can be made from its default options',
    mend: 'ask for OPTIONS and LOGGER by @inject in a class marked @injectable(), and for nothing else',
  },
  CHECK_THREW: {
    severity: 'error',
    expected: 'ordinary input is answered without an exception',
    mend: 'find the cause by the message; the case is written beside it',
  },
  CHECK_PLAN_RESULT: {
    severity: 'error',
    expected:
      'plan() returns what its kind promises: an init weights, a strategy a detector trained on data.labelled',
    mend: 'return the handle that stages.train() gave',
  },
  CHECK_IMAGE: {
    severity: 'error',
    expected: 'apply() returns an image no larger than size × size, with width × height × 3 bytes',
    mend: 'end with jitterAndCrop() or fit() of the contract',
  },
  CHECK_BOX_OUTSIDE: {
    severity: 'error',
    expected: 'boxes lie inside of their image, with xMin ≤ xMax and yMin ≤ yMax',
    mend: 'clip them, and drop those of which nothing is left: moveObjects() of the contract does both',
  },
  CHECK_BOX_LEFT_PIXELS: {
    severity: 'error',
    expected: 'boxes move with their pixels',
    mend: 'do to the boxes what was done to the pixels, in the same order; flipObjects() and moveObjects() help',
  },
  CHECK_NOT_REPEATABLE: {
    severity: 'error',
    expected: 'the same seed gives the same result',
    mend: 'draw from the given random source, never from Math.random() or the clock, and keep nothing between calls',
  },
  CHECK_REMEMBERS: {
    severity: 'error',
    expected: 'what an instance did before changes nothing',
    mend: 'what an instance keeps must follow from its options alone: threads and resumed stages make new ones',
  },
  CHECK_SEED_IGNORED: {
    severity: 'error',
    expected: 'another seed gives another result',
    mend: 'draw from the random source that the call brings, at each call',
  },
  CHECK_SAMPLE_CHANGED: {
    severity: 'error',
    expected: 'the sample that was given is not written to',
    mend: 'copy the pixels first (data.slice()); several threads share the sample',
  },
  CHECK_TENSORS_LEAKED: {
    severity: 'error',
    expected: 'no tensor outlives the call',
    mend: 'wrap the work in tf.tidy(), and dispose of what is kept beyond it',
  },
  CHECK_STAGE_FAILED: {
    severity: 'error',
    expected: 'the plugin’s stages run to their end on a tiny benchmark',
    mend: 'find the cause by the message; the log lies where it says',
  },
  CHECK_CANCEL: {
    severity: 'error',
    expected: 'a stage that is told to stop ends within seconds',
    mend: 'look at context.signal.aborted in every loop and let the event loop turn (await); throw when it fired',
  },
  CHECK_RESUME: {
    severity: 'error',
    expected: 'a stage that was stopped and started again leaves what an undisturbed one leaves',
    mend: 'let every draw follow from the seed and the step, and leave nothing behind that a second start would find',
  },
  CHECK_FLOPS_UNDECLARED: {
    severity: 'error',
    expected: 'a stage of the plugin’s own says how much it computed',
    mend: 'call context.declareFlops(); what context.trainer computes is metered without it',
  },
  CHECK_FLOPS_DISAGREE: {
    severity: 'error',
    expected: 'declared and metered FLOPs agree to 10 %',
    mend: 'count a multiply-add as 2, and do not declare what context.trainer computes: that is metered',
  },
  CHECK_VALIDATION_READ: {
    severity: 'error',
    expected: 'the plugin stays away from the images that it will be scored on',
    mend: 'read no data set yourself: take data from the context, which holds no validation data',
  },
  CHECK_WRITES_OUTSIDE: {
    severity: 'error',
    expected: 'nothing is written outside of the plugin’s own folder and what context.write offers',
    mend: 'leave results by context.write, and keep caches out of the file system',
  },
  CHECK_HUNG: {
    severity: 'error',
    expected: 'the plugin answers in time',
    mend: 'look for an endless loop, or for work that belongs into a stage',
  },
  CHECK_ENDED: {
    severity: 'error',
    expected: 'the plugin does not end the process that it runs in',
    mend: 'throw an error instead of calling process.exit()',
  },
  CHECK_TRIAL: {
    severity: 'error',
    expected: 'a tiny trial runs through the real host, from data to score',
    mend: 'find the cause by the message; `rethink run` with a tiny benchmark shows the whole story',
  },
} as const satisfies Readonly<Record<string, Rule>>;

export type RuleCode = keyof typeof rules;
