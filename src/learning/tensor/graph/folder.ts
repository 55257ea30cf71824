import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** How the temporary folders begin through which graphs are handed to TensorFlow. */
export const GRAPH_PREFIX = join(tmpdir(), 'rethink-graph-');
