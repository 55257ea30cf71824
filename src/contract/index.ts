/** All that a plugin may import from the host. */
export * from './errors';
export * from './handles';
export * from './image';
export * from './image-resize';
export * from './plugin';
export * from './random';
export * from './sample';
export * from './stages';
export * from './tokens';
