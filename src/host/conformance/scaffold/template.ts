/** File name → content. */
export type PluginTemplate = (names: {
  readonly name: string;
  readonly className: string;
}) => Readonly<Record<string, string>>;
