export { parseSafetensors, readSafetensors } from './read';
export { serialiseSafetensors, writeFileAtomically, writeSafetensors } from './write';
