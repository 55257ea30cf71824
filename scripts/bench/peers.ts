/**
 * Compares this project with others on this machine: npm run bench:peers -- [evaluation | training | augmentation]
 * [options]. Without a name, runs all with their defaults. The files with these names list the options.
 */
const known = ['evaluation', 'training', 'augmentation'];
const [name] = process.argv.slice(2);
if (name !== undefined && !name.startsWith('-') && !known.includes(name)) {
  console.error(`There is no comparison "${name}"; there are: ${known.join(', ')}.`);
  process.exitCode = 2;
} else {
  const chosen = known.filter((candidate) => name === candidate);
  process.argv.splice(2, chosen.length);
  for (const script of chosen.length === 0 ? known : chosen) require(`./${script}`);
}
