;; Average precision of one category and area range for four resamples at once: a lane of each vector is a resample,
;; and nothing branches on what was drawn. `resample-simd.ts` lays the memory out and calls; `npm run kernel` compiles
;; this into `resample-kernel.ts`.
;;
;; weights  u16 [image][lane] at 0: how often each image was drawn. Images are given as the offset of their weights
;; steps    i32 [detection][2][lane]: its weight, and the weight of all detections down to it. Detections are given as
;;          the offset in steps
;; Lists hold 32-bit offsets and go from their first byte to their end.
(module
  (import "env" "memory" (memory 1))

  ;; Writes the weight of a list of images to `into`: i32 [lane].
  (func (export "count") (param $at i32) (param $end i32) (param $into i32)
    (local $sum v128)
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $at) (local.get $end)))
        (local.set $sum (i32x4.add (local.get $sum) (v128.load16x4_u (i32.load (local.get $at)))))
        (local.set $at (i32.add (local.get $at) (i32.const 4)))
        (br $next)))
    (v128.store (local.get $into) (local.get $sum)))

  ;; Writes steps. $pairs: for each detection that is not always false its image and where the always false ones before
  ;; it end; $false: the images of those.
  (func (export "addUp") (param $pairs i32) (param $end i32) (param $false i32) (param $steps i32)
    (local $sum v128) (local $own v128) (local $before i32)
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $pairs) (local.get $end)))
        (local.set $before (i32.load offset=4 (local.get $pairs)))
        (block $counted
          (loop $one
            (br_if $counted (i32.ge_u (local.get $false) (local.get $before)))
            (local.set $sum (i32x4.add (local.get $sum) (v128.load16x4_u (i32.load (local.get $false)))))
            (local.set $false (i32.add (local.get $false) (i32.const 4)))
            (br $one)))
        (local.set $own (v128.load16x4_u (i32.load (local.get $pairs))))
        (local.set $sum (i32x4.add (local.get $sum) (local.get $own)))
        (v128.store (local.get $steps) (local.get $own))
        (v128.store offset=16 (local.get $steps) (local.get $sum))
        (local.set $steps (i32.add (local.get $steps) (i32.const 32)))
        (local.set $pairs (i32.add (local.get $pairs) (i32.const 8)))
        (br $next))))

  ;; Weight of a list of detections in two lanes.
  (func $weightOf (param $steps i32) (param $at i32) (param $end i32) (result v128)
    (local $sum v128)
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $at) (local.get $end)))
        (local.set $sum
          (i32x4.add
            (local.get $sum)
            (v128.load64_zero (i32.add (local.get $steps) (i32.load (local.get $at))))))
        (local.set $at (i32.add (local.get $at) (i32.const 4)))
        (br $next)))
    (local.get $sum))

  ;; Writes to `into` the sum over the recall levels of the interpolated precision in two lanes: f64 [2]. Steps, positives
  ;; (the weight of the truth) and `into` begin at the first of these lanes. From the last true positive to the first: the
  ;; levels that one newly reached take the best precision from there on. Lanes without truth hold NaN, or 0 where
  ;; nothing is a true positive; 0 / 0, where nothing was drawn yet, is never a new best.
  (func (export "precision")
    (param $steps i32) (param $first i32) (param $end i32) (param $uncounted i32) (param $uncountedEnd i32)
    (param $positives i32) (param $into i32)
    (local $place i32) (local $step i32)
    (local $truth v128) (local $found v128) (local $true v128) (local $out v128)
    (local $recall v128) (local $nearest v128) (local $reached v128) (local $level v128)
    (local $best v128) (local $sum v128)
    (local.set $truth (f64x2.convert_low_i32x4_s (v128.load64_zero (local.get $positives))))
    (local.set $found (call $weightOf (local.get $steps) (local.get $first) (local.get $end)))
    (local.set $out (call $weightOf (local.get $steps) (local.get $uncounted) (local.get $uncountedEnd)))
    (block $done
      (loop $next
        (br_if $done (i32.le_u (local.get $end) (local.get $first)))
        (local.set $end (i32.sub (local.get $end) (i32.const 4)))
        (local.set $place (i32.load (local.get $end)))
        ;; Back to what is not counted before this place
        (block $left
          (loop $one
            (br_if $left (i32.ge_u (local.get $uncounted) (local.get $uncountedEnd)))
            (br_if $left
              (i32.lt_u (i32.load (i32.sub (local.get $uncountedEnd) (i32.const 4))) (local.get $place)))
            (local.set $uncountedEnd (i32.sub (local.get $uncountedEnd) (i32.const 4)))
            (local.set $out
              (i32x4.sub
                (local.get $out)
                (v128.load64_zero (i32.add (local.get $steps) (i32.load (local.get $uncountedEnd))))))
            (br $one)))
        (local.set $step (i32.add (local.get $steps) (local.get $place)))
        (local.set $true (f64x2.convert_low_i32x4_s (local.get $found)))

        ;; How many of the levels 0, 1 · 0.01 … 100 · 0.01 are at most the recall: all below the nearest, none above it
        (local.set $recall (f64x2.div (local.get $true) (local.get $truth)))
        (local.set $nearest (f64x2.nearest (f64x2.mul (local.get $recall) (v128.const f64x2 100 100))))
        (local.set $reached
          (f64x2.add
            (local.get $nearest)
            (v128.and
              (v128.const f64x2 1 1)
              (f64x2.le (f64x2.mul (local.get $nearest) (v128.const f64x2 0.01 0.01)) (local.get $recall)))))

        (local.set $sum
          (f64x2.add
            (local.get $sum)
            (f64x2.mul (local.get $best) (f64x2.sub (local.get $level) (local.get $reached)))))
        (local.set $level (local.get $reached))
        (local.set $best
          (f64x2.pmax
            (local.get $best)
            (f64x2.div
              (local.get $true)
              (f64x2.convert_low_i32x4_s
                (i32x4.sub (v128.load64_zero offset=16 (local.get $step)) (local.get $out))))))
        (local.set $found (i32x4.sub (local.get $found) (v128.load64_zero (local.get $step))))
        (br $next)))
    (v128.store
      (local.get $into)
      (f64x2.add (local.get $sum) (f64x2.mul (local.get $best) (local.get $level))))))
