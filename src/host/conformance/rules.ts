/** `error`: the plugin violates the contract; `note`: worth a second look. */
export type RuleSeverity = 'error' | 'note';

export interface Rule {
  readonly severity: RuleSeverity;
  /** What the contract requires. */
  readonly expected: string;
  /** How to fix it. */
  readonly fix: string;
}

/**
 * All findings of the checks, in the order in which an author meets them. Codes are stable: tests and other programs use
 * them. `docs/reference/plugin-check.md` is made from this table.
 */
export const rules = {
  PLUGIN_NO_ENTRY: {
    severity: 'error',
    expected: 'the folder has an index.ts',
    fix: 'add an index.ts whose default export is the plugin’s class',
  },
  PLUGIN_LOAD: {
    severity: 'error',
    expected: 'index.ts can be loaded',
    fix: 'fix the syntax or the import that the message names',
  },
  PLUGIN_NO_CLASS: {
    severity: 'error',
    expected: 'the default export is a class',
    fix: 'write `export default class … {}`',
  },
  PLUGIN_MANIFEST: {
    severity: 'error',
    expected: 'the class has a static `plugin` with its identity',
    fix: 'complete `static readonly plugin: PluginManifest`; its kind and name are those of the folders',
  },
  PLUGIN_CONTRACT: {
    severity: 'error',
    expected: 'the plugin supports this host’s version of the contract',
    fix: 'update rethink-bench, or fix the plugin and name the new version in `contract`',
  },
  PLUGIN_SHAPE: {
    severity: 'error',
    expected:
      'the class has the method of its kind: plan() or apply(), and an augmentation a number `strength`',
    fix: 'implement the method of docs/reference/contract.md',
  },
  CHECK_OPTIONS_OPEN: {
    severity: 'error',
    expected: 'unknown options are refused',
    fix: 'create the schema with z.strictObject, so that a typing error is not accepted as a setting',
  },
  CHECK_OPTIONS_DEFAULTS: {
    severity: 'error',
    expected: 'every option has a default: `{}` is accepted',
    fix: 'give the option .default(…), or make it .optional()',
  },
  CHECK_OPTIONS_SILENT: {
    severity: 'note',
    expected: 'every option has a description',
    fix: 'add .meta({ description: … }): pages and references show it',
  },
  PLUGIN_CONSTRUCT: {
    severity: 'error',
    expected: 'the class can be constructed with its default options',
    fix: 'inject only OPTIONS and LOGGER, by @inject in a class marked @injectable()',
  },
  CHECK_THREW: {
    severity: 'error',
    expected: 'ordinary input causes no exception',
    fix: 'the message names the cause and the case',
  },
  CHECK_PLAN_RESULT: {
    severity: 'error',
    expected:
      'plan() of an init returns weights; plan() of a strategy returns a detector trained on data.labelled',
    fix: 'return the handle from stages.train()',
  },
  CHECK_IMAGE: {
    severity: 'error',
    expected: 'apply() returns an image no larger than size × size, with width × height × 3 bytes',
    fix: 'end with jitterAndCrop() or fit() of the contract',
  },
  CHECK_BOX_OUTSIDE: {
    severity: 'error',
    expected: 'boxes are inside their image, with xMin ≤ xMax and yMin ≤ yMax',
    fix: 'clip them, and drop empty ones: moveObjects() of the contract does both',
  },
  CHECK_BOX_LEFT_PIXELS: {
    severity: 'error',
    expected: 'boxes move with their pixels',
    fix: 'transform the boxes like the pixels, in the same order; flipObjects() and moveObjects() help',
  },
  CHECK_NOT_REPEATABLE: {
    severity: 'error',
    expected: 'the same seed gives the same result',
    fix: 'draw from the given random source, never from Math.random() or the clock, and keep no state between calls',
  },
  CHECK_REMEMBERS: {
    severity: 'error',
    expected: 'instances are stateless',
    fix: 'state of an instance may depend on its options only: threads and resumed stages create new instances',
  },
  CHECK_SEED_IGNORED: {
    severity: 'error',
    expected: 'another seed gives another result',
    fix: 'draw from the random source of each call',
  },
  CHECK_SAMPLE_CHANGED: {
    severity: 'error',
    expected: 'the given sample is not modified',
    fix: 'copy the pixels first (data.slice()); several threads share the sample',
  },
  CHECK_TENSORS_LEAKED: {
    severity: 'error',
    expected: 'no tensor outlives the call',
    fix: 'wrap the work in tf.tidy(), and dispose of tensors that outlive it',
  },
  CHECK_STAGE_FAILED: {
    severity: 'error',
    expected: 'the plugin’s stages run to their end on a small benchmark',
    fix: 'the message names the cause and the log',
  },
  CHECK_CANCEL: {
    severity: 'error',
    expected: 'a stage that is told to stop ends within seconds',
    fix: 'check context.signal.aborted in every loop, let the event loop run (await), and throw when aborted',
  },
  CHECK_RESUME: {
    severity: 'error',
    expected: 'a stopped and resumed stage gives the same result as an undisturbed one',
    fix: 'derive random numbers from the seed and the step, and leave no files for a second start',
  },
  CHECK_FLOPS_UNDECLARED: {
    severity: 'error',
    expected: 'a custom stage declares its FLOPs',
    fix: 'call context.declareFlops(); what context.trainer computes is metered without it',
  },
  CHECK_FLOPS_DISAGREE: {
    severity: 'error',
    expected: 'declared and metered FLOPs agree to 10 %',
    fix: 'count a multiply-add as 2, and do not declare what context.trainer computes: that is metered',
  },
  CHECK_VALIDATION_READ: {
    severity: 'error',
    expected: 'the plugin does not read the images that it will be scored on',
    fix: 'read data only from the context, which contains no validation data',
  },
  CHECK_WRITES_OUTSIDE: {
    severity: 'error',
    expected: 'nothing is written outside the plugin’s folder, except by context.write',
    fix: 'write results by context.write, and keep caches in memory',
  },
  CHECK_HUNG: {
    severity: 'error',
    expected: 'the plugin responds within the time limit',
    fix: 'look for an endless loop, or for work that belongs in a stage',
  },
  CHECK_ENDED: {
    severity: 'error',
    expected: 'the plugin does not exit its process',
    fix: 'throw an error instead of calling process.exit()',
  },
  CHECK_TRIAL: {
    severity: 'error',
    expected: 'a small trial runs through the real host, from data to score',
    fix: 'the message names the cause; `rethink run` with a small benchmark shows the details',
  },
} as const satisfies Readonly<Record<string, Rule>>;

export type RuleCode = keyof typeof rules;
