import { describeAugmentation } from '../../shared/augmentation.testing';
import Augmentation from '.';

describeAugmentation(Augmentation, { name: 's4', strength: 4 });
