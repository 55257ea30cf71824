export { parseSafetensors, readSafetensors } from './read';
export { serialiseSafetensors, writeSafetensors } from './write';
