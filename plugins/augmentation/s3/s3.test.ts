import { describeAugmentation } from '../../shared/augmentation.test-helper';
import Augmentation from '.';

describeAugmentation(Augmentation, { name: 's3', strength: 3 });
