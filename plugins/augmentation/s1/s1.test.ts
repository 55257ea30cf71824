import { describeAugmentation } from '../../shared/augmentation.test-helper';
import Augmentation from '.';

describeAugmentation(Augmentation, { name: 's1', strength: 1 });
