/** Feature maps of a backbone at strides 8, 16 and 32. */
export interface Features<T> {
  readonly c3: T;
  readonly c4: T;
  readonly c5: T;
}
