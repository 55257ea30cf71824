export { parseSafetensors, readSafetensors, readSafetensorsHeader } from './read';
export { serialiseSafetensors, writeSafetensors } from './write';
