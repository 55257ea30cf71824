/**
 * TensorFlow.js, the one instance with which the native backend registers its kernels. Everything imports it from
 * here: `import { tf } from './tf'`.
 */
export * as tf from '@tensorflow/tfjs';
