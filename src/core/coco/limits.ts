/** Coordinates beyond this are a mistake in the file: areas would leave the exact range of a double. */
export const MAX_COORDINATE = 1e9;

/** No data set with boxes lists more (Open Images: 1.7 million images, V3Det: 13 204 categories): bounds on memory. */
export const MAX_IMAGES = 2_000_000;
export const MAX_CATEGORIES = 100_000;
