export { parseSafetensors, readSafetensors, type SafetensorsFile } from './read';
export { serialiseSafetensors, writeFileAtomically, writeSafetensors } from './write';
