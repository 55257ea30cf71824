/** Characters of a name: of a plugin, an axis value, a stage or its input. The results database stores no longer ones. */
export const MAX_NAME = 200;

/** Characters of a free text in results; longer ones are cut when they are recorded. */
export const MAX_TEXT = 20_000;
/** Characters of an error code in results. */
export const MAX_CODE = 100;
