/** Runs a script: its result becomes the exit code; an error is printed and gives 1. */
export function exitWith(main: () => Promise<number>): void {
  main().then(
    (code) => (process.exitCode = code),
    (error: unknown) => {
      console.error(error);
      process.exitCode = 1;
    },
  );
}
