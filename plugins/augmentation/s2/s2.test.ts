import { describeAugmentation } from '../../shared/augmentation.test-helper';
import Augmentation from '.';

describeAugmentation(Augmentation, { name: 's2', strength: 2 });
