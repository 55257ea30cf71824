import { evaluate, readAnnotations, readDetections } from '../../src/evaluation';

/** From two COCO files to the twelve numbers with this project's evaluator: prints one JSON line, like evaluation-peer.py. */
const [annotations, detections] = process.argv.slice(2);
const start = performance.now();
const truth = readAnnotations(annotations!);
const { stats } = evaluate(truth, readDetections(detections!, truth), { tieRule: 'pycocotools' });
const seconds = (performance.now() - start) / 1000;
const peakMiB = process.resourceUsage().maxRSS / 1024;
const numbers = Object.values<number | null>({ ...stats }).map((value) => value ?? -1);
console.log(JSON.stringify({ seconds, peakMiB, stats: numbers }));
