import { describeAugmentation } from '../../shared/augmentation.test-helper';
import Augmentation from '.';

describeAugmentation(Augmentation, { name: 's4', strength: 4 });
