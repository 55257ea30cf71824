/**
 * Which drawings play which part. The lists are disjoint, so that nothing which pre-training sees is ever an object
 * or a distractor of a scene. The order matters: a smaller number of classes takes the first ones.
 */

/** Objects of scenes: apart from each other in shape and colour, the first ones most. */
export const detectionNames = [
  'umbrella', 'fish', 'automobile', 'cactus', 'guitar', 'mushroom', 'banana', 'octopus', 'airplane', 'tiger',
  'balloon', 'key', 'sailboat', 'strawberry', 'bicycle', 'hammer', 'tulip', 'snail', 'rocket', 'penguin',
] as const; // prettier-ignore

/** Drawn into scenes without a label. */
export const distractorNames = [
  'bell', 'candle', 'cloud', 'crown', 'doughnut', 'ghost', 'glasses', 'helicopter', 'jeans', 'leaf-fluttering-in-wind',
  'lipstick', 'microphone', 'pear', 'pencil', 'pig', 'skull', 'star', 'television', 'train', 'trophy', 'turtle',
  'watch', 'wrench', 'teacup-without-handle',
] as const; // prettier-ignore

/** Objects of the other detection task. */
export const otherDetectionNames = [
  'anchor', 'grapes', 'saxophone', 'cow', 'lollipop', 'shrimp', 'motorcycle', 'sunflower', 'hamburger', 'spider',
  'dress', 'lemon', 'speedboat', 'violin', 'rooster', 'tent', 'pill', 'chipmunk', 'battery', 'snowflake',
] as const; // prettier-ignore

/** Classes of the classification data. */
export const classificationNames = [
  'alien', 'ambulance', 'ant', 'amphora', 'baby', 'backpack', 'bacon', 'bank', 'baseball', 'basketball',
  'bathtub', 'bat', 'bear', 'bed', 'bikini', 'blowfish', 'bomb', 'books', 'boar', 'bread',
  'briefcase', 'bug', 'bus', 'butterfly', 'camel', 'camera', 'candy', 'carrot', 'castle', 'cat',
  'cherries', 'chicken', 'christmas-tree', 'church', 'clapper-board', 'cookie', 'crab', 'crocodile', 'croissant', 'crystal-ball',
  'dagger', 'dog', 'dolphin', 'door', 'dragon', 'droplet', 'duck', 'ear-of-corn', 'eggplant', 'elephant',
  'envelope', 'evergreen-tree', 'eye', 'factory', 'ferris-wheel', 'fire', 'fox', 'french-fries', 'frog', 'game-die',
  'gem-stone', 'goat', 'hibiscus', 'honeybee', 'horse', 'hospital', 'house', 'hot-pepper', 'keyboard', 'koala',
  'lady-beetle', 'laptop', 'light-bulb', 'lion', 'lizard', 'loudspeaker', 'maple-leaf', 'melon', 'microscope', 'monkey',
  'mouse', 'newspaper', 'owl', 'ox', 'palm-tree', 'panda', 'paperclip', 'peach', 'pineapple', 'pizza',
  'rabbit', 'radio', 'ram', 'ring', 'rose', 'scissors', 'shark', 'snake', 'snowman', 'telescope',
] as const; // prettier-ignore
